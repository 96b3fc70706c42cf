/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.jna.Pointer;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.testing.SoftHsm;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RsaPublicHalfTest {
    private static final byte[] DATA_KEY = new byte[32];

    private static InterposedToken home;
    private static KeyPair other;

    @BeforeAll
    static void makeToken(@TempDir Path folder) throws Exception {
        home = new InterposedToken();
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        other = generator.generateKeyPair();
        SoftHsm token = home.token;
        token.generateRsa("plain", "01", 2048);
        token.generateRsa("certified", "02", 2048);
        token.generateRsa("miscertified", "03", 2048);
        token.generateRsa("short", "04", 1024);
        token.generateAes("aes", "05", 32);
        token.pkcs11Tool(
                "--keypairgen", "--key-type", "rsa:2048", "--label", "anonymous", "--private", "--usage-decrypt");
        write(folder, token.rsaPublicKey("01").getEncoded(), "pubkey", "published", "--id", "01");
        write(folder, other.getPublic().getEncoded(), "pubkey", "stray");
        write(folder, certificateOf(token.rsaPublicKey("02")), "cert", "certificate", "--id", "02");
        write(folder, certificateOf(other.getPublic()), "cert", "another's", "--id", "03");
    }

    @AfterAll
    static void deleteToken() {
        home.close();
    }

    @AfterEach
    void leaveTheModule() {
        home.module.leave(CryptokiFunction.GET_ATTRIBUTE_VALUE);
        home.module.leave(CryptokiFunction.FIND_OBJECTS_INIT);
    }

    private static void write(Path folder, byte[] object, String type, String label, String... more)
            throws IOException {
        Path file = Files.write(folder.resolve("object"), object);
        List<String> arguments =
                new ArrayList<>(List.of("--write-object", file.toString(), "--type", type, "--label", label));
        arguments.addAll(List.of(more));
        home.token.pkcs11Tool(arguments.toArray(String[]::new));
    }

    private static byte[] certificateOf(PublicKey key) throws IOException, OperatorCreationException {
        return certificateOf(key, other.getPrivate());
    }

    @SuppressWarnings("JavaUtilDate") // what the builder takes
    static byte[] certificateOf(PublicKey key, PrivateKey signer) throws IOException, OperatorCreationException {
        X500Name name = new X500Name("CN=test");
        return new JcaX509v3CertificateBuilder(
                        name, BigInteger.ONE, new Date(0), new Date(Integer.MAX_VALUE * 1000L), name, key)
                .build(new JcaContentSignerBuilder("SHA256withRSA").build(signer))
                .getEncoded();
    }

    /** As on tokens that keep no public key objects. */
    private static void hidePublicKeyObjects() {
        home.module.interpose(CryptokiFunction.FIND_OBJECTS_INIT, (token, arguments) -> {
            Pointer wantedClass = new Pointer(arguments[1]).getPointer(Long.BYTES);
            if (wantedClass.getLong(0) == CryptokiConstants.CKO_PUBLIC_KEY) {
                wantedClass.setLong(0, 0); // CKO_DATA, of which there is none
            }
            return token.call(CryptokiFunction.FIND_OBJECTS_INIT, arguments);
        });
    }

    /** As on tokens that keep these attributes to themselves. */
    private static void hide(long attribute) {
        home.module.interpose(
                CryptokiFunction.GET_ATTRIBUTE_VALUE,
                (token, arguments) -> new Pointer(arguments[2]).getLong(0) == attribute
                        ? ReturnValue.ATTRIBUTE_TYPE_INVALID.code
                        : token.call(CryptokiFunction.GET_ATTRIBUTE_VALUE, arguments));
    }

    private static void leaveOnlyTheCertificate() {
        hidePublicKeyObjects();
        hide(CryptokiConstants.CKA_PUBLIC_EXPONENT);
    }

    private static void works(Pkcs11Keyring.Builder builder) {
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
        hidePublicKeyObjects();
        works(home.builder("plain"));
    }

    @Test
    void publicNumbers_absent_areTakenFromTheCertificate() {
        leaveOnlyTheCertificate();
        works(home.builder("certified"));
    }

    @Test
    void certificate_ofAnotherKey_isRefused() {
        leaveOnlyTheCertificate();
        refused(() -> home.keyring("miscertified"))
                .hasMessageContainingAll("the certificate of the same id", "another key's");
    }

    @Test
    void certificate_thatIsNone_isRefused() {
        leaveOnlyTheCertificate();
        home.module.interpose(CryptokiFunction.GET_ATTRIBUTE_VALUE, (token, arguments) -> {
            Pointer attribute = new Pointer(arguments[2]);
            long type = attribute.getLong(0);
            if (type == CryptokiConstants.CKA_PUBLIC_EXPONENT) {
                return ReturnValue.ATTRIBUTE_TYPE_INVALID.code;
            }
            long result = token.call(CryptokiFunction.GET_ATTRIBUTE_VALUE, arguments);
            if (type == CryptokiConstants.CKA_VALUE && attribute.getLong(Long.BYTES) != 0) {
                attribute.getPointer(Long.BYTES).setByte(0, (byte) 0);
            }
            return result;
        });
        refused(() -> home.keyring("certified"))
                .hasMessageContaining("what the token gives for the public key is none");
    }

    @Test
    void publicHalf_nowhere_isRefusedNamingTheRemedy() {
        leaveOnlyTheCertificate();
        refused(() -> home.keyring("plain")).hasMessageContainingAll("no public half", "configure the public key");
    }

    @Test
    void publicHalf_nowhereButConfigured_works() {
        leaveOnlyTheCertificate();
        works(home.builder("plain").publicKey((RSAPublicKey) home.token.rsaPublicKey("01")));
    }

    @Test
    void configuredKey_ofAnotherPair_isRefused() {
        refused(() -> home.builder("plain")
                        .publicKey((RSAPublicKey) other.getPublic())
                        .build())
                .hasMessageContainingAll("the configured public key", "another key's");
    }

    @Test
    void configuredKey_ofAnotherPair_modulusHidden_isFoundByTheTrial() {
        hide(CryptokiConstants.CKA_MODULUS);
        refused(() -> home.builder("plain")
                        .publicKey((RSAPublicKey) other.getPublic())
                        .build())
                .hasMessageContainingAll("does not open what it wraps", "the public key is another key's");
    }

    @Test
    void configuredKey_forAnAesKey_isRefused() {
        refused(() -> home.builder("aes")
                        .publicKey((RSAPublicKey) other.getPublic())
                        .build())
                .hasMessageContaining("a public key is configured");
    }

    @Test
    void labelOnlyOnThePublicKey_leadsToThePrivateKeyOfItsId() {
        works(home.builder("published"));
    }

    @Test
    void labelOnlyOnTheCertificate_leadsToThePrivateKeyOfItsId() {
        works(home.builder("certificate"));
    }

    @Test
    void labelOnAPublicKeyWithoutId_leadsToNoKeyWithoutId() {
        refused(() -> home.keyring("stray")).hasMessageContainingAll("there is none", "'anonymous' (CKA_ID none");
    }

    @Test
    void shortKey_isRefused() {
        refused(() -> home.keyring("short")).hasMessageContainingAll("1024 bits is too short", "2048");
    }
}
