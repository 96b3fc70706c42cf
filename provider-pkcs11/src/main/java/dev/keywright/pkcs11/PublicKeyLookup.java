/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.cert.CertificateFactory;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.RSAPublicKeySpec;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The public half of an RSA key on a token: its public key object, else the private key itself, else its certificate. */
final class PublicKeyLookup {
    private PublicKeyLookup() {}

    static RSAPublicKey of(Pkcs11Key key, Pkcs11KeyInfo info) throws CryptokiException {
        Cryptoki cryptoki = key.token().cryptoki();
        Optional<RSAPublicKey> found = key.with((session, handle) -> {
            for (long object : companions(cryptoki, session, Ck.CKO_PUBLIC_KEY, info)) {
                Optional<RSAPublicKey> fromObject = fromNumbers(cryptoki, session, object);
                if (fromObject.isPresent()) {
                    return fromObject;
                }
            }
            Optional<RSAPublicKey> fromPrivateKey = fromNumbers(cryptoki, session, handle);
            if (fromPrivateKey.isPresent()) {
                return fromPrivateKey;
            }
            for (long object : companions(cryptoki, session, Ck.CKO_CERTIFICATE, info)) {
                Optional<byte[]> der = cryptoki.attribute(session, object, Ck.CKA_VALUE);
                if (der.isPresent()) {
                    return fromCertificate(der.get());
                }
            }
            return Optional.empty();
        });
        return found.orElseThrow(() -> new KeyringException(
                Reason.MISCONFIGURED,
                key.token().info() + ": " + info + " has no public half on the token (no public key object, no public "
                        + "exponent, no certificate of its CKA_ID); give the public key apart"));
    }

    /** Objects of a class that bear the key's CKA_ID; a key without one has none. */
    private static long[] companions(Cryptoki cryptoki, long session, long objectClass, Pkcs11KeyInfo info)
            throws CryptokiException {
        if (info.id().size() == 0) {
            return new long[0];
        }
        Map<Long, byte[]> template = new LinkedHashMap<>();
        template.put(Ck.CKA_CLASS, NativeMemory.ulong(objectClass));
        template.put(Ck.CKA_ID, info.id().toByteArray());
        return cryptoki.find(session, template);
    }

    private static Optional<RSAPublicKey> fromNumbers(Cryptoki cryptoki, long session, long object)
            throws CryptokiException {
        Optional<byte[]> modulus = cryptoki.attribute(session, object, Ck.CKA_MODULUS);
        Optional<byte[]> exponent = cryptoki.attribute(session, object, Ck.CKA_PUBLIC_EXPONENT);
        if (modulus.isEmpty() || exponent.isEmpty() || exponent.get().length == 0) {
            return Optional.empty();
        }
        try {
            return Optional.of((RSAPublicKey) KeyFactory.getInstance("RSA")
                    .generatePublic(
                            new RSAPublicKeySpec(new BigInteger(1, modulus.get()), new BigInteger(1, exponent.get()))));
        } catch (GeneralSecurityException e) {
            throw new KeyringException(Reason.MISCONFIGURED, "the token's RSA public key can't be used", e);
        }
    }

    private static Optional<RSAPublicKey> fromCertificate(byte[] der) {
        try {
            return CertificateFactory.getInstance("X.509")
                                    .generateCertificate(new ByteArrayInputStream(der))
                                    .getPublicKey()
                            instanceof RSAPublicKey rsa
                    ? Optional.of(rsa)
                    : Optional.empty();
        } catch (GeneralSecurityException e) {
            throw new KeyringException(Reason.MISCONFIGURED, "the token's certificate can't be read", e);
        }
    }
}
