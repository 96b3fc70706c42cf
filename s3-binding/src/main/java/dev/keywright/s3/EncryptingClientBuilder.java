/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.CommitmentPolicy;
import dev.keywright.envelope.ObjectDecryptor;
import dev.keywright.envelope.ObjectEncryptor;
import dev.keywright.jca.JcaContentCipher;
import dev.keywright.jca.JcaLegacyContentCipher;
import dev.keywright.jca.JcaMessageCipher;
import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.ContentCipher;
import dev.keywright.spi.ContentKeyDerivation;
import dev.keywright.spi.CryptographicMaterialsManager;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.MessageCipher;
import java.nio.file.Path;
import java.security.Provider;
import java.security.SecureRandom;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkClient;
import software.amazon.awssdk.services.s3.DelegatingS3AsyncClient;
import software.amazon.awssdk.services.s3.DelegatingS3Client;

/**
 * The settings that {@link EncryptingS3Client} and {@link EncryptingS3AsyncClient} have in common: keys, policy, content
 * cipher, and what is kept while an object is verified. Not thread-safe.
 *
 * @param <B> the builder that has these settings
 */
public abstract sealed class EncryptingClientBuilder<B extends EncryptingClientBuilder<B>>
        permits EncryptingS3Client.Builder, EncryptingS3AsyncClient.Builder {
    private static final String AMAZONS = "software.amazon.encryption.s3.";

    private @Nullable Keyring keyring;
    private @Nullable CryptographicMaterialsManager materials;
    private @Nullable ContentCipher cipher;
    private @Nullable Provider contentProvider;
    private @Nullable AlgorithmSuite suite;
    private @Nullable Path spoolDirectory;
    private CommitmentPolicy policy = CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT;
    private @Nullable Integer bufferBytes; // null for the content cipher's own default
    private SecureRandom random = new SecureRandom();
    private InstructionFileConfig instructionFiles = InstructionFileConfig.DEFAULT;
    private boolean legacyWraps;
    private boolean legacyContent;
    private boolean unverifiedRanges;
    private VerifiedRelease verifiedRelease = VerifiedRelease.AUTOMATIC;
    private @Nullable MessageCipher messageCipher;
    private boolean strictContent;

    EncryptingClientBuilder() {}

    abstract B self();

    /** Writes and reads with one keyring; this or {@link #materialsManager}. It stays yours to close. */
    public B keyring(Keyring chosen) {
        this.keyring = Objects.requireNonNull(chosen);
        return self();
    }

    /** Chooses keyrings by object: rotation, tenants; this or {@link #keyring}. */
    public B materialsManager(CryptographicMaterialsManager chosen) {
        this.materials = Objects.requireNonNull(chosen);
        return self();
    }

    /** Default: {@link CommitmentPolicy#REQUIRE_ENCRYPT_REQUIRE_DECRYPT}. */
    public B commitmentPolicy(CommitmentPolicy chosen) {
        this.policy = Objects.requireNonNull(chosen);
        return self();
    }

    /**
     * Whether objects are read whose data key is wrapped as only older clients did, without binding it to the content
     * algorithm: raw AES, raw RSA, {@code AESWrap}, {@code RSA/ECB/OAEPWithSHA-256AndMGF1Padding}, {@code kms}. Default: false
     * (CLI-008, CLI-009).
     */
    public B enableLegacyWrappingAlgorithms(boolean enabled) {
        this.legacyWraps = enabled;
        return self();
    }

    /**
     * Whether objects of AES-CBC are read, in which nothing is authenticated: anyone who can write to the bucket may have
     * altered them. Default: false (CLI-012, CLI-013).
     */
    public B enableLegacyUnauthenticatedModes(boolean enabled) {
        this.legacyContent = enabled;
        return self();
    }

    /** What is done with instruction files; default: {@link InstructionFileConfig#DEFAULT} (CLI-026). */
    public B instructionFiles(InstructionFileConfig chosen) {
        this.instructionFiles = Objects.requireNonNull(chosen);
        return self();
    }

    /** The suite that is written. Default: the one that the policy asks for. */
    public B suite(AlgorithmSuite chosen) {
        this.suite = Objects.requireNonNull(chosen);
        return self();
    }

    /** What encrypts content; default: {@link JcaContentCipher#platform}. This or {@link #contentProvider}. */
    public B contentCipher(ContentCipher chosen) {
        this.cipher = Objects.requireNonNull(chosen);
        return self();
    }

    /** Whose ciphers encrypt content, and whose HMAC derives content keys; this or {@link #contentCipher}. */
    public B contentProvider(Provider chosen) {
        this.contentProvider = Objects.requireNonNull(chosen);
        return self();
    }

    /**
     * Objects whose stored body is up to this long are held in memory while they are verified; longer ones go to a temporary
     * file, as ciphertext. Default: {@link ObjectDecryptor#DEFAULT_BUFFER_BYTES}. With strict content, longer ones are
     * refused; default: {@link ObjectDecryptor#DEFAULT_MESSAGE_BUFFER_BYTES}.
     *
     * @throws IllegalArgumentException if negative
     */
    public B bufferBytes(int chosen) {
        if (chosen < 0) {
            throw new IllegalArgumentException("buffer of " + chosen + " bytes");
        }
        this.bufferBytes = chosen;
        return self();
    }

    /** Where objects are while they are verified; default: {@link VerifiedRelease#AUTOMATIC}. */
    public B verifiedRelease(VerifiedRelease chosen) {
        this.verifiedRelease = Objects.requireNonNull(chosen);
        return self();
    }

    /**
     * Whether {@code getObject} answers requests with a range, though nothing verifies what it gives, as tools need that read
     * objects in parts: S3TransferManager, Hadoop's S3A. Independent of the legacy switches. Default: false; such a request
     * is refused, and {@code getObjectUnverified} answers it.
     */
    public B enableUnverifiedRanges(boolean enabled) {
        this.unverifiedRanges = enabled;
        return self();
    }

    /** Where temporary files go; default: the platform's folder for them. */
    public B spoolDirectory(Path chosen) {
        this.spoolDirectory = Objects.requireNonNull(chosen);
        return self();
    }

    /** Where data keys, IVs and message ids come from; default: a new {@link SecureRandom}. */
    public B random(SecureRandom chosen) {
        this.random = Objects.requireNonNull(chosen);
        return self();
    }

    /** Strict content, by this cipher. */
    final void strict(MessageCipher chosen) {
        this.messageCipher = Objects.requireNonNull(chosen);
    }

    /** Strict content or not, by the provider's cipher. */
    final void strict(boolean enabled) {
        this.strictContent = enabled;
    }

    final InstructionFileConfig instructionFiles() {
        return instructionFiles;
    }

    final int bufferBytes() {
        return bufferBytes == null ? ObjectDecryptor.DEFAULT_BUFFER_BYTES : bufferBytes;
    }

    final @Nullable Path spoolDirectory() {
        return spoolDirectory;
    }

    final VerifiedRelease verifiedRelease() {
        return verifiedRelease;
    }

    final boolean unverifiedRanges() {
        return unverifiedRanges;
    }

    /** Checks what it is made of. */
    final ObjectEncryptor encryptor() {
        CryptographicMaterialsManager keys = requireOneSource();
        requireOneCipher();
        ObjectEncryptor.Builder encryptor = (isStrict()
                        ? ObjectEncryptor.builder(keys, strictCipher())
                        : ObjectEncryptor.builder(keys, segmentCipher()))
                .commitmentPolicy(policy)
                .derivation(derivation())
                .random(random);
        if (suite != null) {
            encryptor.suite(suite);
        }
        return encryptor.build();
    }

    /** Checks what it is made of. */
    final ObjectDecryptor decryptor() {
        CryptographicMaterialsManager keys = requireOneSource();
        requireOneCipher();
        ObjectDecryptor.Builder decryptor = (isStrict()
                        ? ObjectDecryptor.builder(keys, strictCipher())
                        : ObjectDecryptor.builder(keys, segmentCipher()))
                .commitmentPolicy(policy)
                .derivation(derivation())
                .enableLegacyWrappingAlgorithms(legacyWraps);
        if (bufferBytes != null) {
            decryptor.bufferBytes(bufferBytes);
        }
        if (legacyContent) {
            decryptor.enableLegacyUnauthenticatedModes(
                    contentProvider != null
                            ? JcaLegacyContentCipher.with(contentProvider)
                            : JcaLegacyContentCipher.platform());
        }
        if (spoolDirectory != null) {
            decryptor.spoolDirectory(spoolDirectory);
        }
        return decryptor.build();
    }

    private boolean isStrict() {
        return messageCipher != null || strictContent;
    }

    private void requireOneCipher() {
        if ((cipher != null || messageCipher != null) && contentProvider != null) {
            throw new IllegalArgumentException("both contentCipher and contentProvider are given; give one");
        }
        if (cipher != null && isStrict()) {
            throw new IllegalArgumentException(
                    "a contentCipher of segments and strict content are both given; give one");
        }
    }

    private MessageCipher strictCipher() {
        if (messageCipher != null) {
            return messageCipher;
        }
        return contentProvider != null ? JcaMessageCipher.with(contentProvider) : JcaMessageCipher.platform();
    }

    private ContentCipher segmentCipher() {
        if (cipher != null) {
            return cipher;
        }
        return contentProvider != null ? JcaContentCipher.with(contentProvider) : JcaContentCipher.platform();
    }

    private ContentKeyDerivation derivation() {
        return contentProvider != null ? ContentKeyDerivation.with(contentProvider) : ContentKeyDerivation.platform();
    }

    private CryptographicMaterialsManager requireOneSource() {
        if (keyring != null && materials != null) {
            throw new IllegalArgumentException("both keyring and materialsManager are given; give one");
        }
        if (materials != null) {
            return materials;
        }
        if (keyring != null) {
            return CryptographicMaterialsManager.rotating(keyring, List.of(keyring), random);
        }
        throw new IllegalArgumentException("no keyring and no materialsManager; give one of them");
    }

    /** Content encrypted twice would be opened once (CLI-024). */
    static void requirePlain(SdkClient client) {
        SdkClient layer = client;
        while (layer != null) {
            if (layer instanceof EncryptingS3Client
                    || layer instanceof EncryptingS3AsyncClient
                    || layer.getClass().getName().startsWith(AMAZONS)) {
                throw new IllegalArgumentException("the client to wrap encrypts already, it is a "
                        + layer.getClass().getName() + "; give a plain one");
            }
            layer = below(layer);
        }
    }

    /** The client that a client passes on to; null for one that has none. */
    static @Nullable SdkClient below(SdkClient client) {
        if (client instanceof DelegatingS3Client delegating) {
            return delegating.delegate();
        }
        return client instanceof DelegatingS3AsyncClient delegating ? delegating.delegate() : null;
    }
}
