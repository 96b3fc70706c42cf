/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.ContentCipher;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.ContentKeyDerivation;
import dev.keywright.spi.CryptographicMaterialsManager;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.FormatException;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeywrightException;
import dev.keywright.spi.LegacyContentCipher;
import dev.keywright.spi.MessageCipher;
import dev.keywright.spi.PolicyException;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Opens stored objects. Every gate is passed before a keyring is called, and no plaintext is released before it verified
 * unless the caller asks for it in so many words. Thread-safe; holds no secret of its own.
 */
public final class ObjectDecryptor {
    /** How much of a body is held in memory while it is verified, unless the builder says otherwise: 8 MiB. */
    public static final int DEFAULT_BUFFER_BYTES = 8 << 20;

    /** As {@link #DEFAULT_BUFFER_BYTES}, where a {@link MessageCipher} decrypts, which needs the whole body: 64 MiB. */
    public static final int DEFAULT_MESSAGE_BUFFER_BYTES = 64 << 20;

    private final CryptographicMaterialsManager materials;
    private final CipherInUse cipher;
    private final ContentKeyDerivation derivation;
    private final CommitmentPolicy policy;
    private final boolean legacyWraps;
    private final @Nullable LegacyContentCipher legacyCipher;
    private final SecureRandom random = new SecureRandom();
    private final int bufferBytes;
    private final @Nullable Path spoolDirectory;

    private ObjectDecryptor(Builder builder) {
        this.materials = builder.materials;
        this.cipher = builder.cipher;
        this.derivation = builder.derivation;
        this.policy = builder.policy;
        this.legacyWraps = builder.legacyWraps;
        this.legacyCipher = builder.legacyCipher;
        this.bufferBytes = builder.bufferBytes;
        this.spoolDirectory = builder.spoolDirectory;
    }

    /** A decryptor of keys from {@code materials} and content by {@code cipher}. */
    public static Builder builder(CryptographicMaterialsManager materials, ContentCipher cipher) {
        return new Builder(materials, CipherInUse.of(cipher), DEFAULT_BUFFER_BYTES);
    }

    /**
     * A strict decryptor: bodies go through {@code cipher} whole, and nothing of GCM is computed outside of it. A body that is
     * longer than {@link Builder#bufferBytes} is refused with a {@link PolicyException} when it is read; ranges are refused.
     */
    public static Builder builder(CryptographicMaterialsManager materials, MessageCipher cipher) {
        return new Builder(materials, CipherInUse.of(cipher), DEFAULT_MESSAGE_BUFFER_BYTES);
    }

    /** Whether a {@link MessageCipher} decrypts the content: whole objects from their start, and nothing else. */
    public boolean isStrict() {
        return cipher.isStrict();
    }

    /** Which content cipher is in use. */
    @Override
    public String toString() {
        return "ObjectDecryptor[" + cipher + "]";
    }

    /**
     * Reads the envelope in an object's metadata, and goes on as {@link #begin(ObjectName, Envelope, Map)} does.
     *
     * @param metadata the object's user metadata, names without {@code x-amz-meta-}
     * @throws FormatException if it is no encrypted object, or its envelope is malformed or needs an instruction file
     */
    public Decryption begin(ObjectName name, Map<String, String> metadata, Map<String, String> encryptionContext) {
        Envelope envelope;
        try {
            envelope = Envelope.parse(metadata);
        } catch (KeywrightException e) {
            throw e.about("reading " + name);
        }
        return begin(name, envelope, encryptionContext);
    }

    /**
     * Passes the gates, has the data key unwrapped, and checks the key commitment. The body is not touched yet. In format V1,
     * where nothing is authenticated, a key that does not unwrap fails as a body that does not decrypt, when the body is
     * read.
     *
     * @param encryptionContext what the object was written with; empty for raw keys
     * @return closed by the caller, who may close it as soon as a plaintext stream was had from it
     * @throws PolicyException if policy forbids to read it; no keyring was called
     * @throws KeyringException if its data key can't be had
     * @throws IntegrityException if the wrapped key or the commitment does not verify
     */
    public Decryption begin(ObjectName name, Envelope envelope, Map<String, String> encryptionContext) {
        String subject = "reading " + name + " " + describe(envelope);
        try {
            requireAllowed(envelope);
            KeyRequest request = KeyRequest.of(envelope.suite(), encryptionContext);
            ContextRules.requireStored(request, envelope.wrapped());
            boolean keyRejected = false;
            DataKey unwrapped;
            try {
                unwrapped = requireKey(materials.forDecrypt(name, envelope.wrapped(), request));
            } catch (IntegrityException e) {
                if (envelope.format() != MessageFormat.V1) {
                    throw e;
                }
                // What is wrong shows at the body's end only, and as everything else there (SEC-024).
                keyRejected = true;
                unwrapped = randomKey(envelope.suite());
            }
            try (DataKey dataKey = unwrapped) {
                ContentKey key = derivation.forDecrypt(
                        envelope.suite(), dataKey, envelope.ivOrMessageId(), envelope.commitment());
                return new Decryption(
                        subject,
                        envelope,
                        cipher,
                        envelope.suite().tagBytes() == 0 ? legacyCipher : null,
                        key,
                        keyRejected,
                        bufferBytes,
                        spoolDirectory);
            }
        } catch (KeywrightException e) {
            throw e.about(subject);
        }
    }

