/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.Secrets;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.UnrecoverableKeyException;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.bc.BcPEMDecryptorProvider;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8DecryptorProviderBuilder;
import org.bouncycastle.operator.InputDecryptorProvider;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.PKCSException;
import org.jspecify.annotations.Nullable;

/**
 * An RSA key out of a PEM or PKCS#12 file.
 *
 * @param privateKey null if the file has the public half only
 */
record RsaKeyFile(PublicKey publicKey, @Nullable PrivateKey privateKey) {
    private static final int MAX_FILE_BYTES = 1 << 20;
    private static final int DER_SEQUENCE = 0x30;

    /** Both halves; only where there are both. */
    KeyPair pair() {
        return new KeyPair(publicKey, Objects.requireNonNull(privateKey));
    }

    /**
     * Reads the key.
     *
     * @param name the key's name in errors
     * @throws KeyringException if there is no RSA key, or the passphrase does not open it
     */
    static RsaKeyFile read(String name, Path file, Secrets secrets) {
        Reader reader = new Reader(name, secrets);
        byte[] content = new byte[0];
        try (InputStream stream = Files.newInputStream(file)) {
            content = stream.readNBytes(MAX_FILE_BYTES + 1);
            if (content.length > MAX_FILE_BYTES) {
                throw reader.misconfigured("longer than " + MAX_FILE_BYTES + " bytes: not a key file", null);
            }
            return content.length > 0 && content[0] == DER_SEQUENCE ? reader.pkcs12(content) : reader.pem(content);
        } catch (IOException e) {
            throw reader.misconfigured("can't be read: " + Failure.of(e).message(), e);
        } finally {
            Arrays.fill(content, (byte) 0);
        }
    }

    /** The parsers, with the name that their errors begin with. */
    private record Reader(String name, Secrets secrets) {
        RsaKeyFile pem(byte[] content) throws IOException {
            try (PEMParser parser = new PEMParser(
                    new InputStreamReader(new ByteArrayInputStream(content), StandardCharsets.US_ASCII))) {
                for (Object found = parser.readObject(); found != null; found = parser.readObject()) {
                    RsaKeyFile key = key(found);
                    if (key != null) {
                        return key;
                    }
                }
            }
            throw misconfigured(
                    "no RSA key in it: a PEM private key, public key or certificate is wanted, or PKCS#12", null);
        }

        private @Nullable RsaKeyFile key(Object found) throws IOException {
            if (found instanceof PEMKeyPair pair) {
                return pair(pair.getPrivateKeyInfo());
            }
            if (found instanceof PrivateKeyInfo info) {
                return pair(info);
            }
            if (found instanceof PKCS8EncryptedPrivateKeyInfo encrypted) {
                return pair(decrypted(encrypted));
            }
            if (found instanceof PEMEncryptedKeyPair encrypted) {
                return pair(decrypted(encrypted));
            }
            if (found instanceof X509CertificateHolder certificate) {
                return half(certificate.getSubjectPublicKeyInfo());
            }
            if (found instanceof SubjectPublicKeyInfo info) {
                return half(info);
            }
            return null;
        }

        private PrivateKeyInfo decrypted(PKCS8EncryptedPrivateKeyInfo encrypted) {
            char[] passphrase = secrets.secret("passphrase");
            try {
                InputDecryptorProvider decryptor = new JceOpenSSLPKCS8DecryptorProviderBuilder()
                        .setProvider(new BouncyCastleProvider())
                        .build(passphrase);
                return encrypted.decryptPrivateKeyInfo(decryptor);
            } catch (PKCSException e) {
                throw wrongPassphrase(e);
            } catch (OperatorCreationException e) {
                throw misconfigured("its encryption is not known", e);
            } finally {
                Arrays.fill(passphrase, '\0');
            }
        }

        private PrivateKeyInfo decrypted(PEMEncryptedKeyPair encrypted) {
            char[] passphrase = secrets.secret("passphrase");
            try {
                return encrypted
                        .decryptKeyPair(new BcPEMDecryptorProvider(passphrase))
                        .getPrivateKeyInfo();
            } catch (IOException e) {
                throw wrongPassphrase(e);
            } finally {
                Arrays.fill(passphrase, '\0');
            }
        }

        private RsaKeyFile pair(PrivateKeyInfo info) throws IOException {
            requireRsa(info.getPrivateKeyAlgorithm());
            byte[] encoded = info.getEncoded();
            try {
                KeyFactory keys = KeyFactory.getInstance("RSA");
                PrivateKey key = keys.generatePrivate(new PKCS8EncodedKeySpec(encoded));
                if (!(key instanceof RSAPrivateCrtKey crt)) {
                    throw misconfigured("its private key lacks the public exponent", null);
                }
                PublicKey other = keys.generatePublic(new RSAPublicKeySpec(crt.getModulus(), crt.getPublicExponent()));
                return new RsaKeyFile(other, key);
            } catch (GeneralSecurityException e) {
                throw misconfigured("its private key can't be used", e);
            } finally {
                Arrays.fill(encoded, (byte) 0);
            }
        }

        private RsaKeyFile half(SubjectPublicKeyInfo info) throws IOException {
            requireRsa(info.getAlgorithm());
            try {
                return new RsaKeyFile(
                        KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(info.getEncoded())), null);
            } catch (GeneralSecurityException e) {
                throw misconfigured("its public key can't be used", e);
            }
        }

        RsaKeyFile pkcs12(byte[] content) throws IOException {
            char[] passphrase = secrets.secret("passphrase");
            try {
                KeyStore store = KeyStore.getInstance("PKCS12");
                store.load(new ByteArrayInputStream(content), passphrase);
                List<RsaKeyFile> found = new ArrayList<>();
                for (String alias : Collections.list(store.aliases())) {
                    if (store.isKeyEntry(alias)
                            && store.getKey(alias, passphrase) instanceof PrivateKey key
                            && store.getCertificate(alias).getPublicKey() instanceof RSAPublicKey half) {
                        found.add(new RsaKeyFile(half, key));
                    }
                }
                if (found.size() != 1) {
                    throw misconfigured("exactly one RSA private key is wanted, and it has " + found.size(), null);
                }
                return found.get(0);
            } catch (IOException e) {
                throw e.getCause() instanceof UnrecoverableKeyException
                        ? wrongPassphrase(e)
                        : misconfigured("neither PEM nor PKCS#12", e);
            } catch (UnrecoverableKeyException e) {
                throw wrongPassphrase(e);
            } catch (GeneralSecurityException e) {
                throw misconfigured("its PKCS#12 content can't be used", e);
            } finally {
                Arrays.fill(passphrase, '\0');
            }
        }

        private void requireRsa(AlgorithmIdentifier algorithm) {
            if (!PKCSObjectIdentifiers.rsaEncryption.equals(algorithm.getAlgorithm())) {
                throw misconfigured(
                        "an RSA key is wanted, and its key is of algorithm " + algorithm.getAlgorithm(), null);
            }
        }

        private KeyringException wrongPassphrase(Exception cause) {
            return new KeyringException(
                    KeyringException.Reason.DENIED, name + ": the passphrase does not open it", cause);
        }

        KeyringException misconfigured(String what, @Nullable Exception cause) {
            return new KeyringException(KeyringException.Reason.MISCONFIGURED, name + ": " + what, cause);
        }
    }

    @Override
    public String toString() {
        return "RsaKeyFile[" + (privateKey == null ? "public key" : "key pair") + "]";
    }
}
