/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.KeyWrapper;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.Keyrings;
import dev.keywright.spi.Keyrings.Reads;
import dev.keywright.spi.MasterKeyOps;
import dev.keywright.spi.WrapAlgorithm;
import java.security.KeyPair;
import java.security.Provider;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.util.Map;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/**
 * Keyrings whose master key is used through JCA: on one provider, or on the platform's, which then chooses by the key.
 *
 * <pre>{@code
 * Keyring keyring = JcaKeyrings.platform().description(Map.of("key", "2027")).aes("backup key", masterKey);
 * }</pre>
 *
 * <p>Each keyring wraps and opens a random key once before it is given out: a missing algorithm, an unsuitable key, or two
 * halves that are no pair are found then. Algorithms are always given with explicit parameters, as providers differ in
 * what a bare name means. The settings are immutable, the keyrings thread-safe.
 */
public final class JcaKeyrings {
    private final @Nullable Provider provider;
    private final Map<String, String> description;
    private final Reads reads;
    private final SecureRandom random;

    private JcaKeyrings(
            @Nullable Provider provider, Map<String, String> description, Reads reads, SecureRandom random) {
        this.provider = provider;
        this.description = description;
        this.reads = reads;
        this.random = random;
    }

    /** Keyrings on the platform's providers: the first that has the algorithm and takes the key. */
    public static JcaKeyrings platform() {
        return new JcaKeyrings(null, Map.of(), Reads.OWN_DESCRIPTION, new SecureRandom());
    }

    /** Keyrings on this provider, registered or not. */
    public static JcaKeyrings with(Provider provider) {
        return new JcaKeyrings(provider, Map.of(), Reads.OWN_DESCRIPTION, new SecureRandom());
    }

    /** With this materials description, which is stored with each object and chooses the key; empty by default. */
    public JcaKeyrings description(Map<String, String> materialsDescription) {
        return new JcaKeyrings(provider, Map.copyOf(materialsDescription), reads, random);
    }

    /** Which objects to take for the keyring's own; {@link Reads#OWN_DESCRIPTION} by default. */
    public JcaKeyrings reads(Reads which) {
        return new JcaKeyrings(provider, description, which, random);
    }

    /** With this source of nonces and padding; a {@code new SecureRandom()} by default. */
    public JcaKeyrings random(SecureRandom source) {
        return new JcaKeyrings(provider, description, reads, source);
    }

    /**
     * {@code AES/GCM} under a key of 128, 192 or 256 bits, which may be one that its provider does not give out. Each wrap has
     * a fresh random nonce of 12 bytes, so one master key is good for 2^32 wraps (NIST SP 800-38D, section 8.3).
     *
     * <p>Opens besides, and never writes, what older clients wrapped by padded AES-ECB and by {@code AESWrap} (RFC 3394). A
     * provider that lacks one of them, or has {@code AESWrap} for whole key objects only, is named when an object needs it
     * (reason MISCONFIGURED).
     *
     * @param name names the key in errors; no secret in it
     * @param key closing the keyring does not destroy it
     * @throws dev.keywright.spi.KeyringException with reason MISCONFIGURED if algorithm or key can't be used
     */
    public Keyring aes(String name, SecretKey key) {
        return keyring(name, WrapAlgorithm.AES_GCM, AesMasterKey.lent(name, key, provider, random));
    }

    /**
     * As {@link #aes(String, SecretKey)}, of a key's bytes.
     *
     * @param key copied; the copy is wiped when the keyring is closed, the caller wipes the array
     */
    public Keyring aes(String name, byte[] key) {
        return keyring(name, WrapAlgorithm.AES_GCM, AesMasterKey.owned(name, key, provider, random));
    }

    /**
     * {@code RSA-OAEP-SHA1} under a key pair of at least 2048 bits. The private key may be one that its provider does not give
     * out.
     *
     * <p>Opens besides, and never writes, what older clients wrapped by RSAES-PKCS1-v1_5, and by RSAES-OAEP with SHA-256: with
     * SHA-1 in MGF1, as the JDK has it, else with SHA-256, as BouncyCastle has it. What a client on BouncyCastle wrapped as
     * bare {@code RSA}, without padding, is refused. A provider that lacks one of them is named when an object needs it
     * (reason MISCONFIGURED). The JDK's RSA leaves a copy of what it opened by RSAES-PKCS1-v1_5, the data key in it, to the
     * garbage collector; of the other wraps no copy is left.
     *
     * @param name names the key in errors; no secret in it
     * @param pair closing the keyring does not destroy it
     * @throws dev.keywright.spi.KeyringException with reason MISCONFIGURED if algorithm or key can't be used, or the halves
     *     are no pair
     */
    public Keyring rsa(String name, KeyPair pair) {
        return keyring(name, WrapAlgorithm.RSA_OAEP_SHA1, new RsaMasterKey(name, pair, provider, random));
    }

    /**
     * The wrapping half of {@link #rsa}, for a node that writes and must not read.
     *
     * @throws dev.keywright.spi.KeyringException with reason MISCONFIGURED if algorithm or key can't be used
     */
    public KeyWrapper rsa(String name, PublicKey key) {
        RsaSealer sealer = new RsaSealer(name, key, provider, random);
        MasterKeyTrial.seals(name, WrapAlgorithm.RSA_OAEP_SHA1, sealer, random);
        return Keyrings.wrapOnly(name, WrapAlgorithm.RSA_OAEP_SHA1, description, sealer);
    }

    private Keyring keyring(String name, WrapAlgorithm algorithm, MasterKeyOps ops) {
        try {
            MasterKeyTrial.sealsAndOpens(name, algorithm, ops, random);
        } catch (RuntimeException | Error e) {
            ops.close();
            throw e;
        }
        return Keyrings.of(name, algorithm, description, reads, ops);
    }
}
