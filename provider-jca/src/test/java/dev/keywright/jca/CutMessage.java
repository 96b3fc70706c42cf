/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentCipher;
import dev.keywright.spi.ContentCipher.Direction;
import dev.keywright.spi.ContentCipher.Segment;
import dev.keywright.spi.ContentCipher.SegmentDigest;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.ContentKeyDerivation;
import dev.keywright.spi.DataKey;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * One message under a random key, cut into segments: what a content cipher makes of it in both directions, compared with the
 * JDK's AES-GCM over the whole. Everything random comes from one seed.
 */
final class CutMessage implements AutoCloseable {
    private static final int TAG_BYTES = 16;

    private final Random random;
    private final ContentKey key;
    private final byte[] plaintext;
    private final int[] cuts; // 0, multiples of 16, the length
    private final int threads;

    private CutMessage(Random random, ContentKey key, byte[] plaintext, int[] cuts, int threads) {
        this.random = random;
        this.key = key;
        this.plaintext = plaintext;
        this.cuts = cuts;
        this.threads = threads;
    }

    /** @param blocks lengths of the segments in blocks, used in turn */
    static CutMessage of(AlgorithmSuite suite, long seed, int length, int[] blocks, int threads) {
        Random random = new Random(seed);
        byte[] dataKey = new byte[suite.dataKeyBytes()];
        byte[] iv = new byte[suite.ivBytes()];
        byte[] plaintext = new byte[length];
        random.nextBytes(dataKey);
        random.nextBytes(iv);
        random.nextBytes(plaintext);
        List<Integer> cuts = new ArrayList<>(List.of(0));
        int at = 0;
        for (int i = 0; at < length; i++) {
            at = Math.min(length, at + 16 * Math.max(1, blocks[i % blocks.length]));
            cuts.add(at);
        }
        try (DataKey lent = DataKey.adopt(dataKey)) {
            ContentKey key = ContentKeyDerivation.platform()
                    .forEncrypt(suite, lent, Bytes.copyOf(iv))
                    .key();
            int[] all = cuts.stream().mapToInt(Integer::intValue).toArray();
            return new CutMessage(random, key, plaintext, all, threads);
        }
    }

    /**
     * Does it all.
     *
     * @param flippedBit of ciphertext and tag, or negative for none
     */
    void check(ContentCipher cipher, int flippedBit) {
        byte[] sealed = jdk(Cipher.ENCRYPT_MODE, plaintext);
        byte[] ciphertext = Arrays.copyOf(sealed, plaintext.length);
        byte[] tag = Arrays.copyOfRange(sealed, plaintext.length, sealed.length);

        byte[] encrypted = new byte[plaintext.length];
        List<SegmentDigest> sent = segments(cipher, Direction.ENCRYPT, plaintext, encrypted);
        assertThat(encrypted).isEqualTo(ciphertext);
        assertThat(cipher.tag(key, sent).toByteArray()).isEqualTo(tag);

        byte[] altered = flipped(sealed, flippedBit % (8 * sealed.length));
        byte[] stored = Arrays.copyOf(altered, plaintext.length);
        byte[] storedTag = Arrays.copyOfRange(altered, plaintext.length, altered.length);
        byte[] opened = new byte[plaintext.length];
        List<SegmentDigest> received = segments(cipher, Direction.DECRYPT, stored, opened);
        List<SegmentDigest> hashed = segments(cipher, Direction.AUTHENTICATE, stored, opened.clone());
        boolean verifies = Arrays.equals(cipher.tag(key, received).toByteArray(), storedTag);
        assertThat(verifies).isEqualTo(opensInJdk(altered)).isEqualTo(flippedBit < 0);
        assertThat(cipher.tag(key, hashed)).isEqualTo(cipher.tag(key, received));
        assertThat(opened).isEqualTo(flipped(plaintext, flippedBit % (8 * altered.length)));
        for (int i = 0; i < sent.size(); i++) {
            int from = cuts[i];
            int to = cuts[i + 1];
            boolean same = Arrays.equals(altered, from, to, sealed, from, to);
            assertThat(received.get(i).sameAs(sent.get(i))).isEqualTo(same);
            assertThat(hashed.get(i).sameAs(received.get(i))).isTrue();
        }
        for (List<SegmentDigest> digests : List.of(sent, received, hashed)) {
            digests.forEach(SegmentDigest::close);
        }
    }

    /** A copy, with this bit flipped if it has one. */
    private static byte[] flipped(byte[] bytes, int bit) {
        byte[] copy = bytes.clone();
        if (bit >= 0 && bit / 8 < copy.length) {
            copy[bit / 8] ^= (byte) (1 << bit % 8);
        }
        return copy;
    }

    /** The segments in a random order, each in random pieces; digests in the order of the content. */
    private List<SegmentDigest> segments(ContentCipher cipher, Direction direction, byte[] in, byte[] out) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i + 1 < cuts.length; i++) {
            order.add(i);
        }
        Collections.shuffle(order, random);
        SegmentDigest[] digests = new SegmentDigest[order.size()];
        if (threads <= 1) {
            order.forEach(part -> digests[part] = segment(cipher, direction, part, in, out, random.nextLong()));
            return List.of(digests);
        }
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            List<Future<?>> parts = new ArrayList<>();
            for (int part : order) {
                long seed = random.nextLong();
                parts.add(executor.submit(() -> digests[part] = segment(cipher, direction, part, in, out, seed)));
            }
            for (Future<?> part : parts) {
                part.get();
            }
            return List.of(digests);
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        } finally {
            executor.shutdownNow();
        }
    }

    private SegmentDigest segment(
            ContentCipher cipher, Direction direction, int part, byte[] in, byte[] out, long seed) {
        Random pieces = new Random(seed);
        int most = plaintext.length > 20_000 || pieces.nextBoolean() ? 50_000 : 100;
        try (Segment segment = cipher.segment(key, direction, cuts[part])) {
            ByteBuffer from = ByteBuffer.wrap(in, cuts[part], cuts[part + 1] - cuts[part]);
            ByteBuffer to = ByteBuffer.wrap(out, cuts[part], cuts[part + 1] - cuts[part]);
            int end = from.limit();
            while (from.position() < end) {
                from.limit(Math.min(end, from.position() + pieces.nextInt(most + 1)));
                segment.update(from, to);
                from.limit(end);
            }
            return segment.finish();
        }
    }

    private boolean opensInJdk(byte[] sealed) {
        try {
            return Arrays.equals(jdk(Cipher.DECRYPT_MODE, sealed), plaintext);
        } catch (IllegalArgumentException refused) {
            return false;
        }
    }

    private byte[] jdk(int mode, byte[] in) {
        return key.use((raw, iv, aad) -> {
            try {
                Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding", "SunJCE");
                gcm.init(mode, new SecretKeySpec(raw, "AES"), new GCMParameterSpec(8 * TAG_BYTES, iv));
                gcm.updateAAD(aad);
                return gcm.doFinal(in);
            } catch (AEADBadTagException e) {
                throw new IllegalArgumentException(e);
            } catch (GeneralSecurityException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Override
    public String toString() {
        return key.suite() + ", " + plaintext.length + " bytes, cuts " + Arrays.toString(cuts) + ", " + threads
                + " threads";
    }

    @Override
    public void close() {
        key.close();
    }
}
