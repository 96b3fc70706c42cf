/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.wycheproof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.tck.WycheproofAssertions;
import java.security.GeneralSecurityException;
import java.security.Security;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.crypto.BadPaddingException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Implementations with one fault each, as they have been met in the field: Wycheproof's own vectors tell every one. */
class BrokenImplementationsTest {
    private static final JcaPrimitives RIGHT = JcaPrimitives.of(Security.getProvider("SunJCE"));

    /** Right in AES-GCM where it is not overridden, and offers nothing else. */
    private abstract static class Gcm implements Primitives {
        @Override
        public String name() {
            return getClass().getSimpleName();
        }

        @Override
        public byte[] sealGcm(byte[] key, byte[] iv, byte[] aad, byte[] plaintext, int tagBits)
                throws GeneralSecurityException {
            return RIGHT.sealGcm(key, iv, aad, plaintext, tagBits);
        }

        @Override
        public byte[] openGcm(byte[] key, byte[] iv, byte[] aad, byte[] ciphertextAndTag, int tagBits)
                throws GeneralSecurityException {
            return RIGHT.openGcm(key, iv, aad, ciphertextAndTag, tagBits);
        }
    }

    private static WycheproofVectors vectors;

    @BeforeAll
    static void read() {
        vectors = WycheproofAssertions.vectors();
    }

    /** Runs the cases of one algorithm, those of RSA with short keys only. */
    private static WycheproofRun run(Primitives primitives, Algorithm algorithm) {
        List<WycheproofCase> cases = vectors.cases().stream()
                .filter(one -> one.algorithm() == algorithm)
                .filter(one -> !one.file().matches("rsa.*(3072|4096|misc).*"))
                .toList();
        return WycheproofRun.of(new WycheproofVectors(vectors.folder(), cases), primitives);
    }

