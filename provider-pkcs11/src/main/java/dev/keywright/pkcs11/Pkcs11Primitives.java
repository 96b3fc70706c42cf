/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static dev.keywright.pkcs11.CryptokiConstants.*;

import dev.keywright.spi.KeyringException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.security.interfaces.RSAPrivateCrtKey;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * What a token computes, with keys that the caller has: for holding a token against published test vectors, through the
 * same calls that keyrings make. A key is made on the token as an object of one session and goes with it; nothing is ever
 * stored. Not for keys that matter: they are in the process's memory, and are not wiped there.
 *
 * <p>Every method throws {@link NoSuchAlgorithmException} if the token does not list the mechanism for this use, {@link
 * InvalidKeyException} if it does not take the key, {@link InvalidAlgorithmParameterException} if it does not take the
 * parameters, and another {@link GeneralSecurityException} if it refuses the input; {@link KeyringException} if the token
 * can't be asked any more; {@link IllegalStateException} if this is closed. Thread-safe.
 */
public final class Pkcs11Primitives implements AutoCloseable {
    private static final List<Long> MECHANISMS =
            List.of(CKM_AES_GCM, CKM_AES_KEY_WRAP, CKM_AES_CBC_PAD, CKM_RSA_PKCS_OAEP, CKM_RSA_PKCS);
    private static final Map<String, Long> HASHES = Map.of(
            "SHA-1", CKM_SHA_1,
            "SHA-224", CKM_SHA224,
            "SHA-256", CKM_SHA256,
            "SHA-384", CKM_SHA384,
            "SHA-512", CKM_SHA512);
    private static final Map<String, Long> MASKS = Map.of(
            "SHA-1", CKG_MGF1_SHA1,
            "SHA-224", CKG_MGF1_SHA224,
            "SHA-256", CKG_MGF1_SHA256,
            "SHA-384", CKG_MGF1_SHA384,
            "SHA-512", CKG_MGF1_SHA512);
    private static final int WRAPPING_ADDS = 64; // 8 is right; there is room to see more

    private final Pkcs11Token token;
    private final Login login;
    private final Map<Long, MechanismInfo> offered;
    private final ReadWriteLock use = new ReentrantReadWriteLock();
    private boolean closed; // guarded by use

    private Pkcs11Primitives(Pkcs11Token token, Login login, Map<Long, MechanismInfo> offered) {
        this.token = token;
        this.login = login;
        this.offered = offered;
    }

    /**
     * Logs in on a token.
     *
     * @param uri names module and token; a key that it names plays no part
     * @param pin asked at each login, of which there is one unless the token loses it; what it gives is wiped
     * @throws KeyringException if module or token can't be had, or the PIN is wrong
     */
    public static Pkcs11Primitives open(Pkcs11Uri uri, Supplier<char[]> pin) {
        return open(uri, Pkcs11Module.at(ModuleName.of(uri)), pin, Pkcs11Quirks.none());
    }

    static Pkcs11Primitives open(Pkcs11Uri uri, Pkcs11Module module, Supplier<char[]> pin, Pkcs11Quirks quirks) {
        Login login = new Login(uri.toString(), pin, false, quirks.loginWay());
        Pkcs11Token token = module.open(uri, login, TokenOptions.DEFAULT, quirks.initArgument());
        try {
            return new Pkcs11Primitives(token, login, offered(token));
        } catch (CryptokiException e) {
            token.giveBack(login);
            throw e.of(uri.toString());
        } catch (RuntimeException | Error e) {
            token.giveBack(login);
            throw e;
        }
    }

    private static Map<Long, MechanismInfo> offered(Pkcs11Token token) throws CryptokiException {
        Map<Long, MechanismInfo> offered = new HashMap<>();
        List<Long> listed = token.cryptoki().mechanisms(token.slot());
        for (long mechanism : MECHANISMS) {
            if (listed.contains(mechanism)) {
                offered.put(mechanism, token.cryptoki().mechanismInfo(token.slot(), mechanism));
            }
        }
        return offered;
    }

    /** What token it is. */
    public Pkcs11TokenInfo token() {
        return token.info();
    }

