/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.pkcs11.Pkcs11Quirks.KeyUnwrapping;
import dev.keywright.spi.WrapAlgorithm;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Optional;

/** How an AES key on a token opens legacy wraps, as far as the token's mechanisms and the key's attributes allow it. */
final class AesLegacyWraps {
    private static final int BLOCK_BYTES = 16;

    private final Pkcs11Key key;
    private final Pkcs11Quirks quirks;
    private final long ecb;
    private final long cbc;
    private final long keyWrap;

    private AesLegacyWraps(Pkcs11Key key, Pkcs11Quirks quirks) {
        this.key = key;
        this.quirks = quirks;
        this.ecb = quirks.number(Pkcs11Mechanism.AES_ECB);
        this.cbc = quirks.number(Pkcs11Mechanism.AES_CBC);
        this.keyWrap = quirks.number(Pkcs11Mechanism.AES_KEY_WRAP);
    }

    static List<LegacyWrap> of(Pkcs11Key key, Pkcs11Quirks quirks) {
        AesLegacyWraps wraps = new AesLegacyWraps(key, quirks);
        return List.of(wraps.paddedEcb(), wraps.keyWrap());
    }

    /** The padding is taken off here: no token has a mechanism for ECB with padding. */
    private LegacyWrap paddedEcb() {
        WrapAlgorithm algorithm = WrapAlgorithm.RAW_AES;
        Optional<String> noEcb = KeyUse.DECRYPT.obstacle(key, ecb);
        if (noEcb.isEmpty()) {
            return LegacyWrap.opened(
                    algorithm,
                    "by CKM_AES_ECB",
                    wrapped -> Pkcs7Padding.removed(key.decrypt(
                            (cryptoki, session, handle) -> cryptoki.decrypt(session, handle, ecb, wrapped))));
        }
        return KeyUse.DECRYPT.obstacle(key, cbc).isPresent()
                ? LegacyWrap.notOpened(algorithm, noEcb.get())
                : LegacyWrap.opened(
                        algorithm, "by CKM_AES_CBC", wrapped -> Pkcs7Padding.removed(decryptedByCbc(wrapped)));
    }

    /** CBC adds the block before to each block that comes out of the cipher: added once more, ECB is left. */
    private byte[] decryptedByCbc(byte[] sealed) throws GeneralSecurityException {
        byte[] blocks = key.decrypt((cryptoki, session, handle) ->
                cryptoki.decryptCbc(session, handle, cbc, new byte[BLOCK_BYTES], sealed));
        for (int i = BLOCK_BYTES; i < Math.min(blocks.length, sealed.length); i++) {
            blocks[i] ^= sealed[i - BLOCK_BYTES];
        }
        return blocks;
    }

    /**
     * By decrypting, where the token lets CKM_AES_KEY_WRAP do it; else by way of a key object that lives for a moment; else by
     * emulation, if that is allowed.
     */
    private LegacyWrap keyWrap() {
        WrapAlgorithm algorithm = WrapAlgorithm.AES_WRAP;
        Optional<String> noDecryption = quirks.keyUnwrapping() == KeyUnwrapping.C_UNWRAP_KEY
                ? Optional.of("it is not to be opened by C_Decrypt")
                : KeyUse.DECRYPT.obstacle(key, keyWrap);
        if (noDecryption.isEmpty()) {
            return LegacyWrap.opened(
                    algorithm,
                    "by CKM_AES_KEY_WRAP, decrypting",
                    wrapped -> key.decrypt(
                            (cryptoki, session, handle) -> cryptoki.decrypt(session, handle, keyWrap, wrapped)));
        }
        Optional<String> noUnwrapping = quirks.keyUnwrapping() == KeyUnwrapping.C_DECRYPT
                ? Optional.of("it is not to be opened by C_UnwrapKey")
                : KeyUse.UNWRAP.obstacle(key, keyWrap);
        if (noUnwrapping.isEmpty()) {
            return LegacyWrap.opened(
                    algorithm,
                    "by CKM_AES_KEY_WRAP, unwrapping to a session key that is read and destroyed",
                    wrapped -> key.decrypt((cryptoki, session, handle) -> {
                        try (UnwrappedKey dataKey = UnwrappedKey.of(key, cryptoki, session, handle, keyWrap, wrapped)) {
                            return dataKey.read();
                        }
                    }));
        }
        String obstacles = noDecryption.equals(noUnwrapping)
                ? noDecryption.get()
                : noDecryption.get() + ", and " + noUnwrapping.get();
        if (!quirks.emulatesKeyWrap()) {
            return LegacyWrap.notOpened(algorithm, obstacles);
        }
        Optional<String> noEcb = KeyUse.DECRYPT.obstacle(key, ecb);
        return noEcb.isPresent()
                ? LegacyWrap.notOpened(algorithm, obstacles + "; nor can it be emulated: " + noEcb.get())
                : LegacyWrap.opened(algorithm, "by CKM_AES_ECB, emulating what the token has not", this::emulated);
    }

    /** All its calls are made in one session. */
    private byte[] emulated(byte[] wrapped) throws GeneralSecurityException {
        return key.decrypt((cryptoki, session, handle) ->
                EcbKeyUnwrapping.opened(wrapped, block -> cryptoki.decrypt(session, handle, ecb, block)));
    }
}
