/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.kms;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.EncryptionMaterials;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.KeyUnwrapper;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.Unwrap;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.GenerateDataKeyResponse;

/**
 * A keyring whose master key is a symmetric AWS KMS key: the wrap {@code kms+context}.
 *
 * <p>Data keys are born in KMS: one {@code GenerateDataKey} for each object written, one {@code Decrypt} for each read. The
 * caller's encryption context, and with it the content algorithm's name, is authenticated by KMS, and stored in the clear
 * beside the object; whoever reads must give the same pairs. Nothing is cached. Retries are the client's.
 *
 * <p>Objects of the older wrap {@code kms}, whose encryption context says nothing of the content algorithm, are opened too,
 * and never written. The stored context goes to KMS as it is. A caller's context is refused for them, and so is a stored
 * one that names a content algorithm: else an object of {@code kms+context} could be passed off as one of {@code kms}.
 *
 * <p>The data keys' bytes are wiped when they are closed. Copies that the SDK makes on the way (buffers of its HTTP client
 * and JSON parser) are beyond reach and left to the garbage collector.
 *
 * <p>Errors: {@link KeyringException} {@code DENIED} for missing permissions, disabled keys and keys pending deletion;
 * {@code UNAVAILABLE} for throttling, timeouts and outages; {@code MISCONFIGURED} for unknown keys and unusable clients;
 * {@code CONTEXT_MISMATCH} and {@code CANNOT_BIND_CONTEXT} before any call; {@link dev.keywright.spi.IntegrityException} if
 * KMS does not open the wrapped key.
 *
 * <p>Thread-safe. {@link #close} closes the client only if the keyring made it.
 */
public final class KmsKeyring implements Keyring {
    private final String name;
    private final String keyId;
    private final KmsCalls calls;

    KmsKeyring(String keyId, KmsClient client, boolean ownsClient, List<String> grantTokens) {
        this.name = "aws-kms:" + keyId;
        this.keyId = keyId;
        this.calls = new KmsCalls(name, client, ownsClient, grantTokens);
    }

    /** A keyring over a client that stays the caller's. */
    public static KmsKeyring of(KmsClient client, String keyId) {
        return builder(keyId).client(client).build();
    }

    /**
     * Begins a keyring.
     *
     * @param keyId the key's id or ARN, or an alias ({@code alias/NAME}) or its ARN (KMS-004)
     * @throws KeyringException if it is blank (KMS-006)
     */
    public static Builder builder(String keyId) {
        return new Builder(keyId);
    }

    /**
     * Opens wrapped keys under whatever KMS key they name, where the client's credentials allow it. It cannot wrap. Whoever
     * can write an object can choose the KMS key, one of their own included; {@link #discovery(KmsClient, String, List)}
     * says whose keys are trusted.
     *
     * @param client stays the caller's
     */
    public static KeyUnwrapper discovery(KmsClient client) {
        return new KmsDiscovery(client, null);
    }

    /**
     * The same, for the KMS keys of these accounts only: a data key that opens under another's is wiped, and the read ends
     * with {@code DENIED}. KMS tells whose key it was only after it was used.
     *
     * @param partition such as {@code aws} or {@code aws-cn}
     * @param accounts account ids of 12 digits
     */
    public static KeyUnwrapper discovery(KmsClient client, String partition, List<String> accounts) {
        return new KmsDiscovery(client, new KmsDiscovery.Trusted(partition, List.copyOf(accounts)));
    }

    /** One call of KMS makes the data key and wraps it, by {@code kms+context}. {@code random} is not used. */
    @Override
    public EncryptionMaterials generate(KeyRequest request, SecureRandom random) {
        calls.requireOpen();
        Map<String, String> context = StoredContext.of(name, request);
        GenerateDataKeyResponse made = calls.generate(keyId, request, context);
        // The response's own array: the data key wipes it at close.
        DataKey key = DataKey.adopt(made.plaintext().asByteArrayUnsafe());
        return new EncryptionMaterials(key, wrapped(made.ciphertextBlob().asByteArrayUnsafe(), context));
    }

    @Override
    public WrappedDataKey wrap(DataKey key, KeyRequest request) {
        calls.requireOpen();
        Map<String, String> context = StoredContext.of(name, request);
        return wrapped(calls.encrypt(keyId, key, context).ciphertextBlob().asByteArrayUnsafe(), context);
    }

    private static WrappedDataKey wrapped(byte[] blob, Map<String, String> context) {
        return new WrappedDataKey(WrapAlgorithm.KMS_CONTEXT, Bytes.copyOf(blob), context);
    }

    @Override
    public Unwrap unwrap(WrappedDataKey wrapped, KeyRequest request) {
        calls.requireOpen();
        return wrapped.algorithm().isKms()
                ? new Unwrap.Opened(
                        KmsWraps.open(name, calls, keyId, wrapped, request).dataKey())
                : notMine(name, wrapped);
    }

    static Unwrap.NotMine notMine(String name, WrappedDataKey wrapped) {
        return new Unwrap.NotMine(name + " opens " + WrapAlgorithm.KMS_CONTEXT.wireName() + ", "
                + WrapAlgorithm.KMS.wireName() + ", and the object's key is wrapped by "
                + wrapped.algorithm().wireName());
    }

    @Override
    public void close() {
        calls.close();
    }

    @Override
    public String toString() {
        return name;
    }

    /** Settings of a keyring. Not thread-safe. */
    public static final class Builder {
        private final String keyId;
        private @Nullable KmsClient client;
        private List<String> grantTokens = List.of();

        private Builder(String keyId) {
            if (keyId == null || keyId.isBlank()) {
                throw new KeyringException(
                        KeyringException.Reason.MISCONFIGURED,
                        "an AWS KMS keyring needs a key: its id, its ARN, or alias/NAME");
            }
            this.keyId = keyId;
        }

        /** The client to call KMS with; it stays the caller's. Without one, the keyring makes its own (KMS-002, KMS-003). */
        public Builder client(KmsClient client) {
            this.client = client;
            return this;
        }

        /** Grants that may not be known everywhere in KMS yet. */
        public Builder grantTokens(List<String> grantTokens) {
            this.grantTokens = List.copyOf(grantTokens);
            return this;
        }

        /**
         * The keyring. No call is made.
         *
         * @throws KeyringException if no client was given and none can be made from the environment
         */
        public KmsKeyring build() {
            return client == null
                    ? new KmsKeyring(keyId, DefaultKmsClient.forKey(keyId, null, null), true, grantTokens)
                    : new KmsKeyring(keyId, client, false, grantTokens);
        }
    }
}
