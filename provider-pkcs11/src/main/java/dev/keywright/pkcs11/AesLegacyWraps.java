/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static dev.keywright.pkcs11.CryptokiConstants.*;

import dev.keywright.spi.WrapAlgorithm;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Optional;

/** How an AES key on a token opens legacy wraps, as far as the token's mechanisms and the key's attributes allow it. */
final class AesLegacyWraps {
    private static final int BLOCK_BYTES = 16;

    private final Pkcs11Key key;

    private AesLegacyWraps(Pkcs11Key key) {
        this.key = key;
    }

    static List<LegacyWrap> of(Pkcs11Key key) {
        AesLegacyWraps wraps = new AesLegacyWraps(key);
        return List.of(wraps.paddedEcb(), wraps.keyWrap());
    }

    /** The padding is taken off here: no token has a mechanism for ECB with padding. */
    private LegacyWrap paddedEcb() {
        WrapAlgorithm algorithm = WrapAlgorithm.RAW_AES;
        Optional<String> noEcb = KeyUse.DECRYPT.obstacle(key, CKM_AES_ECB);
        if (noEcb.isEmpty()) {
            return LegacyWrap.opened(
                    algorithm,
                    "by CKM_AES_ECB",
                    wrapped -> Pkcs7Padding.removed(key.decrypt(
                            (cryptoki, session, handle) -> cryptoki.decrypt(session, handle, CKM_AES_ECB, wrapped))));
        }
        return KeyUse.DECRYPT.obstacle(key, CKM_AES_CBC).isPresent()
                ? LegacyWrap.notOpened(algorithm, noEcb.get())
                : LegacyWrap.opened(
                        algorithm, "by CKM_AES_CBC", wrapped -> Pkcs7Padding.removed(decryptedByCbc(wrapped)));
    }

    /** CBC adds the block before to each block that comes out of the cipher: added once more, ECB is left. */
    private byte[] decryptedByCbc(byte[] sealed) throws GeneralSecurityException {
        byte[] blocks = key.decrypt(
                (cryptoki, session, handle) -> cryptoki.decryptCbc(session, handle, new byte[BLOCK_BYTES], sealed));
        for (int i = BLOCK_BYTES; i < Math.min(blocks.length, sealed.length); i++) {
            blocks[i] ^= sealed[i - BLOCK_BYTES];
        }
        return blocks;
    }

    /** By decrypting, where the token lets CKM_AES_KEY_WRAP do it; else by way of a key object that lives for a moment. */
    private LegacyWrap keyWrap() {
        WrapAlgorithm algorithm = WrapAlgorithm.AES_WRAP;
        Optional<String> noDecryption = KeyUse.DECRYPT.obstacle(key, CKM_AES_KEY_WRAP);
        if (noDecryption.isEmpty()) {
            return LegacyWrap.opened(
                    algorithm,
                    "by CKM_AES_KEY_WRAP, decrypting",
                    wrapped -> key.decrypt((cryptoki, session, handle) ->
                            cryptoki.decrypt(session, handle, CKM_AES_KEY_WRAP, wrapped)));
        }
        Optional<String> noUnwrapping = KeyUse.UNWRAP.obstacle(key, CKM_AES_KEY_WRAP);
        if (noUnwrapping.isEmpty()) {
            return LegacyWrap.opened(
                    algorithm,
                    "by CKM_AES_KEY_WRAP, unwrapping to a session key that is read and destroyed",
                    wrapped -> key.decrypt((cryptoki, session, handle) -> {
                        try (UnwrappedKey dataKey = UnwrappedKey.of(key, cryptoki, session, handle, wrapped)) {
                            return dataKey.read();
                        }
                    }));
        }
        return LegacyWrap.notOpened(
                algorithm,
                noDecryption.equals(noUnwrapping)
                        ? noDecryption.get()
                        : noDecryption.get() + ", and " + noUnwrapping.get());
    }
}
