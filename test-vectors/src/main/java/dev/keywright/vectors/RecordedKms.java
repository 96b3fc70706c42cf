/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.KeyUnwrapper;
import dev.keywright.spi.Unwrap;
import dev.keywright.spi.WrappedDataKey;
import dev.keywright.vectors.VectorCase.KmsRecord;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * AWS KMS as far as one case needs it: answers a {@code Decrypt} if, and only if, blob and context are those of a record, and
 * the key that is asked for, if any is, is the record's. Opens wrapped keys by that alone.
 */
public final class RecordedKms implements KeyUnwrapper {
    private final VectorKey.Kms key;
    private final List<KmsRecord> records;

    RecordedKms(VectorKey.Kms key, List<KmsRecord> records) {
        this.key = key;
        this.records = List.copyOf(records);
    }

    /**
     * What KMS answers to {@code Decrypt}; empty for {@code InvalidCiphertextException}.
     *
     * @param keyId ARN or alias, or null if the caller names no key
     */
    public Optional<KmsRecord> decrypt(
            Bytes ciphertextBlob, Map<String, String> encryptionContext, @Nullable String keyId) {
        return records.stream()
                .filter(record -> record.ciphertextBlob().equals(ciphertextBlob)
                        && record.encryptionContext().equals(encryptionContext)
                        && (keyId == null || names(keyId, record.keyId())))
                .findFirst();
    }

    private boolean names(String asked, String keyArn) {
        return asked.equals(keyArn)
                || (keyArn.equals(key.keyId()) && key.aliases().contains(asked));
    }

    @Override
    public Unwrap unwrap(WrappedDataKey wrapped, KeyRequest request) {
        if (!wrapped.algorithm().isKms()) {
            return new Unwrap.NotMine(key.id() + " opens wraps of KMS, and the object's key is wrapped by "
                    + wrapped.algorithm().wireName());
        }
        KmsRecord record = decrypt(wrapped.ciphertext(), wrapped.description(), key.keyId())
                .orElseThrow(() -> new IntegrityException(
                        IntegrityException.Stage.WRAPPED_KEY,
                        key.id() + ": no KMS answer is recorded for this wrapped key and encryption context"));
        return new Unwrap.Opened(DataKey.adopt(record.plaintext().toByteArray()));
    }
}