    private static Set<String> flagsOfFailures(Primitives primitives, Algorithm algorithm) {
        return run(primitives, algorithm).failures().stream()
                .flatMap(failure -> failure.vector().flags().stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Nested
    class GcmFaults {
        @Test
        void rightOne_doesNotFail() {
            assertThat(flagsOfFailures(new Gcm() {}, Algorithm.AES_GCM)).isEmpty();
        }

        /** Decrypts by counter mode, and looks at no tag; with IVs of 12 bytes alone. */
        @Test
        void tagIgnored_isSeen() {
            Primitives broken = new Gcm() {
                @Override
                public byte[] openGcm(byte[] key, byte[] iv, byte[] aad, byte[] ciphertextAndTag, int tagBits)
                        throws GeneralSecurityException {
                    if (iv.length != 12) {
                        return super.openGcm(key, iv, aad, ciphertextAndTag, tagBits);
                    }
                    byte[] counter = Arrays.copyOf(iv, 16);
                    counter[15] = 2;
                    Cipher ctr = Cipher.getInstance("AES/CTR/NoPadding");
                    ctr.init(Cipher.DECRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(counter));
                    return ctr.doFinal(ciphertextAndTag, 0, ciphertextAndTag.length - 16);
                }
            };
            WycheproofRun run = run(broken, Algorithm.AES_GCM);
            assertThat(run.count(Algorithm.AES_GCM, Outcome.FAIL)).isEqualTo(81);
            assertThat(flagsOfFailures(broken, Algorithm.AES_GMAC)).containsExactly("ModifiedTag");
            assertThat(run.failures())
                    .allSatisfy(failure -> assertThat(failure.vector().flags()).containsExactly("ModifiedTag"));
        }

        @Test
        void aadIgnored_isSeen() {
            Primitives broken = new Gcm() {
                @Override
                public byte[] sealGcm(byte[] key, byte[] iv, byte[] aad, byte[] plaintext, int tagBits)
                        throws GeneralSecurityException {
                    return super.sealGcm(key, iv, new byte[0], plaintext, tagBits);
                }
            };
            assertThat(flagsOfFailures(broken, Algorithm.AES_GCM)).contains("Pseudorandom");
            assertThat(flagsOfFailures(broken, Algorithm.AES_GMAC)).contains("Pseudorandom");
        }

        @Test
        void emptyIv_taken_isSeen() {
            Primitives broken = new Gcm() {
                @Override
                public byte[] sealGcm(byte[] key, byte[] iv, byte[] aad, byte[] plaintext, int tagBits)
                        throws GeneralSecurityException {
                    return super.sealGcm(key, iv.length == 0 ? new byte[16] : iv, aad, plaintext, tagBits);
                }
            };
            assertThat(flagsOfFailures(broken, Algorithm.AES_GCM)).containsExactly("ZeroLengthIv");
        }

        @Test
        void ivCutTo128Bytes_isSeen() {
            Primitives broken = new Gcm() {
                @Override
                public byte[] sealGcm(byte[] key, byte[] iv, byte[] aad, byte[] plaintext, int tagBits)
                        throws GeneralSecurityException {
                    return super.sealGcm(key, Arrays.copyOf(iv, Math.min(iv.length, 128)), aad, plaintext, tagBits);
                }
            };
            assertThat(flagsOfFailures(broken, Algorithm.AES_GCM)).containsExactly("LongIv");
        }
    }

    @Nested
    class PaddingFaults {
        /** Takes off as many bytes as the last one says, whatever they are. */
        @Test
        void cbcPaddingUnchecked_isSeen() {
            Primitives broken = new Primitives() {
                @Override
                public String name() {
                    return "CBC without a check of its padding";
                }

                @Override
                public byte[] encryptCbc(byte[] key, byte[] iv, byte[] plaintext) throws GeneralSecurityException {
                    return RIGHT.encryptCbc(key, iv, plaintext);
                }

                @Override
                public byte[] decryptCbc(byte[] key, byte[] iv, byte[] ciphertext) throws GeneralSecurityException {
                    Cipher cbc = Cipher.getInstance("AES/CBC/NoPadding");
                    cbc.init(Cipher.DECRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(iv));
                    byte[] padded = cbc.doFinal(ciphertext);
                    int last = padded.length == 0 ? 0 : padded[padded.length - 1] & 0xff;
                    if (last > padded.length) {
                        throw new BadPaddingException("more padding than text");
                    }
                    return Arrays.copyOf(padded, padded.length - last);
                }
            };
            assertThat(flagsOfFailures(broken, Algorithm.AES_CBC_PKCS5)).contains("BadPadding");
        }

        /** Refuses what is refused, by the bytes of a message in place of an error. */
        private abstract static class Pkcs1 implements Primitives {
            @Override
            public String name() {
                return "PKCS #1";
            }

            abstract byte[] instead(byte[] ciphertext, GeneralSecurityException refusal)
                    throws GeneralSecurityException;

            @Override
            public byte[] decryptPkcs1(byte[] pkcs8, byte[] ciphertext) throws GeneralSecurityException {
                try {
                    return RIGHT.decryptPkcs1(pkcs8, ciphertext);
                } catch (BadPaddingException e) {
                    if (ciphertext.length % 128 != 0) {
                        throw e;
                    }
                    return instead(ciphertext, e);
                }
            }
        }

        @Test
        void pkcs1_otherBytesForBadPadding_theSameEachTime_isARejection() {
            Primitives implicit = new Pkcs1() {
                @Override
                byte[] instead(byte[] ciphertext, GeneralSecurityException refusal) throws GeneralSecurityException {
                    if (ciphertext.length > 0 && ciphertext[0] != 0) {
                        return Arrays.copyOf(ciphertext, 20);
                    }
                    throw refusal;
                }
            };
            assertThat(flagsOfFailures(implicit, Algorithm.RSA_PKCS1))
                    .isSubsetOf("CVE-2021-3580", "InvalidCiphertextFormat");
        }

        @Test
        void pkcs1_otherBytesEachTime_isSeen() {
            byte[] changing = new byte[2];
            Primitives broken = new Pkcs1() {
                @Override
                byte[] instead(byte[] ciphertext, GeneralSecurityException refusal) {
                    changing[0]++;
                    return changing.clone();
                }
            };
            assertThat(flagsOfFailures(broken, Algorithm.RSA_PKCS1)).contains("InvalidPkcs1Padding");
        }

        @Test
        void pkcs1_messageInSpiteOfBadPadding_isSeen() {
            Primitives broken = new Pkcs1() {
                @Override
                byte[] instead(byte[] ciphertext, GeneralSecurityException refusal) {
                    return new byte[] {0x54, 0x65, 0x73, 0x74};
                }
            };
            assertThat(flagsOfFailures(broken, Algorithm.RSA_PKCS1)).contains("InvalidPkcs1Padding");
        }
    }

    @Nested
    class OtherFaults {
        @Test
        void hkdf_withTheSaltIgnored_isSeen() {
            Primitives broken = new Primitives() {
                @Override
                public String name() {
                    return "HKDF without salt";
                }

                @Override
                public byte[] hkdfSha512(byte[] inputKey, byte[] salt, byte[] info, int length)
                        throws GeneralSecurityException {
                    return RIGHT.hkdfSha512(inputKey, new byte[0], info, length);
                }
            };
            assertThat(run(broken, Algorithm.HKDF_SHA512).failures())
                    .isNotEmpty()
                    .noneMatch(failure -> failure.vector().flags().contains("EmptySalt"));
        }

        @Test
        void hkdf_ofAnyLength_isSeen() {
            Primitives broken = new Primitives() {
                @Override
                public String name() {
                    return "HKDF without end";
                }

                @Override
                public byte[] hkdfSha512(byte[] inputKey, byte[] salt, byte[] info, int length)
                        throws GeneralSecurityException {
                    return Arrays.copyOf(RIGHT.hkdfSha512(inputKey, salt, info, Math.min(length, 255 * 64)), length);
                }
            };
            assertThat(flagsOfFailures(broken, Algorithm.HKDF_SHA512)).containsExactly("SizeTooLarge");
        }

        @Test
        void keyWrap_ofPaddedKeys_isSeen() {
            Primitives broken = new Primitives() {
                @Override
                public String name() {
                    return "key wrap that pads";
                }

                @Override
                public byte[] wrapKey(byte[] wrappingKey, byte[] key) throws GeneralSecurityException {
                    return RIGHT.wrapKey(wrappingKey, Arrays.copyOf(key, (key.length + 7) / 8 * 8));
                }

                @Override
                public byte[] unwrapKey(byte[] wrappingKey, byte[] wrapped) throws GeneralSecurityException {
                    return RIGHT.unwrapKey(wrappingKey, wrapped);
                }
            };
            assertThat(flagsOfFailures(broken, Algorithm.AES_KW)).containsExactly("WrongDataSize");
        }

        @Test
        void oaep_withTheLabelIgnored_isSeen() {
            Primitives broken = new Primitives() {
                @Override
                public String name() {
                    return "OAEP without label";
                }

                @Override
                public byte[] decryptOaep(byte[] pkcs8, String hash, String mgfHash, byte[] label, byte[] ciphertext)
                        throws GeneralSecurityException {
                    return RIGHT.decryptOaep(pkcs8, hash, mgfHash, new byte[0], ciphertext);
                }
            };
            assertThat(flagsOfFailures(broken, Algorithm.RSA_OAEP_SHA1)).contains("EncryptionWithLabel");
        }
    }
}
