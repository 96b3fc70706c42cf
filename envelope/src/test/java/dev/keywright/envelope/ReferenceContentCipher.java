/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentCipher;
import dev.keywright.spi.ContentKey;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** GCM as NIST SP 800-38D writes it down, bit by bit: slow, obvious, and independent of the product's cipher. */
class ReferenceContentCipher implements ContentCipher {
    @Override
    public Set<AlgorithmSuite> suites() {
        return Set.of(
                AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF,
                AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY);
    }

    @Override
    public Segment segment(ContentKey key, Direction direction, long offsetBytes) {
        return new ReferenceSegment(key, direction, offsetBytes);
    }

    @Override
    public Bytes tag(ContentKey key, List<? extends SegmentDigest> inOrder) {
        return key.use((raw, iv, aad) -> {
            byte[] h = block(raw, new byte[16]);
            byte[] y = ghash(new byte[16], h, aad);
            long total = 0;
            for (SegmentDigest digest : inOrder) {
                for (byte[] run : ((ReferenceDigest) digest).runs) {
                    y = ghash(y, h, run);
                    total += run.length;
                }
            }
            ByteBuffer lengths =
                    ByteBuffer.allocate(16).putLong(aad.length * 8L).putLong(total * 8);
            y = ghash(y, h, lengths.array());
            byte[] mask = block(raw, counterBlock(iv, 1));
            for (int i = 0; i < 16; i++) {
                y[i] ^= mask[i];
            }
            return Bytes.copyOf(y);
        });
    }

    @Override
    public Bytes seal(ContentKey key, Bytes associatedData, List<? extends SegmentDigest> digests) {
        throw new UnsupportedOperationException("the reference stores nothing");
    }

    @Override
    public List<SegmentDigest> unseal(ContentKey key, Bytes associatedData, Bytes sealed) {
        throw new UnsupportedOperationException("the reference stores nothing");
    }

    private static byte[] counterBlock(byte[] iv, long counter) {
        return ByteBuffer.allocate(16).put(iv).putInt((int) counter).array();
    }

    private static byte[] block(byte[] key, byte[] in) {
        try {
            Cipher ecb = Cipher.getInstance("AES/ECB/NoPadding");
            ecb.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"));
            return ecb.doFinal(in);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] ghash(byte[] start, byte[] h, byte[] data) {
        byte[] y = start;
        for (int at = 0; at < data.length; at += 16) {
            for (int i = 0; i < Math.min(16, data.length - at); i++) {
                y[i] ^= data[at + i];
            }
            y = multiply(y, h);
        }
        return y;
    }

    private static byte[] multiply(byte[] x, byte[] y) {
        long zHigh = 0;
        long zLow = 0;
        long vHigh = ByteBuffer.wrap(y).getLong();
        long vLow = ByteBuffer.wrap(y, 8, 8).getLong();
        for (int bit = 0; bit < 128; bit++) {
            if ((x[bit / 8] >> (7 - bit % 8) & 1) == 1) {
                zHigh ^= vHigh;
                zLow ^= vLow;
            }
            boolean carry = (vLow & 1) == 1;
            vLow = vLow >>> 1 | vHigh << 63;
            vHigh = vHigh >>> 1 ^ (carry ? 0xe1L << 56 : 0);
        }
        return ByteBuffer.allocate(16).putLong(zHigh).putLong(zLow).array();
    }

    private static final class ReferenceSegment implements Segment {
        private final Direction direction;
        private final long offset;
        private final Cipher ctr;
        private final List<byte[]> runs = new ArrayList<>();
        private byte[] partial = new byte[0];

        ReferenceSegment(ContentKey key, Direction direction, long offset) {
            this.direction = direction;
            this.offset = offset;
            this.ctr = key.use((raw, iv, aad) -> {
                try {
                    Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
                    cipher.init(
                            Cipher.ENCRYPT_MODE,
                            new SecretKeySpec(raw, "AES"),
                            new IvParameterSpec(counterBlock(iv, 2 + offset / 16)));
                    return cipher;
                } catch (GeneralSecurityException e) {
                    throw new IllegalStateException(e);
                }
            });
        }

        @Override
        public void update(ByteBuffer in, ByteBuffer out) {
            byte[] source = new byte[in.remaining()];
            in.get(source);
            byte[] result = ctr.update(source);
            byte[] made = result == null ? new byte[0] : result;
            keep(direction == Direction.ENCRYPT ? made : source);
            if (direction != Direction.AUTHENTICATE) {
                out.put(made);
            }
        }

        private void keep(byte[] ciphertext) {
            byte[] all = Arrays.copyOf(partial, partial.length + ciphertext.length);
            System.arraycopy(ciphertext, 0, all, partial.length, ciphertext.length);
            int whole = all.length - all.length % 16;
            runs.add(Arrays.copyOf(all, whole));
            partial = Arrays.copyOfRange(all, whole, all.length);
        }

        @Override
        public SegmentDigest finish() {
            if (direction == Direction.DECRYPT_UNAUTHENTICATED) {
                throw new IllegalStateException("no digest was asked for");
            }
            runs.add(partial);
            return new ReferenceDigest(offset, runs);
        }

        @Override
        public void close() {}
    }

    private static final class ReferenceDigest implements SegmentDigest {
        private final long offset;
        private final List<byte[]> runs;

        ReferenceDigest(long offset, List<byte[]> runs) {
            this.offset = offset;
            this.runs = runs;
        }

        @Override
        public long offsetBytes() {
            return offset;
        }

        @Override
        public long lengthBytes() {
            return runs.stream().mapToLong(run -> run.length).sum();
        }

        @Override
        public boolean sameAs(SegmentDigest other) {
            ReferenceDigest that = (ReferenceDigest) other;
            return offset == that.offset && MessageDigest.isEqual(joined(), that.joined());
        }

        private byte[] joined() {
            ByteBuffer all = ByteBuffer.allocate((int) lengthBytes());
            runs.forEach(all::put);
            return all.array();
        }

        @Override
        public void close() {}
    }
}
