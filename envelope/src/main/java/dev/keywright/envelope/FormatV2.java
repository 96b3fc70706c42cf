/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import static dev.keywright.envelope.FormatDetection.malformed;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Format V2: named wrap, named content algorithm, an IV. */
final class FormatV2 {
    private static final String GCM_TAG_BITS = "128";

    private FormatV2() {}

    static Envelope read(Map<String, String> names) {
        MetadataFields fields = new MetadataFields(MessageFormat.V2, names);
        String contentAlgorithm = fields.required(MetadataNames.CONTENT_ALGORITHM);
        AlgorithmSuite suite = AlgorithmSuite.storedAs(contentAlgorithm)
                .filter(stored -> !stored.isCommitting())
                .orElseThrow(() -> malformed(MetadataNames.CONTENT_ALGORITHM + " "
                        + MetadataFields.shown(contentAlgorithm) + " is no algorithm of format V2"));
        String wrapName = fields.required(MetadataNames.WRAP_ALGORITHM);
        WrapAlgorithm wrap = WrapAlgorithm.named(wrapName)
                .orElseThrow(() -> malformed(MetadataNames.WRAP_ALGORITHM + " " + MetadataFields.shown(wrapName)
                        + " is no wrap of format V2"));
        requireTagLength(suite, names);
        Bytes iv = fields.base64(MetadataNames.CONTENT_IV, Set.of(suite.ivBytes()));
        Bytes key = fields.base64(MetadataNames.ENCRYPTED_DATA_KEY_V2, Set.of());
        Map<String, String> description = fields.map(MetadataNames.MATERIALS_DESCRIPTION);
        return new Envelope(MessageFormat.V2, suite, new WrappedDataKey(wrap, key, description), iv, Bytes.empty());
    }

    /** A shorter tag would be easier to forge; for CBC, which has none, some writers store 0 or nothing. */
    private static void requireTagLength(AlgorithmSuite suite, Map<String, String> names) {
        String tagBits = names.get(MetadataNames.TAG_LENGTH);
        boolean right = suite.tagBytes() == 0
                ? tagBits == null || tagBits.isEmpty() || tagBits.equals("0")
                : GCM_TAG_BITS.equals(tagBits);
        if (!right) {
            throw malformed(
                    MetadataNames.TAG_LENGTH + " is " + (tagBits == null ? "absent" : MetadataFields.shown(tagBits))
                            + "; " + suite + " needs " + (suite.tagBytes() == 0 ? "none" : GCM_TAG_BITS));
        }
    }

    static Map<String, String> write(Envelope envelope) {
        Map<String, String> names = new TreeMap<>();
        names.put(
                MetadataNames.ENCRYPTED_DATA_KEY_V2,
                envelope.wrapped().ciphertext().toBase64());
        names.put(MetadataNames.CONTENT_IV, envelope.ivOrMessageId().toBase64());
        names.put(MetadataNames.WRAP_ALGORITHM, envelope.wrapped().algorithm().wireName());
        names.put(MetadataNames.CONTENT_ALGORITHM, envelope.suite().contentAlgorithm());
        names.put(MetadataNames.TAG_LENGTH, GCM_TAG_BITS);
        names.put(
                MetadataNames.MATERIALS_DESCRIPTION,
                FlatJson.write(envelope.wrapped().description()));
        return names;
    }
}
