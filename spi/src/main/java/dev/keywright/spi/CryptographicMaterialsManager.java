/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;

/**
 * Chooses the keyring for one object: tenant routing, rotation, caching, required context. Thread-safe. May block.
 *
 * <p>An implementation that caches keeps copies of its own ({@code key.use(raw -> DataKey.adopt(raw.clone()))}), closes
 * them at eviction and hands out copies: the receiver closes what it is given.
 */
public interface CryptographicMaterialsManager {
    /**
     * Where an object is, for routing and for errors; never bound into a wrapped key.
     *
     * @param bucket empty for what is in no bucket, such as a file that is sealed without S3
     */
    record ObjectName(String bucket, String key) {
        @Override
        public String toString() {
            return bucket.isEmpty() ? key : "s3://" + bucket + "/" + key;
        }
    }

    /** A fresh data key for a new object. The caller closes the result. */
    EncryptionMaterials forEncrypt(ObjectName object, KeyRequest request);

    /** The data key of a stored object. The caller closes the result. */
    DataKey forDecrypt(ObjectName object, WrappedDataKey wrapped, KeyRequest request);

    /** Writes and reads with one keyring. */
    static CryptographicMaterialsManager of(Keyring keyring) {
        return rotating(keyring, List.of(keyring), new SecureRandom());
    }

    /**
     * Writes under {@code current}; reads with the first of {@code readers} that does not answer {@link Unwrap.NotMine}.
     * This is rotation: the new key writes, the new and the old ones read, each chosen by its materials description. A
     * reader that fails (rather than decline) ends the read: an outage is never a miss.
     */
    static CryptographicMaterialsManager rotating(
            KeyWrapper current, List<? extends KeyUnwrapper> readers, SecureRandom random) {
        List<KeyUnwrapper> order = List.copyOf(readers);
        return new CryptographicMaterialsManager() {
            @Override
            public EncryptionMaterials forEncrypt(ObjectName object, KeyRequest request) {
                return current.generate(request, random);
            }

            @Override
            public DataKey forDecrypt(ObjectName object, WrappedDataKey wrapped, KeyRequest request) {
                List<String> declined = new ArrayList<>();
                for (KeyUnwrapper reader : order) {
                    Unwrap answer = reader.unwrap(wrapped, request);
                    if (answer instanceof Unwrap.Opened opened) {
                        return opened.dataKey();
                    }
                    if (!(answer instanceof Unwrap.NotMine declining)) {
                        throw new KeyringException(
                                KeyringException.Reason.MISCONFIGURED,
                                reader + " gave neither a data key, nor why not, nor an error");
                    }
                    declined.add(declining.why());
                }
                throw new KeyringException(
                        KeyringException.Reason.NO_MATCHING_KEY,
                        order.isEmpty()
                                ? "no keyring for reading is configured"
                                : "no keyring opens it: " + String.join("; ", declined));
            }
        };
    }
}
