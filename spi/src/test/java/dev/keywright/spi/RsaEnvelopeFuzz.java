/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Fuzzes what an RSA master key decrypted to: the envelope of wire format 8.3, and the bare keys of 8.7 and 8.9, against
 * their description read plainly. The input's first byte says which suite and which wrap; the rest is the plaintext.
 */
public final class RsaEnvelopeFuzz {
    private static final int MODULUS_BYTES = 256;
    private static final String REFUSAL =
            "fuzzed: the wrapped data key does not open under this master key: it was wrapped under another key or for "
                    + "another content algorithm, or was altered";

    private RsaEnvelopeFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        AlgorithmSuite suite = input[0] % 2 == 0
                ? AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY
                : AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF;
        WrapAlgorithm wrap = switch (input[0] >> 1 & 3) {
            case 0 -> WrapAlgorithm.RAW_RSA;
            case 1 -> WrapAlgorithm.RSA_OAEP_SHA256;
            default -> WrapAlgorithm.RSA_OAEP_SHA1;
        };
        byte[] plaintext = Arrays.copyOfRange(input, 1, input.length);
        Optional<byte[]> wanted = wrap == WrapAlgorithm.RSA_OAEP_SHA1
                ? inEnvelope(
                        plaintext,
                        suite == AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF ? "AES/GCM/NoPadding" : "115")
                : Optional.of(plaintext).filter(bare -> isKeyLength(bare.length));
        assertThat(opened(plaintext, wrap, suite).map(Bytes::copyOf)).isEqualTo(wanted.map(Bytes::copyOf));
        wanted.filter(key -> wrap == WrapAlgorithm.RSA_OAEP_SHA1)
                .ifPresent(key -> assertThat(sealed(key, suite)).isEqualTo(plaintext));
    }

    /** Length byte, key, and the whole remainder the algorithm's name. */
    private static Optional<byte[]> inEnvelope(byte[] plaintext, String algorithm) {
        String latin1 = new String(plaintext, StandardCharsets.ISO_8859_1);
        int length = latin1.isEmpty() ? 0 : latin1.charAt(0);
        if (!isKeyLength(length)
                || latin1.length() <= length
                || !latin1.substring(1 + length).equals(algorithm)) {
            return Optional.empty();
        }
        return Optional.of(latin1.substring(1, 1 + length).getBytes(StandardCharsets.ISO_8859_1));
    }

    private static boolean isKeyLength(int bytes) {
        return Set.of(16, 24, 32).contains(bytes);
    }

    /** What the keyring makes of it, and that it wipes what it was handed. */
    private static Optional<byte[]> opened(byte[] plaintext, WrapAlgorithm wrap, AlgorithmSuite suite) {
        byte[] handed = plaintext.clone();
        MasterKeyOps ops = new MasterKeyOps() {
            @Override
            public byte[] seal(byte[] ignored, byte[] aad) {
                throw new AssertionError("nothing is sealed here");
            }

            @Override
            public byte[] open(byte[] sealed, byte[] aad) {
                return handed;
            }

            @Override
            public Set<WrapAlgorithm> legacyWraps() {
                return Set.of(WrapAlgorithm.RAW_RSA, WrapAlgorithm.RSA_OAEP_SHA256);
            }

            @Override
            public byte[] openLegacy(WrapAlgorithm legacy, byte[] sealed) {
                return handed;
            }
        };
        WrappedDataKey wrapped = new WrappedDataKey(wrap, Bytes.copyOf(new byte[MODULUS_BYTES]), Map.of());
        try (Keyring keyring = Keyrings.of("fuzzed", WrapAlgorithm.RSA_OAEP_SHA1, Map.of(), ops)) {
            Unwrap unwrap = keyring.unwrap(wrapped, KeyRequest.of(suite, Map.of()));
            try (DataKey key = ((Unwrap.Opened) unwrap).dataKey()) {
                return Optional.of(key.use(byte[]::clone));
            }
        } catch (IntegrityException e) {
            assertThat(e.stage()).isEqualTo(IntegrityException.Stage.WRAPPED_KEY);
            assertThat(e).hasNoCause().hasMessage(REFUSAL);
            return Optional.empty();
        } finally {
            assertThat(handed).isEqualTo(new byte[handed.length]);
        }
    }

    /** What the master key is asked to encrypt for this key. */
    private static byte[] sealed(byte[] key, AlgorithmSuite suite) {
        List<byte[]> asked = new ArrayList<>();
        MasterKeyOps.Sealer sealer = (plaintext, aad) -> {
            asked.add(plaintext.clone());
            return new byte[MODULUS_BYTES];
        };
        try (DataKey dataKey = DataKey.adopt(key.clone())) {
            Keyrings.wrapOnly("fuzzed", WrapAlgorithm.RSA_OAEP_SHA1, Map.of(), sealer)
                    .wrap(dataKey, KeyRequest.of(suite, Map.of()));
        }
        return asked.get(0);
    }
}
