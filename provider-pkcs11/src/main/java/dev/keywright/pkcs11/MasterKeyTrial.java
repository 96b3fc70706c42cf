/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.spi.MasterKeyOps;
import dev.keywright.spi.WrapAlgorithm;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;

/** Tries a key on a token once: whether it opens what it seals, and if not, what stands in the way. */
final class MasterKeyTrial {
    private static final int DATA_KEY_BYTES = 32;
    private static final byte[] BINDING = "115".getBytes(StandardCharsets.US_ASCII);

    private final Pkcs11Key key;
    private final WrapAlgorithm algorithm;
    private final Pkcs11Quirks quirks;

    MasterKeyTrial(Pkcs11Key key, WrapAlgorithm algorithm, Pkcs11Quirks quirks) {
        this.key = key;
        this.algorithm = algorithm;
        this.quirks = quirks;
    }

    /** What a data key is bound to, as far as the wrap binds it. */
    static byte[] binding(WrapAlgorithm algorithm) {
        return algorithm == WrapAlgorithm.AES_GCM ? BINDING.clone() : new byte[0];
    }

    /** @throws KeyringException if it fails; the message names the cause */
    void run(MasterKeyOps ops, SecureRandom random) {
        byte[] dataKey = new byte[DATA_KEY_BYTES];
        random.nextBytes(dataKey);
        byte[] opened = new byte[0];
        try {
            byte[] aad = binding(algorithm);
            opened = ops.open(ops.seal(dataKey, aad), aad);
            if (!MessageDigest.isEqual(opened, dataKey)) {
                throw new GeneralSecurityException("another data key came out than went in");
            }
        } catch (GeneralSecurityException e) {
            throw failed(
                    Reason.MISCONFIGURED,
                    "it does not open what it wraps (" + e.getMessage() + ")"
                            + (algorithm == WrapAlgorithm.RSA_OAEP_SHA1
                                    ? "; either the public key is another key's, or the token refuses OAEP with SHA-1, which "
                                            + "the S3 format fixes"
                                    : ""),
                    e);
        } catch (KeyringException e) {
            throw failed(
                    isMissingUse(e) ? Reason.MISCONFIGURED : e.reason(),
                    withoutName(String.valueOf(e.getMessage())),
                    e);
        } finally {
            Arrays.fill(dataKey, (byte) 0);
            Arrays.fill(opened, (byte) 0);
        }
    }

    /** A key that never could is set up wrongly; only one that could, and may not any more, is denied. */
    private static boolean isMissingUse(KeyringException e) {
        return e.getCause() instanceof CryptokiException refusal && refusal.is(ReturnValue.KEY_FUNCTION_NOT_PERMITTED);
    }

    private String withoutName(String message) {
        String name = key.keyringName() + ": ";
        return message.startsWith(name) ? message.substring(name.length()) : message;
    }

    private KeyringException failed(Reason reason, String otherwise, Exception cause) {
        Optional<String> obstacle = obstacle();
        return new KeyringException(
                obstacle.isPresent() ? Reason.MISCONFIGURED : reason,
                key.keyringName() + ": the key can't do " + algorithm.wireName() + ": " + obstacle.orElse(otherwise),
                cause);
    }

    /** What token and key themselves say against it. */
    private Optional<String> obstacle() {
        return algorithm == WrapAlgorithm.AES_GCM
                ? obstacleToAes()
                : KeyUse.DECRYPT.obstacle(key, quirks.number(Pkcs11Mechanism.RSA_PKCS_OAEP));
    }

    private Optional<String> obstacleToAes() {
        long gcm = quirks.number(Pkcs11Mechanism.AES_GCM);
        Optional<String> obstacle = KeyUse.DECRYPT.obstacle(key, gcm).or(() -> KeyUse.ENCRYPT.obstacle(key, gcm));
        if (obstacle.isEmpty() || !quirks.emulatesGcm()) {
            return obstacle;
        }
        return KeyUse.ENCRYPT
                .obstacle(key, quirks.number(Pkcs11Mechanism.AES_ECB))
                .map(noEcb -> obstacle.get() + "; nor can it be emulated: " + noEcb);
    }
}
