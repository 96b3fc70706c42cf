/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentCipher;
import dev.keywright.spi.ContentCipher.SegmentDigest;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.ContentKeyDerivation;
import dev.keywright.spi.CryptographicMaterialsManager;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.EncryptionMaterials;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeywrightException;
import dev.keywright.spi.MessageCipher;
import dev.keywright.spi.PolicyException;
import dev.keywright.spi.WrappedDataKey;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Turns plaintext into a body and its envelope: a fresh data key and IV for every object. Thread-safe; holds no secret of
 * its own.
 *
 * <p>The materials manager is called once per object and may block.
 */
public final class ObjectEncryptor {
    private final CryptographicMaterialsManager materials;
    private final CipherInUse cipher;
    private final ContentKeyDerivation derivation;
    private final AlgorithmSuite suite;
    private final SecureRandom random;

    private ObjectEncryptor(Builder builder, AlgorithmSuite suite) {
        this.materials = builder.materials;
        this.cipher = builder.cipher;
        this.derivation = builder.derivation;
        this.suite = suite;
        this.random = builder.random;
    }

    /** An encryptor of keys from {@code materials} and content by {@code cipher}. */
    public static Builder builder(CryptographicMaterialsManager materials, ContentCipher cipher) {
        return new Builder(materials, CipherInUse.of(cipher));
    }

    /**
     * A strict encryptor: content goes through {@code cipher} in one stream, and nothing of GCM is computed outside of it. A
     * retry then compares the SHA-256 of each MiB of plaintext; parts are refused.
     */
    public static Builder builder(CryptographicMaterialsManager materials, MessageCipher cipher) {
        return new Builder(materials, CipherInUse.of(cipher));
    }

    /** Whether a {@link MessageCipher} encrypts the content: whole objects from their start, and nothing else. */
    public boolean isStrict() {
        return cipher.isStrict();
    }

    /** The suite that is written. */
    public AlgorithmSuite suite() {
        return suite;
    }

    /**
     * Prepares an object: asks for its data key, derives the content key, makes the envelope. The body is encrypted as it
     * is read.
     *
     * @param encryptionContext what a KMS keyring binds; empty for raw keys
     * @return closed by the caller, when the transfer has ended or failed
     * @throws KeyringException if no data key can be had, or the context can't be bound
     * @throws IllegalArgumentException if the plaintext is longer than the suite, or a strict cipher, allows
     */
    public EncryptedObject encrypt(ObjectName name, PlaintextSource plaintext, Map<String, String> encryptionContext) {
        long length = plaintext.lengthBytes();
        long max = cipher.maxPlaintextBytes(suite);
        if (length < 0 || length > max) {
            throw new IllegalArgumentException(name + ": plaintext of " + length + " bytes; " + suite
                    + (cipher.isStrict() ? " by the strict cipher " + cipher : "") + " takes 0 to " + max);
        }
        // Another length at a retry would make another message under the same key and IV.
        PlaintextSource asLong = PlaintextSource.of(length, plaintext::open);
        if (!cipher.isStrict()) {
            return new EncryptedObject(encryptParts(name, encryptionContext), asLong);
        }
        EncryptedMessage message = begin(
                name, encryptionContext, (envelope, key) -> new EncryptedMessage(name, envelope, cipher.strict(), key));
        return new EncryptedObject(message, asLong);
    }

    /**
     * Prepares an object whose length is not known yet, as {@link #encrypt} does. It is encrypted run by run, in any order.
     *
     * @param encryptionContext what a KMS keyring binds; empty for raw keys
     * @return closed by the caller, when the transfer has ended or failed
     * @throws KeyringException if no data key can be had, or the context can't be bound
     * @throws UnsupportedOperationException under a strict cipher
     */
    public EncryptedParts encryptParts(ObjectName name, Map<String, String> encryptionContext) {
        ContentCipher segments = cipher.forSegments("encrypting " + name + " in parts");
        return begin(
                name,
                encryptionContext,
                (envelope, key) -> new EncryptedParts(name, envelope, segments, key, List.of()));
    }

