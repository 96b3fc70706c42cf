/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.GeneralSecurityException;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a keyring makes of its master key's legacy openings; the ciphers themselves are the providers'. */
class LegacyWrapsTest {
    private static final KeyRequest REQUEST = KeyRequest.of(AlgorithmSuite.ALG_AES_256_CBC_IV16_NO_KDF, Map.of());
    private static final Map<String, String> DESCRIPTION = Map.of("tenant", "blue");

    /** Opens whatever it is given to {@code opened}, or fails where that is null. */
    private record Ops(@Nullable Bytes opened, Set<WrapAlgorithm> legacyWraps) implements MasterKeyOps {
        @Override
        public byte[] seal(byte[] plaintext, byte[] aad) {
            throw new AssertionError("a legacy wrap is never written");
        }

        @Override
        public byte[] open(byte[] sealed, byte[] aad) {
            throw new AssertionError("the current wrap was not asked for");
        }

        @Override
        public byte[] openLegacy(WrapAlgorithm wrap, byte[] sealed) throws GeneralSecurityException {
            assertThat(legacyWraps).contains(wrap);
            if (opened == null) {
                throw new GeneralSecurityException("padding, tag or whatever");
            }
            return opened.toByteArray();
        }
    }

    private static Keyring keyring(byte @Nullable [] opened, WrapAlgorithm... wraps) {
        return Keyrings.of(
                "k",
                WrapAlgorithm.AES_GCM,
                DESCRIPTION,
                new Ops(opened == null ? null : Bytes.copyOf(opened), Set.of(wraps)));
    }

    private static WrappedDataKey wrapped(WrapAlgorithm algorithm, int bytes) {
        return new WrappedDataKey(algorithm, Bytes.copyOf(new byte[bytes]), DESCRIPTION);
    }

    @ParameterizedTest
    @CsvSource({
        "RAW_AES, 32, 16",
        "RAW_AES, 32, 24",
        "RAW_AES, 48, 32",
        "AES_WRAP, 24, 16",
        "AES_WRAP, 32, 24",
        "AES_WRAP, 40, 32",
        "RAW_RSA, 256, 32",
        "RSA_OAEP_SHA256, 384, 32",
        "RAW_RSA, 128, 32",
        "RSA_OAEP_SHA256, 128, 32"
    })
    @Tag("CLI-010")
    void unwrap_legacyWrapThatTheMasterKeyOpens_givesTheDataKey(WrapAlgorithm wrap, int wrappedBytes, int keyBytes) {
        Keyring keyring = keyring(new byte[keyBytes], wrap);

        Unwrap answer = keyring.unwrap(wrapped(wrap, wrappedBytes), REQUEST);

        try (DataKey key = ((Unwrap.Opened) answer).dataKey()) {
            assertThat(key.lengthBytes()).isEqualTo(keyBytes);
        }
    }

    /** The lengths next to the right ones; the master key is not asked. */
    @ParameterizedTest
    @CsvSource({
        "RAW_AES, 0",
        "RAW_AES, 16",
        "RAW_AES, 31",
        "RAW_AES, 33",
        "RAW_AES, 40",
        "RAW_AES, 47",
        "RAW_AES, 49",
        "RAW_AES, 64",
        "AES_WRAP, 8",
        "AES_WRAP, 16",
        "AES_WRAP, 39",
        "AES_WRAP, 41",
        "AES_WRAP, 48",
        "RAW_RSA, 127",
        "RSA_OAEP_SHA256, 127"
    })
    @Tag("SEC-016")
    void unwrap_legacyWrapOfAnImpossibleLength_isNoIntegrity(WrapAlgorithm wrap, int wrappedBytes) {
        Keyring keyring = keyring(new byte[32], wrap);

        assertThatThrownBy(() -> keyring.unwrap(wrapped(wrap, wrappedBytes), REQUEST))
                .isInstanceOfSatisfying(
                        IntegrityException.class,
                        e -> assertThat(e.stage()).isEqualTo(IntegrityException.Stage.WRAPPED_KEY));
    }

