/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static dev.keywright.pkcs11.CryptokiConstants.*;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.RSAPublicKeySpec;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds the public half of a private key: the configured one, else the public key object of the same CKA_ID, else the
 * numbers on the private key itself, else the certificate of the same CKA_ID.
 */
final class RsaPublicHalf {
    private final Pkcs11Key key;

    private RsaPublicHalf(Pkcs11Key key) {
        this.key = key;
    }

    /**
     * The public half.
     *
     * @throws KeyringException with reason MISCONFIGURED if there is none, or it is another key's
     */
    static RSAPublicKey of(Pkcs11Key key, @Nullable RSAPublicKey configured) {
        RsaPublicHalf half = new RsaPublicHalf(key);
        if (configured != null) {
            return half.checked(configured, "the configured public key");
        }
        try {
            return key.use((cryptoki, session, handle) -> half.find(new KeySearch(cryptoki, session), handle));
        } catch (GeneralSecurityException e) {
            throw new KeyringException(
                    Reason.MISCONFIGURED,
                    key.keyringName() + ": what the token gives for the public key is none: " + e.getMessage(),
                    e);
        }
    }

    private RSAPublicKey find(KeySearch search, long privateKey) throws CryptokiException, GeneralSecurityException {
        Bytes id = key.info().id();
        if (id.size() > 0) {
            for (long object : search.objects(CKO_PUBLIC_KEY, id)) {
                Optional<RSAPublicKey> found = fromNumbers(search, object);
                if (found.isPresent()) {
                    return checked(found.get(), "the public key object of the same id");
                }
            }
        }
        Optional<RSAPublicKey> own = fromNumbers(search, privateKey);
        if (own.isPresent()) {
            return own.get();
        }
        if (id.size() > 0) {
            for (long object : search.objects(CKO_CERTIFICATE, id)) {
                return checked(fromCertificate(search.bytes(object, CKA_VALUE)), "the certificate of the same id");
            }
        }
        throw new KeyringException(
                Reason.MISCONFIGURED,
                key.keyringName() + ": the token has no public half of "
                        + key.info()
                        + ": no public key or certificate of its id, and no public exponent on the key; configure the "
                        + "public key");
    }

    private static Optional<RSAPublicKey> fromNumbers(KeySearch search, long object)
            throws CryptokiException, GeneralSecurityException {
        Optional<BigInteger> modulus = search.integer(object, CKA_MODULUS);
        Optional<BigInteger> exponent = search.integer(object, CKA_PUBLIC_EXPONENT);
        if (modulus.isEmpty() || exponent.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of((RSAPublicKey)
                KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(modulus.get(), exponent.get())));
    }

    private static PublicKey fromCertificate(byte[] encoded) throws CertificateException {
        return CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(encoded))
                .getPublicKey();
    }

    private RSAPublicKey checked(PublicKey found, String source) {
        if (!(found instanceof RSAPublicKey rsa)) {
            throw new KeyringException(
                    Reason.MISCONFIGURED,
                    key.keyringName() + ": " + source + " is no RSA key but " + found.getAlgorithm());
        }
        if (key.modulus().isPresent() && !key.modulus().get().equals(rsa.getModulus())) {
            throw new KeyringException(
                    Reason.MISCONFIGURED,
                    key.keyringName() + ": " + source + " is another key's: its modulus is not that of " + key.info());
        }
        return rsa;
    }
}
