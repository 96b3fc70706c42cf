/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.Provider;
import java.util.Arrays;
import javax.crypto.Mac;
import org.jspecify.annotations.Nullable;

/**
 * From an object's data key to its content key: the only maker of {@link ContentKey}. Checks lengths, derives by
 * HKDF-SHA-512 (RFC 5869) where the suite has it, and compares the key commitment in constant time before the encryption
 * key is derived. Thread-safe.
 */
public final class ContentKeyDerivation {
    /** Length of a key commitment, in bytes. */
    public static final int COMMITMENT_BYTES = 28;

    private static final String HMAC = "HmacSHA512";
    private static final byte[] COMMIT_LABEL = "COMMITKEY".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DERIVE_LABEL = "DERIVEKEY".getBytes(StandardCharsets.US_ASCII);
    private static final int GCM_IV_BYTES = 12;
    private static final byte COMMITTING_IV_BYTE = 0x01;

    private final @Nullable Provider provider;

    private ContentKeyDerivation(@Nullable Provider provider) {
        this.provider = provider;
    }

    /** Derives with the platform's first provider of HmacSHA512. */
    public static ContentKeyDerivation platform() {
        return new ContentKeyDerivation(null);
    }

    /** Derives with HmacSHA512 of this provider. */
    public static ContentKeyDerivation with(Provider provider) {
        return new ContentKeyDerivation(provider);
    }

    /**
     * A new object's content key and the commitment to store.
     *
     * @param commitment empty for a suite that does not commit
     */
    public record NewContentKey(ContentKey key, Bytes commitment) {}

    /**
     * The content key of a new object.
     *
     * @param ivOrMessageId fresh and random; never used with this data key before
     * @throws IllegalArgumentException if a length is not the suite's, or the suite is not one that is written
     */
    public NewContentKey forEncrypt(AlgorithmSuite suite, DataKey dataKey, Bytes ivOrMessageId) {
        if (!suite.isWritable()) {
            throw new IllegalArgumentException(suite + " is never written");
        }
        if (dataKey.lengthBytes() != suite.dataKeyBytes()) {
            throw new IllegalArgumentException(
                    "data key of " + dataKey.lengthBytes() + " bytes; " + suite + " needs " + suite.dataKeyBytes());
        }
        requireIvLength(suite, ivOrMessageId);
        if (!suite.isCommitting()) {
            return new NewContentKey(plain(suite, dataKey, ivOrMessageId), Bytes.empty());
        }
        byte[] prk = extract(ivOrMessageId, dataKey);
        try {
            Bytes commitment = Bytes.copyOf(expand(prk, COMMIT_LABEL, COMMITMENT_BYTES));
            return new NewContentKey(committed(suite, prk), commitment);
        } finally {
            Arrays.fill(prk, (byte) 0);
        }
    }

    /**
     * The content key of a stored object, once its commitment verified.
     *
     * @param commitment as stored; empty for a suite that does not commit
     * @throws IntegrityException if the data key has a length that the suite does not allow, or is not the one that the
     *     envelope commits to
     * @throws IllegalArgumentException if IV, message id or commitment have another length than the suite's
     */
    public ContentKey forDecrypt(AlgorithmSuite suite, DataKey dataKey, Bytes ivOrMessageId, Bytes commitment) {
        requireIvLength(suite, ivOrMessageId);
        if (commitment.size() != (suite.isCommitting() ? COMMITMENT_BYTES : 0)) {
            throw new IllegalArgumentException("key commitment of " + commitment.size() + " bytes for " + suite);
        }
        if (!suite.acceptsDataKeyBytes(dataKey.lengthBytes())) {
            throw new IntegrityException(
                    IntegrityException.Stage.WRAPPED_KEY,
                    "the unwrapped data key has " + dataKey.lengthBytes() + " bytes, which " + suite
                            + " does not allow");
        }
        if (!suite.isCommitting()) {
            return plain(suite, dataKey, ivOrMessageId);
        }
        byte[] prk = extract(ivOrMessageId, dataKey);
        try {
            byte[] derived = expand(prk, COMMIT_LABEL, COMMITMENT_BYTES);
            if (!MessageDigest.isEqual(derived, commitment.toByteArray())) {
                throw new IntegrityException(
                        IntegrityException.Stage.COMMITMENT,
                        "the data key is not the one that the envelope commits to: commitment, message id or wrapped key "
                                + "were altered or come from another object");
            }
            return committed(suite, prk);
        } finally {
            Arrays.fill(prk, (byte) 0);
        }
    }

    private static void requireIvLength(AlgorithmSuite suite, Bytes ivOrMessageId) {
        if (ivOrMessageId.size() != suite.ivBytes()) {
            throw new IllegalArgumentException(
                    "IV or message id of " + ivOrMessageId.size() + " bytes; " + suite + " needs " + suite.ivBytes());
        }
    }

    private static ContentKey plain(AlgorithmSuite suite, DataKey dataKey, Bytes iv) {
        return new DerivedContentKey(suite, dataKey.use(raw -> DataKey.adopt(raw.clone())), iv, Bytes.empty());
    }

    private ContentKey committed(AlgorithmSuite suite, byte[] prk) {
        byte[] iv = new byte[GCM_IV_BYTES];
        Arrays.fill(iv, COMMITTING_IV_BYTE);
        DataKey encryptionKey = DataKey.adopt(expand(prk, DERIVE_LABEL, 32));
        return new DerivedContentKey(suite, encryptionKey, Bytes.copyOf(iv), hkdfSuiteId());
    }

    /** The id in labels and AAD is that of the GCM suite, also when a range is read. */
    private static Bytes hkdfSuiteId() {
        return AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY.idBytes();
    }

    /** HKDF-Extract: the message id is the salt. */
    private byte[] extract(Bytes messageId, DataKey dataKey) {
        return dataKey.use(ikm -> hmac(messageId.toByteArray(), ikm));
    }

    /** HKDF-Expand for outputs no longer than one hash: a single HMAC. */
    private byte[] expand(byte[] prk, byte[] label, int length) {
        byte[] id = hkdfSuiteId().toByteArray();
        byte[] info = Arrays.copyOf(id, id.length + label.length + 1);
        System.arraycopy(label, 0, info, id.length, label.length);
        info[info.length - 1] = 1;
        byte[] block = hmac(prk, info);
        try {
            return Arrays.copyOf(block, length);
        } finally {
            Arrays.fill(block, (byte) 0);
        }
    }

    private byte[] hmac(byte[] key, byte[] data) {
        try {
            Mac mac = provider == null ? Mac.getInstance(HMAC) : Mac.getInstance(HMAC, provider);
            try (LoanedKey loaned = LoanedKey.copyOf(key, HMAC)) {
                mac.init(loaned);
            }
            try {
                return mac.doFinal(data);
            } finally {
                try (LoanedKey zeros = LoanedKey.throwAway(key.length, HMAC)) {
                    mac.init(zeros);
                    mac.doFinal(); // until then the hash's state is the result
                }
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(
                    HMAC + " can't be used" + (provider == null ? "" : " in provider " + provider.getName()), e);
        }
    }
}
