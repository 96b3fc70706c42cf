/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import static dev.keywright.cli.Run.keywright;
import static dev.keywright.cli.Run.succeed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.cli.Run.Outcome;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.Security;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PKCS8Generator;
import org.bouncycastle.openssl.jcajce.JcaMiscPEMGenerator;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.openssl.jcajce.JcePEMEncryptorBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RsaKeyringTest {
    private static KeyPair pair;

    @TempDir
    private Path folder;

    private Path plain;
    private Path sealed;
    private Path opened;

    @BeforeAll
    static void onePair() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        pair = generator.generateKeyPair();
    }

    @BeforeEach
    void files() throws IOException {
        plain = Files.writeString(folder.resolve("plain"), "nobody else's business");
        sealed = folder.resolve("sealed");
        opened = folder.resolve("opened");
    }

    private String pem(String name, Object object) throws IOException {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            writer.writeObject(object);
        }
        return "rsa:" + Files.writeString(folder.resolve(name), text.toString());
    }

    private String pkcs8() throws IOException, OperatorCreationException {
        return pem("pkcs8.pem", new JcaPKCS8Generator(pair.getPrivate(), null));
    }

    private String encryptedPkcs8(String passphrase) throws Exception {
        return pem(
                "encrypted.pem",
                new JcaPKCS8Generator(
                        pair.getPrivate(),
                        new JceOpenSSLPKCS8EncryptorBuilder(PKCS8Generator.AES_256_CBC)
                                .setProvider(new BouncyCastleProvider())
                                .setPassword(passphrase.toCharArray())
                                .setIterationCount(1000)
                                .build()));
    }

    private static Certificate certificate() throws Exception {
        X500Name name = new X500Name(new X500Principal("CN=keywright test").getName());
        byte[] encoded = new X509v3CertificateBuilder(
                        name,
                        BigInteger.ONE,
                        Date.from(Instant.EPOCH),
                        Date.from(Instant.parse("2099-01-01T00:00:00Z")),
                        name,
                        SubjectPublicKeyInfo.getInstance(pair.getPublic().getEncoded()))
                .build(new JcaContentSignerBuilder("SHA256withRSA").build(pair.getPrivate()))
                .getEncoded();
        return CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(encoded));
    }

    private String pkcs12(String passphrase, String... aliases) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        for (String alias : aliases) {
            store.setKeyEntry(alias, pair.getPrivate(), passphrase.toCharArray(), new Certificate[] {certificate()});
        }
        Path file = folder.resolve("store.p12");
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, passphrase.toCharArray());
        }
        return "rsa:" + file;
    }

    private void assertSealsAndOpens(Run run, String uri) {
        run.mustSucceed("seal", "--key", uri, plain, sealed);
        run.mustSucceed("open", "--key", uri, sealed, opened);
        assertThat(opened).hasSameBinaryContentAs(plain);
        assertThat(succeed("inspect", sealed).out()).contains("RSA-OAEP-SHA1, 256 bytes");
    }

    @Test
    void pkcs8_sealsAndOpens_withoutRegisteringAProvider() throws Exception {
        var before = Arrays.asList(Security.getProviders());
        assertSealsAndOpens(new Run(), pkcs8());
        assertThat(Security.getProviders()).containsExactlyElementsOf(before);
    }

    @Test
    void pkcs1_sealsAndOpens() throws Exception {
        String uri = pem("pkcs1.pem", new JcaMiscPEMGenerator(pair.getPrivate()));
        assertThat(Files.readString(folder.resolve("pkcs1.pem"))).startsWith("-----BEGIN RSA PRIVATE KEY-----");
        assertSealsAndOpens(new Run(), uri);
    }

    @Test
    void encryptedPkcs1_withItsPassphrase_sealsAndOpens() throws Exception {
        String uri = pem(
                "old.pem",
                new JcaMiscPEMGenerator(
                        pair.getPrivate(),
                        new JcePEMEncryptorBuilder("AES-128-CBC")
                                .setProvider(new BouncyCastleProvider())
                                .build("open sesame".toCharArray())));
        assertThat(Files.readString(folder.resolve("old.pem"))).contains("Proc-Type: 4,ENCRYPTED");
        assertSealsAndOpens(new Run().environment("KEYWRIGHT_PIN", "open sesame"), uri);
    }

    @Test
    void encryptedPkcs8_withItsPassphrase_sealsAndOpens() throws Exception {
        assertSealsAndOpens(new Run().environment("KEYWRIGHT_PIN", "open sesame"), encryptedPkcs8("open sesame"));
    }

    @Test
    void pkcs12_withItsPassphrase_sealsAndOpens() throws Exception {
        assertSealsAndOpens(new Run().environment("KEYWRIGHT_PIN", "open sesame"), pkcs12("open sesame", "master"));
    }

    @Nested
    class PublicHalf {
        @Test
        void publicKey_seals_andThePrivateKeyOpens() throws Exception {
            succeed("seal", "--key", pem("public.pem", pair.getPublic()), plain, sealed);
            succeed("open", "--key", pkcs8(), sealed, opened);
            assertThat(opened).hasSameBinaryContentAs(plain);
        }

        @Test
        void certificate_seals_andDoesNotOpen() throws Exception {
            String uri = pem("certificate.pem", certificate());
            succeed("seal", "--key", uri, plain, sealed);
            Outcome outcome = keywright("open", "--key", uri, sealed, opened);
            assertThat(outcome.exitCode()).isEqualTo(3);
            assertThat(outcome.errorLine()).contains("has a public key only, which writes and can't read");
        }

        @Test
        void publicKey_besideAReadKey_leavesReadingToIt() throws Exception {
            String uri = pem("public.pem", pair.getPublic());
            succeed("seal", "--key", uri, plain, sealed);
            succeed("open", "--key", uri, "--read-key", pkcs8(), sealed, opened);
            assertThat(opened).hasSameBinaryContentAs(plain);
        }
    }

    @Nested
    class Refusals {
        private Outcome seal(Run run, String uri) {
            Outcome outcome = run.run("seal", "--json", "--key", uri, plain, sealed);
            assertThat(outcome.exitCode()).as(outcome.toString()).isEqualTo(3);
            assertThat(sealed).doesNotExist();
            return outcome;
        }

        @Test
        void wrongPassphrase_isDenied_andNotRepeated() throws Exception {
            for (String uri : new String[] {encryptedPkcs8("right"), pkcs12("right", "master")}) {
                Outcome outcome = seal(new Run().environment("KEYWRIGHT_PIN", "wrong-one"), uri);
                assertThat(outcome.errorLine())
                        .contains("\"DENIED\"", "the passphrase does not open it")
                        .doesNotContain("wrong-one");
            }
        }

        @Test
        void noPassphrase_saysWhereOneIsLookedFor() throws Exception {
            assertThat(seal(new Run(), encryptedPkcs8("right")).errorLine())
                    .contains("\"MISCONFIGURED\"", "--pin-file", "KEYWRIGHT_PIN");
        }

        @Test
        void pkcs12OfTwoKeys_isAmbiguous() throws Exception {
            assertThat(seal(new Run().environment("KEYWRIGHT_PIN", "right"), pkcs12("right", "one", "two"))
                            .errorLine())
                    .contains("exactly one RSA private key is wanted, and it has 2");
        }

        @Test
        void ellipticCurveKey_isNamed() throws Exception {
            KeyPair curve = KeyPairGenerator.getInstance("EC").generateKeyPair();
            assertThat(seal(new Run(), pem("ec.pem", new JcaPKCS8Generator(curve.getPrivate(), null)))
                            .errorLine())
                    .contains("an RSA key is wanted");
        }

        @Test
        void fileWithoutAnyKey_saysWhatIsWanted() throws IOException {
            Files.writeString(folder.resolve("text"), "no key at all");
            assertThat(seal(new Run(), "rsa:" + folder.resolve("text")).errorLine())
                    .contains("no RSA key in it");
        }

        @Test
        void damagedPkcs12_isNeitherPemNorPkcs12() throws IOException {
            Files.write(folder.resolve("der"), new byte[] {0x30, 0x03, 0x02, 0x01, 0x05});
            assertThat(seal(new Run().environment("KEYWRIGHT_PIN", "x"), "rsa:" + folder.resolve("der"))
                            .errorLine())
                    .contains("neither PEM nor PKCS#12");
        }

        @Test
        void fileTooLongForAKey_isNotRead() throws IOException {
            Files.write(folder.resolve("big"), new byte[(1 << 20) + 1]);
            assertThat(seal(new Run(), "rsa:" + folder.resolve("big")).errorLine())
                    .contains("not a key file");
        }

        @Test
        void unknownOption_isRefused() throws Exception {
            Outcome outcome = keywright("seal", "--key", pkcs8(), "--key-option", "alias=x", plain, sealed);
            assertThat(outcome.exitCode()).isEqualTo(3);
            assertThat(outcome.errorLine()).contains("there is no option 'alias'");
        }

        @Test
        void missingFile_isNamed() {
            assertThat(seal(new Run(), "rsa:" + folder.resolve("absent")).errorLine())
                    .contains("absent: no such file or folder");
        }
    }

    @Nested
    class Secrets {
        @Test
        void pinFile_firstLine_isTaken_beforeTheEnvironment() throws Exception {
            Path pin = Files.writeString(folder.resolve("pin"), "öffne dich\r\nsecond line\n");
            String uri = encryptedPkcs8("öffne dich");
            new Run()
                    .environment("KEYWRIGHT_PIN", "wrong")
                    .mustSucceed("seal", "--pin-file", pin, "-k", uri, plain, sealed);
        }

        @Test
        void prompt_whenNothingElseIsGiven_isAsked_andItsAnswerWiped() throws Exception {
            char[] answer = "open sesame".toCharArray();
            StringBuilder asked = new StringBuilder();
            String uri = encryptedPkcs8("open sesame");
            new Run()
                    .prompt(question -> {
                        asked.append(question);
                        return answer;
                    })
                    .mustSucceed("seal", "--key", uri, plain, sealed);
            assertThat(asked.toString()).isEqualTo("keywright: passphrase of " + uri + ": ");
            assertThat(answer).containsOnly('\0');
        }

        @Test
        void pinFile_empty_isRefused() throws Exception {
            Path pin = Files.writeString(folder.resolve("pin"), "\n");
            Outcome outcome = keywright("seal", "--pin-file", pin, "--key", encryptedPkcs8("x"), plain, sealed);
            assertThat(outcome.exitCode()).isEqualTo(3);
            assertThat(outcome.errorLine()).contains("the first line of " + pin + " is empty");
        }

        @Test
        void pinFile_longerThanAnyPin_isRefused() throws Exception {
            Path pin = Files.writeString(folder.resolve("pin"), "x".repeat(5000));
            Outcome outcome = keywright("seal", "--pin-file", pin, "--key", encryptedPkcs8("x"), plain, sealed);
            assertThat(outcome.exitCode()).isEqualTo(3);
            assertThat(outcome.errorLine()).contains("is longer than 4096 bytes");
        }

        @Test
        void pinFile_beginningWithAByteOrderMark_isRefused_asTheMarkWouldBePartOfThePin() throws Exception {
            Path pin = Files.writeString(folder.resolve("pin"), "\ufeffx\n");
            Outcome outcome = keywright("seal", "--pin-file", pin, "--key", encryptedPkcs8("x"), plain, sealed);
            assertThat(outcome.exitCode()).isEqualTo(3);
            assertThat(outcome.errorLine())
                    .isEqualTo(
                            "keywright: --pin-file: " + pin + " begins with a byte order mark; write it without one");
        }

        @Test
        void pinFile_folder_isNamed() throws Exception {
            Outcome outcome = keywright("seal", "--pin-file", folder, "--key", encryptedPkcs8("x"), plain, sealed);
            assertThat(outcome.exitCode()).isEqualTo(3);
            assertThat(outcome.errorLine()).isEqualTo("keywright: --pin-file: " + folder + ": is a folder");
        }

        @Test
        void pinFile_notText_isRefusedWithoutItsBytes() throws Exception {
            Path pin = Files.write(folder.resolve("pin"), "secret\u00ff".getBytes(StandardCharsets.ISO_8859_1));
            Outcome outcome = keywright("seal", "--pin-file", pin, "--key", encryptedPkcs8("x"), plain, sealed);
            assertThat(outcome.exitCode()).isEqualTo(3);
            assertThat(outcome.errorLine()).contains("is not UTF-8 text").doesNotContain("secret");
        }
    }
}