    private DataKey randomKey(AlgorithmSuite suite) {
        byte[] raw = new byte[suite.dataKeyBytes()];
        random.nextBytes(raw);
        return DataKey.adopt(raw);
    }

    /** What is said of an object in errors: never an encryption context's values. */
    private static String describe(Envelope envelope) {
        WrappedDataKey wrapped = envelope.wrapped();
        return "(format " + envelope.format() + ", " + envelope.suite() + ", wrapped by "
                + wrapped.algorithm().wireName()
                + (wrapped.algorithm().isKms()
                        ? ""
                        : ", materials description " + MetadataFields.shown(wrapped.description()))
                + ")";
    }

    /** The gates, in the order of wire format section 10.3. */
    private void requireAllowed(Envelope envelope) {
        AlgorithmSuite suite = envelope.suite();
        boolean authenticated = suite.tagBytes() > 0;
        if (!authenticated && legacyCipher == null) {
            throw new PolicyException("unauthenticated content, " + suite
                    + ", is not enabled; to read such objects, which anyone may have altered, enable legacy "
                    + "unauthenticated modes");
        }
        if (!policy.allowsDecrypt(suite)) {
            throw new PolicyException("commitment policy " + policy + " forbids to read " + suite
                    + ", which has no key commitment; to read such objects choose the policy "
                    + CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT);
        }
        if (authenticated && !cipher.suites().contains(suite)) {
            throw new PolicyException("the content cipher does not do " + suite);
        }
        WrapAlgorithm wrap = envelope.wrapped().algorithm();
        if (wrap.isLegacy() && !legacyWraps) {
            throw new PolicyException("legacy wrap " + wrap.wireName()
                    + " is not enabled; to read such objects enable legacy wrapping algorithms");
        }
    }

    static DataKey requireKey(@Nullable DataKey key) {
        if (key == null) {
            throw new KeyringException(
                    KeyringException.Reason.MISCONFIGURED,
                    "the materials manager gave neither a data key nor an error");
        }
        return key;
    }

    /** Settings of a decryptor. */
    public static final class Builder {
        private final CryptographicMaterialsManager materials;
        private final CipherInUse cipher;
        private CommitmentPolicy policy = CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT;
        private boolean legacyWraps;
        private @Nullable LegacyContentCipher legacyCipher;
        private ContentKeyDerivation derivation = ContentKeyDerivation.platform();
        private int bufferBytes;
        private @Nullable Path spoolDirectory;

        private Builder(CryptographicMaterialsManager materials, CipherInUse cipher, int bufferBytes) {
            this.materials = materials;
            this.cipher = cipher;
            this.bufferBytes = bufferBytes;
        }

        /** Default: {@link CommitmentPolicy#REQUIRE_ENCRYPT_REQUIRE_DECRYPT}. */
        public Builder commitmentPolicy(CommitmentPolicy chosen) {
            this.policy = chosen;
            return this;
        }

        /**
         * Whether objects are read whose data key is wrapped as only older clients did: raw AES, raw RSA, {@code AESWrap},
         * {@code RSA/ECB/OAEPWithSHA-256AndMGF1Padding}, {@code kms}. Their wraps bind the key to no content algorithm.
         * Nothing is ever written so. Default: false (CLI-009).
         */
        public Builder enableLegacyWrappingAlgorithms(boolean enabled) {
            this.legacyWraps = enabled;
            return this;
        }

        /**
         * Reads objects of the CBC suite too, with this cipher. Nothing in them is authenticated: anyone who could write to
         * the bucket may have altered them. Nothing is ever written so. Default: they are refused (CLI-013).
         */
        public Builder enableLegacyUnauthenticatedModes(LegacyContentCipher chosen) {
            this.legacyCipher = chosen;
            return this;
        }

        /** Whose HMAC derives content keys; default: the platform's. */
        public Builder derivation(ContentKeyDerivation chosen) {
            this.derivation = chosen;
            return this;
        }

        /**
         * Bodies up to this length are held in memory while they are verified; longer ones go to a temporary file, as
         * ciphertext. Default: {@link ObjectDecryptor#DEFAULT_BUFFER_BYTES}. With a {@link MessageCipher}, longer ones are
         * refused, and the provider may take three times as much again; default: {@link
         * ObjectDecryptor#DEFAULT_MESSAGE_BUFFER_BYTES}.
         *
         * @throws IllegalArgumentException if negative
         */
        public Builder bufferBytes(int chosen) {
            if (chosen < 0) {
                throw new IllegalArgumentException("buffer of " + chosen + " bytes");
            }
            this.bufferBytes = chosen;
            return this;
        }

        /** Where temporary files go; default: the platform's folder for them. */
        public Builder spoolDirectory(Path chosen) {
            this.spoolDirectory = chosen;
            return this;
        }

        /** The decryptor. */
        public ObjectDecryptor build() {
            return new ObjectDecryptor(this);
        }
    }
}
