/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.wycheproof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.KeyringException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Security;
import java.util.Arrays;
import java.util.List;
import javax.crypto.AEADBadTagException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the outcomes mean: three cases, on implementations of all manners. */
class WycheproofRunTest {
    private static final byte[] PLAINTEXT = new byte[16];

    @TempDir
    private Path folder;

    /** Opening, in the way of the test; making is always right. */
    private interface Opening {
        byte[] of(byte[] ciphertextAndTag) throws GeneralSecurityException;
    }

    private List<Outcome> outcomes(Opening opening) throws IOException {
        return run(opening).results().stream().map(CaseResult::outcome).toList();
    }

    private WycheproofRun run(Opening opening) throws IOException {
        JcaPrimitives right = JcaPrimitives.of(Security.getProvider("SunJCE"));
        return WycheproofRun.of(SmallVectors.read(folder), new Primitives() {
            @Override
            public String name() {
                return "the test's";
            }

            @Override
            public byte[] sealGcm(byte[] key, byte[] iv, byte[] aad, byte[] plaintext, int tagBits)
                    throws GeneralSecurityException {
                return right.sealGcm(key, iv, aad, plaintext, tagBits);
            }

            @Override
            public byte[] openGcm(byte[] key, byte[] iv, byte[] aad, byte[] ciphertextAndTag, int tagBits)
                    throws GeneralSecurityException {
                return opening.of(ciphertextAndTag);
            }
        });
    }

    private static boolean isAltered(byte[] ciphertextAndTag) {
        return ciphertextAndTag[31] != (byte) 0xdf;
    }

    @Test
    void implementation_thatIsRight_passes() throws IOException {
        assertThat(outcomes(input -> {
                    if (isAltered(input)) {
                        throw new AEADBadTagException("altered");
                    }
                    return PLAINTEXT;
                }))
                .containsExactly(Outcome.PASS, Outcome.PASS, Outcome.ACCEPTABLE_ACCEPTED);
    }

    @Test
    void implementation_thatOpensAnything_fails() throws IOException {
        WycheproofRun run = run(input -> PLAINTEXT);
        assertThat(run.failures())
                .singleElement()
                .hasToString("aes_gcm_test.json 2: fail: accepted, and must be refused: with the case's own bytes");
        assertThat(outcomes(input -> isAltered(input) ? new byte[3] : PLAINTEXT))
                .containsExactly(Outcome.PASS, Outcome.FAIL, Outcome.ACCEPTABLE_ACCEPTED);
    }

    @Test
    void implementation_thatRefusesAll_fails() throws IOException {
        assertThat(outcomes(input -> {
                    throw new AEADBadTagException("no");
                }))
                .containsExactly(Outcome.FAIL, Outcome.PASS, Outcome.ACCEPTABLE_REJECTED);
    }

    @Test
    void implementation_thatGivesOtherBytes_fails_alsoWhereRefusalIsLeftOpen() throws IOException {
        assertThat(outcomes(input -> {
                    if (isAltered(input)) {
                        throw new AEADBadTagException("altered");
                    }
                    return new byte[15];
                }))
                .containsExactly(Outcome.FAIL, Outcome.PASS, Outcome.FAIL);
    }

    @Test
    void implementation_thatCrashes_fails_alsoWhereItShouldRefuse() throws IOException {
        WycheproofRun run = run(input -> {
            throw new ArrayIndexOutOfBoundsException("too\nfar");
        });
        assertThat(run.count(Algorithm.AES_GCM, Outcome.FAIL)).isEqualTo(3);
        assertThat(run.failures().get(1).detail()).isEqualTo("unchecked ArrayIndexOutOfBoundsException: too far");
    }

    @Test
    void implementation_thatDoesNotOfferIt_doesNotFail() throws IOException {
        assertThat(outcomes(input -> {
                    throw NotOfferedException.parameters("not today", null);
                }))
                .containsOnly(Outcome.NOT_OFFERED);
        WycheproofRun nothing = WycheproofRun.of(SmallVectors.read(folder), () -> "nothing at all");
        assertThat(nothing.count(Algorithm.AES_GCM, Outcome.NOT_OFFERED)).isEqualTo(3);
        assertThat(nothing.counts(Algorithm.AES_KW)).isEmpty();
    }

    @Test
    void implementation_thatIsGone_endsTheRun() {
        assertThatThrownBy(() -> run(input -> {
                    throw new KeyringException(KeyringException.Reason.UNAVAILABLE, "the token was removed");
                }))
                .isInstanceOf(KeyringException.class);
    }

    /** Most of a tag's bits, as a shortened comparison has it. */
    @Test
    void implementation_thatComparesHalfTheTag_fails() throws IOException {
        byte[] first = {(byte) 0xab, 0x6e, 0x47, (byte) 0xd4};
        assertThat(outcomes(input -> {
                    if (!Arrays.equals(first, Arrays.copyOfRange(input, 16, 20))) {
                        throw new AEADBadTagException("altered");
                    }
                    return PLAINTEXT;
                }))
                .containsExactly(Outcome.PASS, Outcome.FAIL, Outcome.ACCEPTABLE_ACCEPTED);
    }
}