    /** @param body makes what owns the content key */
    private <T> T begin(
            ObjectName name, Map<String, String> encryptionContext, BiFunction<Envelope, ContentKey, T> body) {
        try {
            ContextRules.requireCallersOwn(encryptionContext);
            KeyRequest request = KeyRequest.of(suite, encryptionContext);
            EncryptionMaterials fresh = requireMaterials(materials.forEncrypt(name, request));
            try (fresh) {
                requireUsable(fresh, request);
                Bytes iv = freshIv();
                ContentKeyDerivation.NewContentKey derived = derivation.forEncrypt(suite, fresh.dataKey(), iv);
                Envelope envelope = new Envelope(formatOf(suite), suite, fresh.wrapped(), iv, derived.commitment());
                try {
                    requireStorable(envelope);
                    return body.apply(envelope, derived.key());
                } catch (RuntimeException | Error e) {
                    derived.key().close();
                    throw e;
                }
            }
        } catch (KeywrightException e) {
            throw e.about("encrypting " + name + " (" + suite + ")");
        }
    }

    /** Which content cipher is in use, and which suite is written. */
    @Override
    public String toString() {
        return "ObjectEncryptor[" + cipher + ", " + suite + "]";
    }

    /**
     * Goes on with an object that another process began: has its data key unwrapped, and its runs unsealed. Both are proven
     * to belong to each other and to the associated data before anything is encrypted.
     *
     * @param envelope the object's, as {@link EncryptedParts#envelope} gave it
     * @param encryptionContext what the object was begun with
     * @param associatedData what the runs were sealed with
     * @param sealedRuns what {@link EncryptedParts#sealRuns} gave last, before any later run left that process
     * @return closed by the caller, when the transfer has ended or failed
     * @throws PolicyException if this encryptor does not write such envelopes
     * @throws UnsupportedOperationException under a strict cipher
     * @throws KeyringException if the data key can't be had, as by a keyring that only writes
     * @throws IntegrityException if wrapped key, commitment, or sealed runs do not verify
     */
    public EncryptedParts resumeParts(
            ObjectName name,
            Envelope envelope,
            Map<String, String> encryptionContext,
            Bytes associatedData,
            Bytes sealedRuns) {
        ContentCipher segments = cipher.forSegments("going on with " + name);
        try {
            if (envelope.suite() != suite || envelope.wrapped().algorithm().isLegacy()) {
                throw new PolicyException("it was begun with " + envelope.suite() + ", wrapped by "
                        + envelope.wrapped().algorithm().wireName() + ", and this client writes " + suite
                        + " and no legacy wraps; go on with the settings that it was begun with");
            }
            KeyRequest request = KeyRequest.of(suite, encryptionContext);
            ContextRules.requireStored(request, envelope.wrapped());
            try (DataKey dataKey =
                    ObjectDecryptor.requireKey(materials.forDecrypt(name, envelope.wrapped(), request))) {
                ContentKey key = derivation.forDecrypt(suite, dataKey, envelope.ivOrMessageId(), envelope.commitment());
                try {
                    List<SegmentDigest> runs = segments.unseal(key, associatedData, sealedRuns);
                    return new EncryptedParts(name, envelope, segments, key, runs);
                } catch (RuntimeException | Error e) {
                    key.close();
                    throw e;
                }
            }
        } catch (KeywrightException e) {
            throw e.about("going on with " + name);
        }
    }

    private static MessageFormat formatOf(AlgorithmSuite suite) {
        return suite.isCommitting() ? MessageFormat.V3 : MessageFormat.V2;
    }

    private static EncryptionMaterials requireMaterials(@Nullable EncryptionMaterials fresh) {
        if (fresh == null) {
            throw misconfigured("the materials manager gave no materials");
        }
        return fresh;
    }

