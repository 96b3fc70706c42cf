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

    MasterKeyTrial(Pkcs11Key key, WrapAlgorithm algorithm) {
        this.key = key;
        this.algorithm = algorithm;
    }

    /** @throws KeyringException if it fails; the message names the cause */
    void run(MasterKeyOps ops, SecureRandom random) {
        byte[] dataKey = new byte[DATA_KEY_BYTES];
        random.nextBytes(dataKey);
        byte[] opened = new byte[0];
        try {
            byte[] aad = algorithm == WrapAlgorithm.AES_GCM ? BINDING : new byte[0];
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
                ? KeyUse.DECRYPT
                        .obstacle(key, CryptokiConstants.CKM_AES_GCM)
                        .or(() -> KeyUse.ENCRYPT.obstacle(key, CryptokiConstants.CKM_AES_GCM))
                : KeyUse.DECRYPT.obstacle(key, CryptokiConstants.CKM_RSA_PKCS_OAEP);
    }
}
