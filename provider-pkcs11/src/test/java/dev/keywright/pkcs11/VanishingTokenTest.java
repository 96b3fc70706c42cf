/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.pkcs11.Pkcs11Status.State;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.spi.WrappedDataKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A SoftHSM token whose folder is taken away under a keyring, and put back. */
@Timeout(60)
class VanishingTokenTest {
    private static final byte[] DATA_KEY = new byte[32];
    private static final Path TOKENS =
            Path.of(System.getenv("SOFTHSM2_CONF")).toAbsolutePath().resolveSibling("tokens");

    private InterposedToken home;
    private Path folder;
    private Path away;

    @BeforeEach
    void makeToken() throws IOException {
        new SecureRandom().nextBytes(DATA_KEY);
        Set<Path> before = Files.exists(TOKENS) ? tokenFolders() : Set.of();
        home = new InterposedToken();
        home.token.generateAes("aes", "01", 32);
        home.token.generateRsa("rsa", "02", 2048);
        Set<Path> made = new HashSet<>(tokenFolders());
        made.removeAll(before);
        assertThat(made).hasSize(1);
        folder = made.iterator().next();
        away = TOKENS.resolveSibling("away-" + folder.getFileName());
    }

    @AfterEach
    void deleteToken() throws IOException {
        if (Files.exists(away)) {
            Files.move(away, folder);
        }
        home.close();
        assertThat(home.module.besideFinalize()).isZero();
    }

    private static Set<Path> tokenFolders() throws IOException {
        try (Stream<Path> list = Files.list(TOKENS)) {
            return list.collect(Collectors.toSet());
        }
    }

    private static void unavailable(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        KeyringException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNAVAILABLE))
                .hasMessageContaining("can't be used just now")
                .hasMessageContaining("is tried again in");
    }

    @ParameterizedTest
    @ValueSource(strings = {"aes", "rsa"})
    void folder_removed_isUnavailableNeverBadData_andRestored_isUsedAgain(String key) throws IOException {
        try (Pkcs11Keyring keyring = home.keyring(key)) {
            WrappedDataKey wrapped = Wraps.wrap(keyring, DATA_KEY);
            for (int times = 1; times <= 2; times++) {
                assertThat(Wraps.unwrap(keyring, wrapped)).isEqualTo(DATA_KEY);
                Files.move(folder, away);
                for (int tries = 0; tries < 3; tries++) {
                    unavailable(() -> Wraps.unwrap(keyring, wrapped));
                    unavailable(() -> Wraps.unwrap(keyring, Wraps.altered(wrapped)));
                    assertThat(keyring.status().state()).isEqualTo(State.DOWN);
                    home.passBackOff();
                }
                Files.move(away, folder);
                assertThat(Wraps.unwrap(keyring, wrapped)).isEqualTo(DATA_KEY);
                assertThat(keyring.status().state()).isEqualTo(State.UP);
                assertThat(keyring.status().logins()).isEqualTo(1 + times);
                home.passBackOff();
            }
        }
    }

    @Test
    void folder_removedAndRestored_betweenCalls_isNotNoticed() throws IOException {
        try (Pkcs11Keyring keyring = home.keyring("rsa")) {
            WrappedDataKey wrapped = Wraps.wrap(keyring, DATA_KEY);
            Files.move(folder, away);
            Files.move(away, folder);
            assertThat(Wraps.unwrap(keyring, wrapped)).isEqualTo(DATA_KEY);
        }
    }
}
