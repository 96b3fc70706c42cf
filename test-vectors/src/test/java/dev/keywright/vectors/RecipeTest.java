/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Expected values were made in Python by hashlib and PyPI cryptography: the recipe of seed "recipe" and 1000 bytes; encrypted
 * under a data key, IV or message id of zeros.
 */
class RecipeTest {
    static final String SHA256_OF_1000 = "c8919bcdcb1c1d0e71ee2a4662123069271203f94ca36fe7901ecb1860d18771";
    static final String SHA256_OF_CBC_BODY = "6776d8d6424cf9d47460b43d2ad6f4d4c739ba19133017f4c3cecb7ad348e608";

    private static final Recipe RECIPE = new Recipe("recipe", 1000);

    @Test
    void recipe_ofSeedAndLength_isTheCounterHashes() throws IOException {
        byte[] made;
        try (InputStream in = RECIPE.open()) {
            made = in.readAllBytes();
        }
        assertThat(made).hasSize(1000);
        assertThat(HexFormat.of().formatHex(made, 0, 40))
                .isEqualTo("fbe852a97c99f31994c0cd5ce5a84ff48421b676d3d4e34d6274e08e58fa04020b30cbe19fd55421");
        assertThat(Sha256.of(made)).isEqualTo(SHA256_OF_1000);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 31, 32, 33, 1000, 4096})
    void recipe_readInPieces_isTheSame(int piece) throws IOException {
        byte[] made = new byte[1000];
        try (InputStream in = RECIPE.open()) {
            int at = 0;
            while (at < made.length) {
                at += in.read(made, at, Math.min(piece, made.length - at));
            }
            assertThat(in.read()).isEqualTo(-1);
        }
        assertThat(Sha256.of(made)).isEqualTo(SHA256_OF_1000);
    }

    @ParameterizedTest
    @CsvSource({
        "ALG_AES_256_CBC_IV16_NO_KDF, 16, 1008, " + SHA256_OF_CBC_BODY,
        "ALG_AES_256_GCM_IV12_TAG16_NO_KDF, 12, 1016, 36a38b57595b48a402d85f496d1efc2202063d2a237f0bf27fe4a574f2f1f442",
        "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY, 28, 1016, f2271b9776129d14aedbf9ba9db5bae5bb2cc2c5e2ff096e65364e0ddaa110c0",
    })
    void body_ofEachSuite_isWhatAnotherImplementationMakes(
            AlgorithmSuite suite, int ivBytes, long bodyBytes, String sha256)
            throws IOException, GeneralSecurityException {
        BodyRecipe body = new BodyRecipe(RECIPE, Bytes.copyOf(new byte[32]), Bytes.empty(), sha256);
        assertThat(Sha256.of(body.open(suite, Bytes.copyOf(new byte[ivBytes])))).isEqualTo(sha256);
        assertThat(body.bytes(suite)).isEqualTo(bodyBytes);
    }
}
