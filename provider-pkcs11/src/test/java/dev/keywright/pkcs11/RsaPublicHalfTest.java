/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.jna.Pointer;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Date;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RsaPublicHalfTest {
    private static final byte[] DATA_KEY = new byte[32];

    @TempDir
    private Path folder;

    private static InterposedToken home;
    private static KeyPair other;
    private static int made;

    /** Of the pair that each test has for itself. */
    private String label;

    private String id;

    @BeforeAll
    static void makeToken() throws NoSuchAlgorithmException {
        home = new InterposedToken();
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        other = generator.generateKeyPair();
    }

    @AfterAll
    static void deleteToken() {
        home.close();
    }

    @BeforeEach
    void makePair() {
        label = "rsa" + ++made;
        id = "%02x".formatted(made);
        home.token.generateRsa(label, id, 2048);
    }

    @AfterEach
    void leaveTheModule() {
        home.module.leave(CryptokiFunction.GET_ATTRIBUTE_VALUE);
    }

    private void deletePublicKeyObject() {
        home.token.pkcs11Tool("--delete-object", "--type", "pubkey", "--id", id);
    }

    /** As on tokens that keep the public exponent to themselves. */
    private void hidePublicExponents() {
        home.module.interpose(
                CryptokiFunction.GET_ATTRIBUTE_VALUE,
                (token, arguments) -> new Pointer(arguments[2]).getLong(0) == CryptokiConstants.CKA_PUBLIC_EXPONENT
                        ? ReturnValue.ATTRIBUTE_TYPE_INVALID.code
                        : token.call(CryptokiFunction.GET_ATTRIBUTE_VALUE, arguments));
    }

    @SuppressWarnings("JavaUtilDate") // what the builder takes
    private void writeCertificateOf(PublicKey key) throws IOException, OperatorCreationException {
        X500Name name = new X500Name("CN=test");
        byte[] certificate = new JcaX509v3CertificateBuilder(
                        name, BigInteger.ONE, new Date(0), new Date(Integer.MAX_VALUE * 1000L), name, key)
                .build(new JcaContentSignerBuilder("SHA256withRSA").build(other.getPrivate()))
                .getEncoded();
        write(certificate, "cert", "certified" + id);
    }

    private void write(byte[] object, String type, String name) throws IOException {
        Path file = Files.write(folder.resolve(type), object);
        home.token.pkcs11Tool("--write-object", file.toString(), "--type", type, "--id", id, "--label", name);
    }

    private void works(Pkcs11Keyring.Builder builder) {
        try (Pkcs11Keyring keyring = builder.build()) {
            assertThat(Wraps.unwrap(keyring, Wraps.wrap(keyring, DATA_KEY))).isEqualTo(DATA_KEY);
        }
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> refused(ThrowingCallable call) {
        return assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        KeyringException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MISCONFIGURED));
    }

    @Test
    void publicKeyObject_absent_isReplacedByTheNumbersOnThePrivateKey() {
        deletePublicKeyObject();
        works(home.builder(label));
    }

    @Test
    void publicNumbers_absent_areTakenFromTheCertificate() throws Exception {
        writeCertificateOf(home.token.rsaPublicKey(id));
        deletePublicKeyObject();
        hidePublicExponents();
        works(home.builder(label));
    }

    @Test
    void certificate_ofAnotherKey_isRefused() throws Exception {
        writeCertificateOf(other.getPublic());
        deletePublicKeyObject();
        hidePublicExponents();
        refused(() -> home.keyring(label)).hasMessageContainingAll("the certificate of the same id", "another key's");
    }

    @Test
    void certificate_thatIsNone_isRefused() throws Exception {
        writeCertificateOf(home.token.rsaPublicKey(id));
        deletePublicKeyObject();
        home.module.interpose(CryptokiFunction.GET_ATTRIBUTE_VALUE, (token, arguments) -> {
            Pointer attribute = new Pointer(arguments[2]);
            long type = attribute.getLong(0);
            if (type == CryptokiConstants.CKA_PUBLIC_EXPONENT) {
                return ReturnValue.ATTRIBUTE_TYPE_INVALID.code;
            }
            long result = token.call(CryptokiFunction.GET_ATTRIBUTE_VALUE, arguments);
            if (type == CryptokiConstants.CKA_VALUE && attribute.getLong(8) != 0) {
                attribute.getPointer(8).setByte(0, (byte) 0);
            }
            return result;
        });
        refused(() -> home.keyring(label)).hasMessageContaining("what the token gives for the public key is none");
    }

    @Test
    void publicHalf_nowhere_isRefusedNamingTheRemedy() {
        deletePublicKeyObject();
        hidePublicExponents();
        refused(() -> home.keyring(label)).hasMessageContainingAll("no public half", "configure the public key");
    }

    @Test
    void publicHalf_nowhereButConfigured_works() {
        RSAPublicKey key = (RSAPublicKey) home.token.rsaPublicKey(id);
        deletePublicKeyObject();
        hidePublicExponents();
        works(home.builder(label).publicKey(key));
    }

    @Test
    void configuredKey_ofAnotherPair_isRefused() {
        refused(() -> home.builder(label)
                        .publicKey((RSAPublicKey) other.getPublic())
                        .build())
                .hasMessageContainingAll("the configured public key", "another key's");
    }

    @Test
    void configuredKey_ofAnotherPair_modulusHidden_isFoundByTheTrial() {
        home.module.interpose(
                CryptokiFunction.GET_ATTRIBUTE_VALUE,
                (token, arguments) -> new Pointer(arguments[2]).getLong(0) == CryptokiConstants.CKA_MODULUS
                        ? ReturnValue.ATTRIBUTE_SENSITIVE.code
                        : token.call(CryptokiFunction.GET_ATTRIBUTE_VALUE, arguments));
        refused(() -> home.builder(label)
                        .publicKey((RSAPublicKey) other.getPublic())
                        .build())
                .hasMessageContainingAll("does not open what it wraps", "the public key is another key's");
    }

    @Test
    void configuredKey_forAnAesKey_isRefused() {
        home.token.generateAes("aes", "f0", 32);
        refused(() -> home.builder("aes")
                        .publicKey((RSAPublicKey) other.getPublic())
                        .build())
                .hasMessageContaining("a public key is configured");
    }

    @Test
    void labelOnlyOnThePublicKey_leadsToThePrivateKeyOfItsId() throws IOException {
        byte[] encoded = home.token.rsaPublicKey(id).getEncoded();
        deletePublicKeyObject();
        write(encoded, "pubkey", "published" + id);
        works(home.builder("published" + id));
    }

    @Test
    void labelOnlyOnTheCertificate_leadsToThePrivateKeyOfItsId() throws Exception {
        writeCertificateOf(home.token.rsaPublicKey(id));
        works(home.builder("certified" + id));
    }

    @Test
    void shortKey_isRefused() {
        home.token.generateRsa("short", "f1", 1024);
        refused(() -> home.keyring("short")).hasMessageContainingAll("1024 bits is too short", "2048");
    }
}