    private void requireUsable(EncryptionMaterials fresh, KeyRequest request) {
        DataKey key = fresh.dataKey();
        WrappedDataKey wrapped = fresh.wrapped();
        if (key.lengthBytes() != request.dataKeyBytes()) {
            throw misconfigured(
                    "the keyring gave a data key of " + key.lengthBytes() + " bytes; wanted " + request.dataKeyBytes());
        }
        if (wrapped.algorithm().isLegacy()) {
            throw misconfigured(wrapped.algorithm().wireName() + " is a legacy wrap and is never written");
        }
        ContextRules.requireBound(request, wrapped);
    }

    /** Never zero: zeros come from a broken random source, not from chance. */
    private Bytes freshIv() {
        byte[] iv = new byte[suite.ivBytes()];
        random.nextBytes(iv);
        int any = 0;
        for (byte b : iv) {
            any |= b;
        }
        if (any == 0) {
            throw new IllegalStateException("the random source gives zeros; no IV can be made of it");
        }
        return Bytes.copyOf(iv);
    }

    private static void requireStorable(Envelope envelope) {
        int bytes = 0;
        for (Map.Entry<String, String> entry : envelope.toMetadata().entrySet()) {
            bytes += entry.getKey().length() + entry.getValue().getBytes(StandardCharsets.UTF_8).length;
        }
        if (bytes > Envelope.MAX_METADATA_BYTES) {
            throw misconfigured("the envelope takes " + bytes + " bytes of metadata, and S3 stores "
                    + Envelope.MAX_METADATA_BYTES + ": shorten the materials description or the encryption context");
        }
    }

    private static KeyringException misconfigured(String what) {
        return new KeyringException(KeyringException.Reason.MISCONFIGURED, what);
    }

    /** Settings of an encryptor; {@link #build} checks them. */
    public static final class Builder {
        private final CryptographicMaterialsManager materials;
        private final CipherInUse cipher;
        private CommitmentPolicy policy = CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT;
        private @Nullable AlgorithmSuite suite;
        private ContentKeyDerivation derivation = ContentKeyDerivation.platform();
        private SecureRandom random = new SecureRandom();

        private Builder(CryptographicMaterialsManager materials, CipherInUse cipher) {
            this.materials = materials;
            this.cipher = cipher;
        }

        /** Default: {@link CommitmentPolicy#REQUIRE_ENCRYPT_REQUIRE_DECRYPT}. */
        public Builder commitmentPolicy(CommitmentPolicy chosen) {
            this.policy = chosen;
            return this;
        }

        /** Default: the one that the policy asks for. */
        public Builder suite(AlgorithmSuite chosen) {
            this.suite = chosen;
            return this;
        }

        /** Whose HMAC derives content keys; default: the platform's. */
        public Builder derivation(ContentKeyDerivation chosen) {
            this.derivation = chosen;
            return this;
        }

        /** Where IVs and message ids come from; default: a new {@link SecureRandom}. */
        public Builder random(SecureRandom chosen) {
            this.random = chosen;
            return this;
        }

        /**
         * The encryptor.
         *
         * @throws PolicyException if the suite is never written, or the policy forbids it
         * @throws IllegalArgumentException if the content cipher doesn't do the suite
         */
        public ObjectEncryptor build() {
            AlgorithmSuite chosen = suite == null ? policy.defaultSuite() : suite;
            if (!chosen.isWritable()) {
                throw new PolicyException(
                        chosen + " is legacy or for ranges, and never written; write " + policy.defaultSuite());
            }
            if (!policy.allowsEncrypt(chosen)) {
                throw new PolicyException("commitment policy " + policy + " forbids to write " + chosen + "; write "
                        + policy.defaultSuite() + " or choose another policy");
            }
            if (!cipher.suites().contains(chosen)) {
                throw new IllegalArgumentException("the content cipher does not do " + chosen);
            }
            return new ObjectEncryptor(this, chosen);
        }
    }
}
