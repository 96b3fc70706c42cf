/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a keyring is, and what all of raw master keys share. */
class KeyringShapeTest {
    private static final KeyRequest REQUEST =
            KeyRequest.of(AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY, Map.of());
    private static final WrappedDataKey WRAPPED =
            new WrappedDataKey(WrapAlgorithm.AES_GCM, Bytes.copyOf(new byte[60]), Map.of());

    /** The one method of this name, a bridge apart. */
    private static Method method(Class<?> type, String name) {
        List<Method> found = Stream.of(type.getMethods())
                .filter(method -> method.getName().equals(name) && !method.isBridge())
                .toList();
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    @Nested
    class Interface {
        @Test
        @Tag("KEY-002")
        @Tag("KEY-003")
        @Tag("KEY-004")
        void keyring_wraps() {
            Method wrap = method(Keyring.class, "wrap");
            assertThat(wrap.getParameterTypes()).containsExactly(DataKey.class, KeyRequest.class);
            assertThat(wrap.getReturnType()).isEqualTo(WrappedDataKey.class);
            Method generate = method(Keyring.class, "generate");
            assertThat(generate.getParameterTypes()).containsExactly(KeyRequest.class, SecureRandom.class);
            assertThat(generate.getReturnType()).isEqualTo(EncryptionMaterials.class);
        }

        /** One wrapped key and no data key, by type: neither none, nor two, nor one that was opened before. */
        @Test
        @Tag("KEY-005")
        @Tag("KEY-006")
        @Tag("KEY-007")
        @Tag("SKR-010")
        @Tag("SKR-011")
        void keyring_unwrapsOneKeyAndIsHandedNone() {
            Method unwrap = method(Keyring.class, "unwrap");
            assertThat(unwrap.getParameterTypes()).containsExactly(WrappedDataKey.class, KeyRequest.class);
            assertThat(unwrap.getReturnType()).isEqualTo(Unwrap.class);
            assertThat(Stream.of(KeyRequest.class, WrappedDataKey.class)
                            .flatMap(type -> Stream.of(type.getDeclaredFields()))
                            .map(field -> field.getType().getSimpleName()))
                    .doesNotContain("DataKey", "byte[]");
        }

        @Test
        @Tag("KEY-001")
        void names_followJavasCustoms() {
            assertThat(Stream.of(Keyring.class, KeyWrapper.class, KeyUnwrapper.class, MasterKeyOps.class)
                            .flatMap(type -> Stream.of(type.getMethods()))
                            .map(Method::getName))
                    .isNotEmpty()
                    .allMatch(name -> name.matches("[a-z][a-zA-Z0-9]*"));
        }
    }

    /** {@link Keyrings#of} is the base that keyrings of raw master keys share; what it leaves open is {@link MasterKeyOps}. */
    @Nested
    class Shared {
        private final List<String> calls = new ArrayList<>();

        private final MasterKeyOps ops = new MasterKeyOps() {
            @Override
            public byte[] seal(byte[] plaintext, byte[] aad) {
                calls.add("seal " + plaintext.length);
                return new byte[60];
            }

            @Override
            public byte[] open(byte[] sealed, byte[] aad) {
                calls.add("open " + sealed.length);
                return new byte[32];
            }
        };

        private Keyring keyring() {
            return Keyrings.of("shared", WrapAlgorithm.AES_GCM, Map.of(), ops);
        }

        @Test
        @Tag("SKR-001")
        @Tag("SKR-002")
        void base_isAKeyring_andChecksBeforeTheMasterKeyIsAsked() {
            KeyRequest withContext =
                    KeyRequest.of(AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY, Map.of("a", "1"));
            try (Keyring keyring = keyring()) {
                assertThatThrownBy(() -> keyring.unwrap(WRAPPED, withContext)).isInstanceOf(KeyringException.class);
                assertThatThrownBy(() -> keyring.generate(withContext, new SecureRandom()))
                        .isInstanceOf(KeyringException.class);
            }
            assertThat(calls).isEmpty();
        }

        @Test
        @Tag("SKR-003")
        @Tag("SKR-005")
        @Tag("SKR-006")
        void base_isNothingWithoutTheOperationsItLeavesOpen() {
            assertThat(Keyrings.class.getConstructors()).isEmpty();
            assertThat(Modifier.isPublic(MasterKeyKeyring.class.getModifiers())).isFalse();
            assertThat(Modifier.isAbstract(method(MasterKeyOps.class, "seal").getModifiers()))
                    .isTrue();
            assertThat(Modifier.isAbstract(method(MasterKeyOps.class, "open").getModifiers()))
                    .isTrue();
        }

        @Test
        @Tag("SKR-007")
        @Tag("SKR-009")
        void generate_withoutAKeyOfItsOwn_makesOneAndWrapsIt() {
            try (Keyring keyring = keyring();
                    EncryptionMaterials made = keyring.generate(REQUEST, new SecureRandom())) {
                assertThat(calls).containsExactly("seal 32");
                assertThat(made.dataKey().lengthBytes()).isEqualTo(32);
                assertThat(made.wrapped().ciphertext().size()).isEqualTo(60);
            }
        }

        /** Where the key is born in the key's home, its wrap comes with it and nothing is wrapped again. */
        @Test
        @Tag("SKR-004")
        @Tag("SKR-008")
        void generate_ofAKeyringThatMakesBoth_isTheAnswer() {
            Keyring born = new Keyring() {
                @Override
                public EncryptionMaterials generate(KeyRequest request, SecureRandom random) {
                    return new EncryptionMaterials(DataKey.adopt(new byte[32]), WRAPPED);
                }

                @Override
                public WrappedDataKey wrap(DataKey key, KeyRequest request) {
                    throw new AssertionError("wrapped again");
                }

                @Override
                public Unwrap unwrap(WrappedDataKey wrapped, KeyRequest request) {
                    return new Unwrap.NotMine("not asked");
                }
            };
            try (EncryptionMaterials made = CryptographicMaterialsManager.of(born)
                    .forEncrypt(new CryptographicMaterialsManager.ObjectName("b", "k"), REQUEST)) {
                assertThat(made.wrapped()).isSameAs(WRAPPED);
            }
        }

        @Test
        @Tag("SKR-013")
        void unwrap_handsTheMasterKeysAnswerOn() {
            try (Keyring keyring = keyring();
                    DataKey opened = CryptographicMaterialsManager.of(keyring)
                            .forDecrypt(new CryptographicMaterialsManager.ObjectName("b", "k"), WRAPPED, REQUEST)) {
                assertThat(calls).containsExactly("open 60");
                assertThat(opened.<byte[]>use(byte[]::clone)).isEqualTo(new byte[32]);
            }
        }
    }
}