    /** CKM_AES_GCM with a tag of 128 bits: ciphertext, then tag. */
    public byte[] encryptGcm(byte[] key, byte[] iv, byte[] aad, byte[] plaintext) throws GeneralSecurityException {
        requireOffered(CKM_AES_GCM, CKF_ENCRYPT);
        return withKey(aesKey(key), (cryptoki, session, handle) -> {
            Cryptoki.Sealed sealed = cryptoki.encryptGcm(session, handle, CKM_AES_GCM, iv, aad, plaintext);
            if (!Arrays.equals(sealed.iv, iv)) {
                throw new InvalidAlgorithmParameterException("the token takes no IV, it makes its own");
            }
            return sealed.output;
        });
    }

    /** CKM_AES_GCM with a tag of 128 bits, which is the ciphertext's end. */
    public byte[] decryptGcm(byte[] key, byte[] iv, byte[] aad, byte[] ciphertextAndTag)
            throws GeneralSecurityException {
        requireOffered(CKM_AES_GCM, CKF_DECRYPT);
        return withKey(
                aesKey(key),
                (cryptoki, session, handle) ->
                        cryptoki.decryptGcm(session, handle, CKM_AES_GCM, iv, aad, ciphertextAndTag));
    }

    /** C_WrapKey by CKM_AES_KEY_WRAP, of a generic secret. */
    public byte[] wrapKey(byte[] wrappingKey, byte[] key) throws GeneralSecurityException {
        requireOffered(CKM_AES_KEY_WRAP, CKF_WRAP);
        return withKey(
                aesKey(wrappingKey),
                (cryptoki, session, handle) -> cryptoki.wrapKey(
                        session,
                        handle,
                        made(
                                cryptoki,
                                session,
                                Template.ofReadableSessionKey(true).with(CKA_VALUE, key)),
                        key.length + WRAPPING_ADDS));
    }

    /** C_UnwrapKey by CKM_AES_KEY_WRAP, to a generic secret that is then read. */
    public byte[] unwrapKey(byte[] wrappingKey, byte[] wrapped) throws GeneralSecurityException {
        requireOffered(CKM_AES_KEY_WRAP, CKF_UNWRAP);
        return withKey(aesKey(wrappingKey), (cryptoki, session, handle) -> {
            long unwrapped =
                    cryptoki.unwrapKey(session, handle, CKM_AES_KEY_WRAP, wrapped, Template.ofReadableSessionKey(true));
            return cryptoki.attribute(session, unwrapped, CKA_VALUE)
                    .orElseThrow(() -> new InvalidAlgorithmParameterException(
                            "the token does not give the key out that it unwrapped"));
        });
    }

    /** CKM_AES_CBC_PAD. */
    public byte[] encryptCbc(byte[] key, byte[] iv, byte[] plaintext) throws GeneralSecurityException {
        requireOffered(CKM_AES_CBC_PAD, CKF_ENCRYPT);
        return withKey(
                aesKey(key), (cryptoki, session, handle) -> cryptoki.encryptCbcPad(session, handle, iv, plaintext));
    }

    /** CKM_AES_CBC_PAD. */
    public byte[] decryptCbc(byte[] key, byte[] iv, byte[] ciphertext) throws GeneralSecurityException {
        requireOffered(CKM_AES_CBC_PAD, CKF_DECRYPT);
        return withKey(
                aesKey(key), (cryptoki, session, handle) -> cryptoki.decryptCbcPad(session, handle, iv, ciphertext));
    }

    /**
     * CKM_RSA_PKCS_OAEP with MGF1.
     *
     * @param hash JCA's name of the label's hash
     * @param mgfHash JCA's name of the mask's hash
     */
    public byte[] decryptOaep(RSAPrivateCrtKey key, String hash, String mgfHash, byte[] label, byte[] ciphertext)
            throws GeneralSecurityException {
        requireOffered(CKM_RSA_PKCS_OAEP, CKF_DECRYPT);
        Long hashNumber = HASHES.get(hash);
        Long maskNumber = MASKS.get(mgfHash);
        if (hashNumber == null || maskNumber == null) {
            throw new InvalidAlgorithmParameterException(hash + " or " + mgfHash + " has no number in PKCS #11");
        }
        return withKey(
                rsaKey(key),
                (cryptoki, session, handle) -> cryptoki.decryptOaep(
                        session, handle, CKM_RSA_PKCS_OAEP, hashNumber, maskNumber, label, ciphertext));
    }

