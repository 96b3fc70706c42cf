/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The factories {@code one}, {@code two} and again {@code two} are registered in this module's test resources. */
class KeyringFactoryTest {
    private static void refused(String what, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        KeyringException.class,
                        e -> assertThat(e.reason()).isEqualTo(KeyringException.Reason.MISCONFIGURED))
                .hasMessageContaining(what);
    }

    @Test
    void openUri_schemeOfOneFactory_opensWithIt() {
        Keyring keyring = KeyringFactory.openUri(
                "one:anything:else", Map.of("description.tenant", "blue", "size", "3"), name -> "pin".toCharArray());
        assertThat(keyring).hasToString("one:anything:else {tenant=blue} {description.tenant=blue, size=3} pin");
    }

    @Test
    void openUri_schemeOfNoFactory_saysWhichThereAre() {
        refused(
                "no keyring factory for scheme 'three'",
                () -> KeyringFactory.openUri("three:x", Map.of(), Secrets.none()));
        refused("one", () -> KeyringFactory.openUri("three:x", Map.of(), Secrets.none()));
        refused("'ONE'", () -> KeyringFactory.openUri("ONE:x", Map.of(), Secrets.none()));
    }

    @Test
    void openUri_schemeOfTwoFactories_isRefused() {
        refused(
                "two keyring factories for scheme 'two'",
                () -> KeyringFactory.openUri("two:x", Map.of(), Secrets.none()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":", ":x", "one", "/path/to/key"})
    void openUri_noScheme_isRefused(String uri) {
        refused("begins with a scheme", () -> KeyringFactory.openUri(uri, Map.of(), Secrets.none()));
    }

    @Test
    void openNamed_className_opensWithTheRestOfTheMapAsOptions() {
        Keyring keyring = KeyringFactory.openNamed(
                One.class.getName(), Map.of("uri", "one:x", "size", "3"), name -> "pin".toCharArray());
        assertThat(keyring).hasToString("one:x {} {size=3} pin");
    }

    @Test
    void openNamed_classThatIsNoFactory_isRefused() {
        for (String name : new String[] {"no.such.Class", "java.lang.String", NoConstructor.class.getName()}) {
            refused(name, () -> KeyringFactory.openNamed(name, Map.of("uri", "one:x"), Secrets.none()));
        }
    }

    @Test
    void openNamed_withoutUri_isRefused() {
        refused("no 'uri'", () -> KeyringFactory.openNamed(One.class.getName(), Map.of(), Secrets.none()));
    }

    @Test
    void description_takesItsEntriesOnly() {
        Map<String, String> options = new HashMap<>(Map.of("description.a", "1", "description.b.c", "2", "size", "3"));
        assertThat(KeyringFactory.description(options)).isEqualTo(Map.of("a", "1", "b.c", "2"));
        assertThat(KeyringFactory.description(Map.of())).isEmpty();
    }

    @Test
    void noSecrets_asked_saysWhichOneIsMissing() {
        refused("'pin'", () -> Secrets.none().secret("pin"));
    }

    /** A factory whose keyring's name is what it was given. */
    public static class One implements KeyringFactory {
        @Override
        public String scheme() {
            return "one";
        }

        @Override
        public Keyring open(String uri, Map<String, String> options, Secrets secrets) {
            String name = uri + " " + KeyringFactory.description(options) + " " + new TreeMap<>(options) + " "
                    + new String(secrets.secret("pin"));
            return Keyrings.of(name, WrapAlgorithm.AES_GCM, Map.of(), new MasterKeyOps() {
                @Override
                public byte[] seal(byte[] plaintext, byte[] aad) {
                    throw new UnsupportedOperationException();
                }

                @Override
                public byte[] open(byte[] sealed, byte[] aad) {
                    throw new UnsupportedOperationException();
                }
            });
        }
    }

    /** A factory of a scheme that another has too. */
    public static class Two extends One {
        @Override
        public String scheme() {
            return "two";
        }
    }

    /** The other. */
    public static class TwoAgain extends Two {}

    /** Not to be made without an argument. */
    public static class NoConstructor extends One {
        /** Wants a scheme. */
        public NoConstructor(String scheme) {
            assertThat(scheme).isNotNull();
        }
    }
}
