/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.interfaces.RSAPublicKey;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SoftHsmTest {
    @BeforeAll
    static void installed() {
        assumeTrue(SoftHsm.isInstalled(), "SoftHSM is not installed");
    }

    @Test
    void keys_made_bearTheAttributesPromised() {
        try (SoftHsm token = SoftHsm.newToken()) {
            token.generateAes("made", "01", 32);
            token.importAes("twin", "02", new byte[32]);
            token.generateRsa("pair", "03", 2048);

            assertThat(token.pkcs11Tool("--list-objects", "--type", "secrkey", "--id", "01"))
                    .contains(
                            "AES length 32",
                            "made",
                            "encrypt, decrypt",
                            "sensitive, always sensitive, never extractable");
            assertThat(token.pkcs11Tool("--list-objects", "--type", "secrkey", "--id", "02"))
                    .contains("AES length 32", "twin", "sensitive")
                    .doesNotContain("Access:     extractable");
            assertThat(token.pkcs11Tool("--list-objects", "--type", "privkey", "--id", "03"))
                    .contains("pair", "decrypt, sign, unwrap", "never extractable");
            assertThat(((RSAPublicKey) token.rsaPublicKey("03")).getModulus().bitLength())
                    .isEqualTo(2048);
        }
    }

    @Test
    void flags_given_reachTheKey() {
        try (SoftHsm token = SoftHsm.newToken()) {
            token.generateAes("loose", "01", 16, "--extractable");

            assertThat(token.pkcs11Tool("--list-objects", "--type", "secrkey"))
                    .contains("always sensitive, extractable")
                    .doesNotContain("never extractable");
        }
    }

    @Test
    void tokens_two_areApart() {
        try (SoftHsm one = SoftHsm.newToken();
                SoftHsm other = SoftHsm.newToken()) {
            one.generateAes("key", "01", 16);

            assertThat(other.label()).isNotEqualTo(one.label());
            assertThat(other.pkcs11Tool("--list-objects")).doesNotContain("key");
            assertThat(one.uri("key"))
                    .isEqualTo("pkcs11:token=" + one.label() + ";object=key?module-path=" + one.module());
        }
    }

    @Test
    void pin_handedOut_isTheReceiversToWipe() {
        try (SoftHsm token = SoftHsm.newToken()) {
            char[] first = token.pin();
            first[0] = '\0';
            assertThat(token.pin()).doesNotContain('\0');
            assertThat(token.toString()).doesNotContain(new String(token.pin()));
        }
    }

    @Test
    void close_twice_deletesTheTokenOnce() throws Exception {
        Path tokens = Path.of(System.getenv("SOFTHSM2_CONF")).resolveSibling("tokens");
        SoftHsm token = SoftHsm.newToken();
        long before = count(tokens);
        token.close();
        token.close();

        assertThat(count(tokens)).isEqualTo(before - 1);
        assertThatThrownBy(token::pin).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void tool_failing_saysWhatItPrinted() {
        try (SoftHsm token = SoftHsm.newToken()) {
            assertThatThrownBy(() -> token.pkcs11Tool("--read-object", "--type", "pubkey", "--id", "77"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("pkcs11-tool failed");
        }
    }

    @Nested
    class Stage {
        @TempDir
        Path folder;

        private Path tokenOf(String configuration) throws Exception {
            Files.writeString(folder.resolve("softhsm2.conf"), configuration);
            Path object = folder.resolve("tokens/stale/object");
            Files.createDirectories(object.getParent());
            return Files.writeString(object, "");
        }

        @Test
        void configuration_absent_isWritten() throws Exception {
            assertThat(SoftHsm.prepare(folder.resolve("new/softhsm2.conf"))).isEqualTo(folder.resolve("new"));
            assertThat(folder.resolve("new/softhsm2.conf"))
                    .content()
                    .contains("directories.tokendir = " + folder.resolve("new/tokens"));
            assertThat(folder.resolve("new/tokens")).isEmptyDirectory();
        }

        @Test
        void tokens_ofAnEarlierRun_areWiped() throws Exception {
            SoftHsm.prepare(folder.resolve("twin/softhsm2.conf"));
            tokenOf(Files.readString(folder.resolve("twin/softhsm2.conf")));
            SoftHsm.prepare(folder.resolve("softhsm2.conf"));
            assertThat(folder.resolve("tokens")).isEmptyDirectory();
        }

        @Test
        void tokens_ofAnotherJvmAtWork_stay() throws Exception {
            Path configuration = folder.resolve("softhsm2.conf");
            SoftHsm.prepare(configuration); // takes the lock
            Path token = tokenOf(Files.readString(configuration));
            SoftHsm.prepare(configuration);
            assertThat(token).exists();
        }

        @Test
        void tokens_underSomebodysConfiguration_stay() throws Exception {
            Path token = tokenOf("directories.tokendir = " + folder.resolve("tokens"));
            SoftHsm.prepare(folder.resolve("softhsm2.conf"));
            assertThat(token).exists();
        }
    }

    private static long count(Path folder) throws Exception {
        try (Stream<Path> list = Files.list(folder)) {
            return list.count();
        }
    }
}