    /** Bad padding, a key of no AES length, and a wrapped key of no possible length: one and the same. */
    @ParameterizedTest
    @EnumSource(names = {"RAW_AES", "AES_WRAP", "RAW_RSA", "RSA_OAEP_SHA256"})
    @Tag("SEC-024")
    void unwrap_legacyWrapThatFails_saysTheSameWhateverTheCause(WrapAlgorithm wrap) {
        int bytes = wrap == WrapAlgorithm.RAW_AES ? 48 : wrap == WrapAlgorithm.AES_WRAP ? 40 : 256;

        IntegrityException padding = refusal(keyring(null, wrap), wrapped(wrap, bytes));
        IntegrityException keyLength = refusal(keyring(new byte[31], wrap), wrapped(wrap, bytes));
        IntegrityException wrappedLength = refusal(keyring(new byte[32], wrap), wrapped(wrap, 7));

        assertThat(padding).hasMessage(keyLength.getMessage()).hasMessage(wrappedLength.getMessage());
        assertThat(padding.getCause()).as("a cause could tell them apart").isNull();
    }

    private static IntegrityException refusal(Keyring keyring, WrappedDataKey wrapped) {
        try {
            keyring.unwrap(wrapped, REQUEST);
        } catch (IntegrityException e) {
            return e;
        }
        throw new AssertionError("opened " + wrapped);
    }

    @Test
    @Tag("MAT-004")
    void unwrap_legacyWrapOfAnotherDescription_isNotMine() {
        Keyring keyring = keyring(new byte[32], WrapAlgorithm.RAW_AES);

        assertThat(keyring.unwrap(
                        new WrappedDataKey(WrapAlgorithm.RAW_AES, Bytes.copyOf(new byte[48]), Map.of()), REQUEST))
                .isInstanceOf(Unwrap.NotMine.class);
    }

    @Test
    void unwrap_legacyWrapThatTheMasterKeyDoesNotDo_isNotMineAndNamesWhatItDoes() {
        Keyring keyring = keyring(new byte[32], WrapAlgorithm.RAW_AES, WrapAlgorithm.AES_WRAP);

        Unwrap answer = keyring.unwrap(wrapped(WrapAlgorithm.RAW_RSA, 256), REQUEST);

        assertThat(((Unwrap.NotMine) answer).why()).contains("AES/GCM, AESWrap, AES,", "RSA");
    }

    @Test
    void unwrap_legacyWrapByAMasterKeyOfNone_isNotMine() {
        MasterKeyOps plain = new MasterKeyOps() {
            @Override
            public byte[] seal(byte[] plaintext, byte[] aad) {
                return plaintext;
            }

            @Override
            public byte[] open(byte[] sealed, byte[] aad) {
                return sealed;
            }
        };
        Keyring keyring = Keyrings.of("k", WrapAlgorithm.AES_GCM, DESCRIPTION, plain);

        assertThat(keyring.unwrap(wrapped(WrapAlgorithm.RAW_AES, 48), REQUEST)).isInstanceOf(Unwrap.NotMine.class);
        assertThatThrownBy(() -> plain.openLegacy(WrapAlgorithm.RAW_AES, new byte[48]))
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @ParameterizedTest
    @EnumSource(names = {"KMS", "KMS_CONTEXT", "AES_GCM"})
    void keyring_ofAMasterKeyThatClaimsAnotherWrapAsLegacy_isRefused(WrapAlgorithm wrap) {
        assertThatIllegalArgumentException().isThrownBy(() -> keyring(new byte[32], wrap));
    }

    @ParameterizedTest
    @EnumSource(names = {"RAW_AES", "AES_WRAP", "RAW_RSA", "RSA_OAEP_SHA256", "KMS"})
    @Tag("KMS-009")
    void keyring_thatWouldWriteALegacyWrap_isRefused(WrapAlgorithm wrap) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Keyrings.of("k", wrap, Map.of(), new Ops(null, Set.of())))
                .withMessageContaining(wrap.wireName());
    }
}
