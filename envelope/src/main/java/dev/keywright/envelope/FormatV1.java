/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import static dev.keywright.envelope.FormatDetection.malformed;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Format V1: one content algorithm, and one wrap for each kind of master key, none of them named. Read only. */
final class FormatV1 {
    private static final AlgorithmSuite SUITE = AlgorithmSuite.ALG_AES_256_CBC_IV16_NO_KDF;
    /** A 256-bit key padded to the next whole block; the shortest RSA modulus is far longer. */
    private static final int MAX_RAW_AES_BYTES = 48;

    private FormatV1() {}

    static Envelope read(Map<String, String> names) {
        List<String> newer = FormatDetection.present(
                names, Set.of(MetadataNames.WRAP_ALGORITHM, MetadataNames.CONTENT_ALGORITHM, MetadataNames.TAG_LENGTH));
        if (!newer.isEmpty()) {
            throw malformed("format V1 with " + newer + " of format V2: mixed formats");
        }
        MetadataFields fields = new MetadataFields(MessageFormat.V1, names);
        Bytes iv = fields.base64(MetadataNames.CONTENT_IV, Set.of(SUITE.ivBytes()));
        Bytes key = fields.base64(MetadataNames.ENCRYPTED_DATA_KEY_V1, Set.of());
        WrapAlgorithm wrap = key.size() <= MAX_RAW_AES_BYTES ? WrapAlgorithm.RAW_AES : WrapAlgorithm.RAW_RSA;
        Map<String, String> description = fields.map(MetadataNames.MATERIALS_DESCRIPTION);
        return new Envelope(MessageFormat.V1, SUITE, new WrappedDataKey(wrap, key, description), iv, Bytes.empty());
    }
}
