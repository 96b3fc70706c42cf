/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class CryptographicMaterialsManagerTest {
    private static final ObjectName OBJECT = new ObjectName("bucket", "a/b");
    private static final KeyRequest REQUEST =
            KeyRequest.of(AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY, Map.of());

    /** Xors the key with its own number: enough of a wrap to see whose it is. */
    private static Keyring numbered(int number) {
        MasterKeyOps ops = new MasterKeyOps() {
            @Override
            public byte[] seal(byte[] plaintext, byte[] aad) {
                byte[] sealed = new byte[12 + plaintext.length + 16];
                for (int i = 0; i < plaintext.length; i++) {
                    sealed[12 + i] = (byte) (plaintext[i] ^ number);
                }
                return sealed;
            }

            @Override
            public byte[] open(byte[] sealed, byte[] aad) {
                byte[] plaintext = new byte[sealed.length - 28];
                for (int i = 0; i < plaintext.length; i++) {
                    plaintext[i] = (byte) (sealed[12 + i] ^ number);
                }
                return plaintext;
            }
        };
        return Keyrings.of("key " + number, WrapAlgorithm.AES_GCM, Map.of("number", "" + number), ops);
    }

    private static byte[] copy(DataKey key) {
        return key.use(byte[]::clone);
    }

    @Test
    void of_oneKeyring_writesAndReads() {
        CryptographicMaterialsManager manager = CryptographicMaterialsManager.of(numbered(1));
        try (EncryptionMaterials materials = manager.forEncrypt(OBJECT, REQUEST);
                DataKey read = manager.forDecrypt(OBJECT, materials.wrapped(), REQUEST)) {
            assertThat(copy(read)).hasSize(32).isEqualTo(copy(materials.dataKey()));
        }
    }

    @Test
    void rotating_newKeyWrites_oldAndNewAreReadByTheirDescription() {
        Keyring old = numbered(1);
        Keyring current = numbered(2);
        CryptographicMaterialsManager before = CryptographicMaterialsManager.of(old);
        CryptographicMaterialsManager after =
                CryptographicMaterialsManager.rotating(current, List.of(current, old), new SecureRandom());
        try (EncryptionMaterials first = before.forEncrypt(OBJECT, REQUEST);
                EncryptionMaterials second = after.forEncrypt(OBJECT, REQUEST);
                DataKey firstRead = after.forDecrypt(OBJECT, first.wrapped(), REQUEST);
                DataKey secondRead = after.forDecrypt(OBJECT, second.wrapped(), REQUEST)) {
            assertThat(second.wrapped().description()).isEqualTo(Map.of("number", "2"));
            assertThat(copy(firstRead)).isEqualTo(copy(first.dataKey()));
            assertThat(copy(secondRead)).isEqualTo(copy(second.dataKey()));
            assertThatThrownBy(() -> before.forDecrypt(OBJECT, second.wrapped(), REQUEST))
                    .isInstanceOfSatisfying(
                            KeyringException.class,
                            e -> assertThat(e.reason()).isEqualTo(KeyringException.Reason.NO_MATCHING_KEY))
                    .hasMessageContaining("key 1")
                    .hasMessageContaining("{number=2}");
        }
    }

    /** Further keys by description: the whole map chooses; the last reader, of any description, is the default. */
    @Test
    @Tag("MAT-001")
    @Tag("MAT-002")
    @Tag("MAT-003")
    @Tag("MAT-005")
    void rotating_furtherKeys_readByWholeDescriptionAndNeverWrite() {
        List<String> asked = new ArrayList<>();
        Keyring byDefault = noting(asked, "default", Map.of(), Keyrings.Reads.ANY_DESCRIPTION);
        Keyring further = noting(asked, "further", Map.of("a", "1", "b", "2"), Keyrings.Reads.OWN_DESCRIPTION);
        CryptographicMaterialsManager manager =
                CryptographicMaterialsManager.rotating(byDefault, List.of(further, byDefault), new SecureRandom());
        for (Map<String, String> description : List.of(
                Map.of("a", "1", "b", "2"),
                Map.of("a", "1"),
                Map.of("a", "1", "b", "2", "c", "3"),
                Map.of("a", "1", "b", "3"),
                Map.<String, String>of())) {
            manager.forDecrypt(
                            OBJECT,
                            new WrappedDataKey(WrapAlgorithm.AES_GCM, Bytes.copyOf(new byte[60]), description),
                            REQUEST)
                    .close();
        }
        assertThat(asked).containsExactly("further", "default", "default", "default", "default");
        asked.clear();
        manager.forEncrypt(OBJECT, REQUEST).close();
        assertThat(asked).containsExactly("default seals");
    }

    /** Opens anything, and says so. */
    private static Keyring noting(
            List<String> asked, String name, Map<String, String> description, Keyrings.Reads reads) {
        MasterKeyOps ops = new MasterKeyOps() {
            @Override
            public byte[] seal(byte[] plaintext, byte[] aad) {
                asked.add(name + " seals");
                return new byte[60];
            }

            @Override
            public byte[] open(byte[] sealed, byte[] aad) {
                asked.add(name);
                return new byte[32];
            }
        };
        return Keyrings.of(name, WrapAlgorithm.AES_GCM, description, reads, ops);
    }

    @Test
    void rotating_allDecline_saysWhatEachSaid() {
        CryptographicMaterialsManager manager = CryptographicMaterialsManager.rotating(
                numbered(1), List.of(numbered(1), numbered(2)), new SecureRandom());
        WrappedDataKey theirs = new WrappedDataKey(WrapAlgorithm.AES_GCM, Bytes.copyOf(new byte[60]), Map.of());
        assertThatThrownBy(() -> manager.forDecrypt(OBJECT, theirs, REQUEST))
                .hasMessageContaining("key 1")
                .hasMessageContaining("key 2");
    }

    @Test
    void rotating_readerFails_endsTheRead() {
        List<String> asked = new ArrayList<>();
        KeyUnwrapper down = (wrapped, request) -> {
            asked.add("down");
            throw new KeyringException(KeyringException.Reason.UNAVAILABLE, "no answer");
        };
        KeyUnwrapper next = (wrapped, request) -> {
            asked.add("next");
            return new Unwrap.NotMine("not mine");
        };
        CryptographicMaterialsManager manager =
                CryptographicMaterialsManager.rotating(numbered(1), List.of(down, next), new SecureRandom());
        WrappedDataKey wrapped = new WrappedDataKey(WrapAlgorithm.AES_GCM, Bytes.copyOf(new byte[60]), Map.of());
        assertThatThrownBy(() -> manager.forDecrypt(OBJECT, wrapped, REQUEST))
                .isInstanceOfSatisfying(
                        KeyringException.class,
                        e -> assertThat(e.reason()).isEqualTo(KeyringException.Reason.UNAVAILABLE));
        assertThat(asked).containsExactly("down");
    }

    @Test
    @Tag("CMM-003")
    @SuppressWarnings("NullAway") // what a keyring in plain Java may do
    void rotating_readerThatGivesNothing_isNamed() {
        KeyUnwrapper mute = new KeyUnwrapper() {
            @Override
            public Unwrap unwrap(WrappedDataKey wrapped, KeyRequest request) {
                return null;
            }

            @Override
            public String toString() {
                return "the mute one";
            }
        };
        CryptographicMaterialsManager manager =
                CryptographicMaterialsManager.rotating(numbered(1), List.of(mute), new SecureRandom());
        WrappedDataKey wrapped = new WrappedDataKey(WrapAlgorithm.AES_GCM, Bytes.copyOf(new byte[60]), Map.of());
        assertThatThrownBy(() -> manager.forDecrypt(OBJECT, wrapped, REQUEST))
                .isInstanceOfSatisfying(
                        KeyringException.class,
                        e -> assertThat(e.reason()).isEqualTo(KeyringException.Reason.MISCONFIGURED))
                .hasMessageContaining("the mute one");
    }

    @Test
    void rotating_noReaders_saysSo() {
        CryptographicMaterialsManager writer =
                CryptographicMaterialsManager.rotating(numbered(1), List.of(), new SecureRandom());
        WrappedDataKey wrapped = new WrappedDataKey(WrapAlgorithm.AES_GCM, Bytes.copyOf(new byte[60]), Map.of());
        assertThatThrownBy(() -> writer.forDecrypt(OBJECT, wrapped, REQUEST))
                .isInstanceOf(KeyringException.class)
                .hasMessageContaining("no keyring for reading");
    }

    @Test
    void rotating_listOfReaders_isCopied() {
        List<KeyUnwrapper> readers = new ArrayList<>(List.of(numbered(1)));
        CryptographicMaterialsManager manager =
                CryptographicMaterialsManager.rotating(numbered(1), readers, new SecureRandom());
        readers.clear();
        try (EncryptionMaterials materials = manager.forEncrypt(OBJECT, REQUEST);
                DataKey read = manager.forDecrypt(OBJECT, materials.wrapped(), REQUEST)) {
            assertThat(read.lengthBytes()).isEqualTo(32);
        }
    }

    @Test
    void objectName_printsAsItsUri() {
        assertThat(OBJECT).hasToString("s3://bucket/a/b");
    }
}
