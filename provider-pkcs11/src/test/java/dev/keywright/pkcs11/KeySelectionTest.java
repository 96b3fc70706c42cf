/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.jna.Pointer;
import dev.keywright.spi.KeyringException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeySelectionTest {
    private static InterposedToken home;

    @BeforeAll
    static void makeToken() {
        home = new InterposedToken();
        home.token.generateAes("aes", "01", 32);
        home.token.generateRsa("pair", "02", 2048);
        home.token.generateAes("pair", "02", 32);
        home.token.generateAes("shared", "03", 32);
        home.token.generateAes("shared", "03", 16);
        home.token.generateAes("named", "04", 32);
        home.token.generateRsa("renamed", "05", 2048);
        home.token.pkcs11Tool("--delete-object", "--type", "pubkey", "--id", "05");
        home.token.generateRsa("other", "06", 2048);
    }

    @AfterAll
    static void deleteToken() {
        home.close();
    }

    private static String uri(String path, String query) {
        return "pkcs11:token=" + home.token.label() + ";" + path + "?module-path=" + home.token.module() + query;
    }

    private static Pkcs11KeyInfo found(String path) {
        return home.builder(Pkcs11Uri.parse(uri(path, ""))).describe().key();
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> assertRefused(String path) {
        return assertThatThrownBy(() -> found(path))
                .isInstanceOfSatisfying(
                        KeyringException.class,
                        e -> assertThat(e.reason()).isEqualTo(KeyringException.Reason.MISCONFIGURED));
    }

    @Nested
    class Keys {
        @Test
        void sameLabelInTwoClasses_isRefusedNamingTheType_whichTellsThemApart() {
            assertRefused("object=pair")
                    .hasMessageContainingAll(
                            "there are 2",
                            "AES key 'pair' (CKA_ID 02, type secret-key",
                            "RSA key 'pair' (CKA_ID 02, type private",
                            "name one by type");
            assertThat(found("object=pair;type=private").type()).isEqualTo(Pkcs11KeyInfo.Type.RSA);
            assertThat(found("object=pair;type=secret-key").type()).isEqualTo(Pkcs11KeyInfo.Type.AES);
        }

        @Test
        void sameLabelIdAndClass_isRefusedSayingThatNothingTellsThemApart() {
            assertRefused("object=shared").hasMessageContaining("they share a CKA_ID");
            assertRefused("object=shared;id=%03").hasMessageContaining("they share a CKA_ID");
        }

        /** A search goes on until the token has no more, however few it gives at once: else one of two is taken. */
        @Test
        void tokenThatGivesOneAtATime_ambiguityIsSeenAllTheSame() {
            home.module.interpose(CryptokiFunction.FIND_OBJECTS, (asked, arguments) -> {
                long[] one = arguments.clone();
                one[2] = 1;
                return asked.call(CryptokiFunction.FIND_OBJECTS, one);
            });
            try {
                assertRefused("object=shared").hasMessageContaining("there are 2");
            } finally {
                home.module.leave(CryptokiFunction.FIND_OBJECTS);
            }
        }

        @Test
        void tokenThatHasNoEndOfKeys_isBelievedUpToABound() {
            home.module.interpose(CryptokiFunction.FIND_OBJECTS, (asked, arguments) -> {
                long result = asked.call(CryptokiFunction.FIND_OBJECTS, arguments);
                new Pointer(arguments[3]).setLong(0, 1L << 40);
                return result;
            });
            try {
                assertThatThrownBy(() -> found("object=shared")).isInstanceOf(KeyringException.class);
            } finally {
                home.module.leave(CryptokiFunction.FIND_OBJECTS);
            }
        }

        @Test
        void id_isBytesNotText() {
            home.token.generateAes("bytes", "00ff2b", 32);
            assertThat(found("id=%00%FF%2B").label()).isEqualTo("bytes");
            assertThat(found("id=%00%ff+").label()).isEqualTo("bytes");
        }

        @Test
        void labelOnTheCertificateAlone_leadsToThePrivateKeyOfItsId() throws Exception {
            addCertificate("05", "renamed-cert");
            assertThat(found("object=renamed-cert").label()).isEqualTo("renamed");
            assertThat(found("object=renamed-cert;type=private").label()).isEqualTo("renamed");
            assertRefused("object=renamed-cert;type=secret-key").hasMessageContaining("there is none");
            assertRefused("object=renamed-cert;id=%06").hasMessageContaining("there is none");
        }

        @Test
        void labelOnACertificateAndOnASecretKey_isAmbiguous() throws Exception {
            addCertificate("06", "named");
            assertRefused("object=named")
                    .hasMessageContainingAll("AES key 'named' (CKA_ID 04", "RSA key 'other' (CKA_ID 06", "by id");
            assertThat(found("object=named;type=secret-key").label()).isEqualTo("named");
            assertThat(found("object=named;id=%06").label()).isEqualTo("other");
        }

        @TempDir
        private Path folder;

        private void addCertificate(String id, String label) throws Exception {
            KeyPairGenerator signer = KeyPairGenerator.getInstance("RSA");
            Path file = Files.write(
                    folder.resolve("certificate"),
                    RsaPublicHalfTest.certificateOf(
                            home.token.rsaPublicKey("06"),
                            signer.generateKeyPair().getPrivate()));
            home.token.pkcs11Tool("--write-object", file.toString(), "--type", "cert", "--id", id, "--label", label);
        }
    }

    @Nested
    class TokensOfSlotsAndLibraries {
        @Test
        void librarySaysOtherwise_isRefusedNamingIt() {
            assertRefused("object=aes;library-version=9.9")
                    .hasMessageContainingAll("version 9.9", "and this one is SoftHSM");
            assertRefused("object=aes;library-manufacturer=Other").hasMessageContaining("manufacturer 'Other'");
            assertRefused("object=aes;library-description=Other").hasMessageContaining("description 'Other'");
            assertThat(found("object=aes;library-manufacturer=SoftHSM").label()).isEqualTo("aes");
        }

        @Test
        void slotSaysOtherwise_isRefused() {
            assertRefused("object=aes;slot-manufacturer=Other").hasMessageContaining("slot manufacturer 'Other'");
            assertRefused("object=aes;slot-description=Other").hasMessageContaining("slot description 'Other'");
            assertThat(found("object=aes;slot-manufacturer=SoftHSM%20project").label())
                    .isEqualTo("aes");
        }

        @Test
        void slotDescription_isReadToItsLastByte() {
            home.module.interpose(CryptokiFunction.GET_SLOT_INFO, (asked, arguments) -> {
                Pointer info = new Pointer(arguments[1]);
                info.write(0, "d".repeat(64).getBytes(StandardCharsets.US_ASCII), 0, 64);
                info.write(64, "m".repeat(32).getBytes(StandardCharsets.US_ASCII), 0, 32);
                return ReturnValue.OK;
            });
            try {
                String slot = "slot-description=" + "d".repeat(64) + ";slot-manufacturer=" + "m".repeat(32);
                assertThat(found("object=aes;" + slot).label()).isEqualTo("aes");
            } finally {
                home.module.leave(CryptokiFunction.GET_SLOT_INFO);
            }
        }
    }

    @Nested
    class Modules {
        @Test
        void moduleName_isFoundWherePackagesPutIt() {
            String uri = "pkcs11:token=" + home.token.label() + ";object=aes?module-name=softhsm2";
            assertThat(Pkcs11Keyring.builder(Pkcs11Uri.parse(uri))
                            .pin(home.token::pin)
                            .describe()
                            .module())
                    .isEqualTo(real(home.token.module()).toString());
        }

        @Test
        void moduleName_absent_isRefusedNamingTheFolders() {
            Pkcs11Uri uri = Pkcs11Uri.parse("pkcs11:object=aes?module-name=no-such-module");
            assertThatThrownBy(() -> ModuleName.of(uri))
                    .isInstanceOf(KeyringException.class)
                    .hasMessageContainingAll("no-such-module", "/usr/lib64", "there is none", "give module-path");
        }

        @ParameterizedTest
        @ValueSource(strings = {"libm.so", "m.so", "pkcs11/libm.so", "libm.dylib"})
        void moduleName_twoLibraries_isRefused_twoNamesOfOneAreNot(String file) throws IOException {
            Path first = Files.createDirectory(folder.resolve("first"));
            Path second = Files.createDirectory(folder.resolve("second"));
            Path library = Files.createDirectories(first.resolve(file).getParent())
                    .resolve(first.resolve(file).getFileName());
            Files.createFile(library);
            Path link = Files.createSymbolicLink(second.resolve("libm.so"), library);
            Pkcs11Uri uri = Pkcs11Uri.parse("pkcs11:?module-name=m");
            assertThat(ModuleName.found(uri, "m", List.of(first, second))).isEqualTo(real(library));

            Files.delete(link);
            Files.createFile(link);
            assertThatThrownBy(() -> ModuleName.found(uri, "m", List.of(first, second)))
                    .isInstanceOf(KeyringException.class)
                    .hasMessageContainingAll("there are", library.toString(), link.toString());
        }

        @TempDir
        private Path folder;

        private Path real(Path path) {
            try {
                return path.toRealPath();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }
}
