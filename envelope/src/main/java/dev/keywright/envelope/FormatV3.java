/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import static dev.keywright.envelope.FormatDetection.malformed;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentKeyDerivation;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Format V3: key commitment and message id, one suite, three wraps by code. */
final class FormatV3 {
    private static final AlgorithmSuite SUITE = AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY;

    private FormatV3() {}

    static Envelope read(Map<String, String> names) {
        MetadataFields fields = new MetadataFields(MessageFormat.V3, names);
        AlgorithmSuite suite = suite(names);
        String code = fields.required(MetadataNames.ENCRYPTED_DATA_KEY_ALGORITHM_V3);
        WrapAlgorithm wrap = WrapAlgorithm.codedV3(code)
                .orElseThrow(() ->
                        malformed(MetadataNames.ENCRYPTED_DATA_KEY_ALGORITHM_V3 + " is " + MetadataFields.shown(code)
                                + "; format V3 has 02 (AES/GCM), 12 (kms+context) and 22 (RSA-OAEP-SHA1)"));
        Bytes commitment =
                fields.base64(MetadataNames.KEY_COMMITMENT_V3, Set.of(ContentKeyDerivation.COMMITMENT_BYTES));
        Bytes messageId = fields.base64(MetadataNames.MESSAGE_ID_V3, Set.of(SUITE.ivBytes()));
        Bytes key = fields.base64(MetadataNames.ENCRYPTED_DATA_KEY_V3, Set.of());
        Map<String, String> description = fields.map(descriptionName(wrap));
        return new Envelope(MessageFormat.V3, suite, new WrappedDataKey(wrap, key, description), messageId, commitment);
    }

    /** The suite that stands with the body, wherever the rest is. */
    static AlgorithmSuite suite(Map<String, String> names) {
        String contentCipher = new MetadataFields(MessageFormat.V3, names).required(MetadataNames.CONTENT_CIPHER_V3);
        if (!contentCipher.equals(SUITE.contentAlgorithm())) {
            throw malformed(MetadataNames.CONTENT_CIPHER_V3 + " is " + MetadataFields.shown(contentCipher)
                    + "; format V3 has " + SUITE.contentAlgorithm());
        }
        return SUITE;
    }

    static Map<String, String> write(Envelope envelope) {
        WrappedDataKey wrapped = envelope.wrapped();
        Map<String, String> names = new TreeMap<>();
        names.put(MetadataNames.CONTENT_CIPHER_V3, envelope.suite().contentAlgorithm());
        names.put(MetadataNames.KEY_COMMITMENT_V3, envelope.commitment().toBase64());
        names.put(MetadataNames.MESSAGE_ID_V3, envelope.ivOrMessageId().toBase64());
        names.put(MetadataNames.ENCRYPTED_DATA_KEY_V3, wrapped.ciphertext().toBase64());
        names.put(
                MetadataNames.ENCRYPTED_DATA_KEY_ALGORITHM_V3,
                wrapped.algorithm().codeV3().orElseThrow());
        if (!wrapped.description().isEmpty()) {
            names.put(descriptionName(wrapped.algorithm()), FlatJson.write(wrapped.description()));
        }
        return names;
    }

    /** The wrap says which of the two maps is meant; the other one is passed over. */
    private static String descriptionName(WrapAlgorithm wrap) {
        return wrap.isKms() ? MetadataNames.ENCRYPTION_CONTEXT_V3 : MetadataNames.MAT_DESC_V3;
    }
}