    /** CKM_RSA_PKCS. */
    public byte[] decryptPkcs1(RSAPrivateCrtKey key, byte[] ciphertext) throws GeneralSecurityException {
        requireOffered(CKM_RSA_PKCS, CKF_DECRYPT);
        return withKey(
                rsaKey(key),
                (cryptoki, session, handle) -> cryptoki.decrypt(session, handle, CKM_RSA_PKCS, ciphertext));
    }

    /** Lets go of the token, after the calls that run. Idempotent. */
    @Override
    public void close() {
        use.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                token.giveBack(login);
            }
        } finally {
            use.writeLock().unlock();
        }
    }

    @Override
    public String toString() {
        return "Pkcs11Primitives[" + token + "]";
    }

    // ---- keys ------------------------------------------------------------------------------------------------------

    private static Template ofSession(long objectClass, long keyType) {
        return Template.ofClass(objectClass)
                .withKeyType(keyType)
                .with(CKA_TOKEN, false)
                .with(CKA_PRIVATE, true);
    }

    private static Template aesKey(byte[] key) {
        return ofSession(CKO_SECRET_KEY, CKK_AES)
                .with(CKA_ENCRYPT, true)
                .with(CKA_DECRYPT, true)
                .with(CKA_WRAP, true)
                .with(CKA_UNWRAP, true)
                .with(CKA_VALUE, key);
    }

    private static Template rsaKey(RSAPrivateCrtKey key) {
        return ofSession(CKO_PRIVATE_KEY, CKK_RSA)
                .with(CKA_DECRYPT, true)
                .with(CKA_MODULUS, unsigned(key.getModulus()))
                .with(CKA_PUBLIC_EXPONENT, unsigned(key.getPublicExponent()))
                .with(CKA_PRIVATE_EXPONENT, unsigned(key.getPrivateExponent()))
                .with(CKA_PRIME_1, unsigned(key.getPrimeP()))
                .with(CKA_PRIME_2, unsigned(key.getPrimeQ()))
                .with(CKA_EXPONENT_1, unsigned(key.getPrimeExponentP()))
                .with(CKA_EXPONENT_2, unsigned(key.getPrimeExponentQ()))
                .with(CKA_COEFFICIENT, unsigned(key.getCrtCoefficient()));
    }

    private static byte[] unsigned(BigInteger number) {
        byte[] bytes = number.toByteArray();
        return bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
    }

    // ---- calls -----------------------------------------------------------------------------------------------------

    private interface Work {
        byte[] with(Cryptoki cryptoki, long session, long key) throws CryptokiException, GeneralSecurityException;
    }

    private void requireOffered(long mechanism, long use) throws NoSuchAlgorithmException {
        MechanismInfo info = offered.get(mechanism);
        if (info == null || !info.has(use)) {
            throw new NoSuchAlgorithmException(
                    "the token does not list " + MechanismNames.of(mechanism) + (info == null ? "" : " for this use"));
        }
    }

    /** In a session of its own, as objects and unfinished operations end with one. */
    private byte[] withKey(Template template, Work work) throws GeneralSecurityException {
        use.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException(this + " is closed");
            }
            return token.mending(() -> token.leaseNew(
                    session -> work.with(token.cryptoki(), session, made(token.cryptoki(), session, template))));
        } catch (CryptokiException e) {
            throw said(e);
        } finally {
            use.readLock().unlock();
        }
    }

    private static long made(Cryptoki cryptoki, long session, Template template)
            throws CryptokiException, InvalidKeyException {
        try {
            return cryptoki.createObject(session, template);
        } catch (CryptokiException e) {
            if (e.isTokenGone()) {
                throw e;
            }
            throw new InvalidKeyException(e.getMessage(), e);
        }
    }

    private GeneralSecurityException said(CryptokiException e) {
        if (e.isTokenGone()) {
            throw e.of(token.toString());
        }
        return e.isBeforeInput()
                ? new InvalidAlgorithmParameterException(e.getMessage(), e)
                : new GeneralSecurityException(e.getMessage(), e);
    }
}
