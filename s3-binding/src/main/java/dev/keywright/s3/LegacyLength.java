/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Decryption;
import dev.keywright.envelope.Envelope;
import dev.keywright.envelope.ObjectDecryptor;
import dev.keywright.s3.RangeTransformer.Legacy;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.FormatException;
import dev.keywright.spi.LegacyContentCipher;
import java.io.IOException;
import java.util.Map;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** How long the plaintext of an object of the CBC suite is, out of its last two blocks. */
final class LegacyLength extends DecryptingTransformer<Long> {
    private final Legacy met;
    private final long first;

    LegacyLength(ObjectDecryptor decryptor, ObjectName object, Map<String, String> encryptionContext, Legacy met) {
        super(decryptor, object, encryptionContext);
        this.met = met;
        this.first = Math.max(0, met.bodyBytes() - 2 * LegacyContentCipher.BLOCK_BYTES);
        use(met.envelope());
    }

    /** What to ask of the body. */
    String bodyRange() {
        return "bytes=" + first + "-" + (met.bodyBytes() - 1);
    }

    @Override
    void requireAsked(GetObjectResponse stored) {
        try {
            BodyRange.of(stored).requireExactly(first, met.bodyBytes());
        } catch (FormatException e) {
            throw e.about("reading " + object());
        }
    }

    @Override
    Long opened(GetObjectResponse stored, Envelope envelope, AbortableInputStream body) throws IOException {
        StoredInputStream arriving = new StoredInputStream(body, FoundEnvelope.bodyBytes(stored));
        try (Decryption decryption = begin(envelope)) {
            Bytes lastBlocks = Bytes.copyOf(arriving.readNBytes(2 * LegacyContentCipher.BLOCK_BYTES));
            return decryption.legacyPlaintextBytes(met.bodyBytes(), lastBlocks);
        } catch (IOException e) {
            throw unreadable(arriving, e);
        }
    }
}
