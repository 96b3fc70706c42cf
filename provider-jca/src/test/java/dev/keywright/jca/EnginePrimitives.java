/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentCipher.Direction;
import dev.keywright.spi.ContentCipher.Segment;
import dev.keywright.spi.ContentCipher.SegmentDigest;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.ContentKeyDerivation;
import dev.keywright.spi.DataKey;
import dev.keywright.wycheproof.NotOfferedException;
import dev.keywright.wycheproof.Primitives;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.Provider;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import javax.crypto.AEADBadTagException;

/**
 * The content engine as an AES-GCM of 12-byte IVs and 16-byte tags. Every message is done twice: whole, and cut into
 * segments that are taken from the last to the first. Without additional data, through {@link JcaContentCipher} and suite
 * 0x0072; with it, which the suites have at most two bytes of, through the same parts.
 */
final class EnginePrimitives implements Primitives {
    private static final AlgorithmSuite SUITE = AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF;
    private static final int TAG_BYTES = 16;
    private static final int SHORT = 16;

    private final AesCiphers ciphers;
    private final boolean computedIvs;
    private final HashingWay hashing;
    private final JcaContentCipher cipher;

    private EnginePrimitives(AesCiphers ciphers, boolean computedIvs, HashingWay.Way way) {
        this.ciphers = ciphers;
        this.computedIvs = computedIvs;
        this.hashing = HashingWay.always(way);
        this.cipher =
                computedIvs ? JcaContentCipher.byComputedIv(ciphers, way) : JcaContentCipher.byCounter(ciphers, way);
    }

    static EnginePrimitives byCounter(Provider provider, HashingWay.Way way) {
        return new EnginePrimitives(new AesCiphers(provider), false, way);
    }

    static EnginePrimitives byComputedIv(Provider provider, HashingWay.Way way) {
        return new EnginePrimitives(new AesCiphers(provider), true, way);
    }

    @Override
    public String name() {
        return "Keywright's content engine on " + ciphers;
    }

    @Override
    public byte[] sealGcm(byte[] key, byte[] iv, byte[] aad, byte[] plaintext, int tagBits)
            throws GeneralSecurityException {
        requireShape(iv, tagBits);
        return twice(key, iv, aad, Direction.ENCRYPT, plaintext);
    }

    @Override
    public byte[] openGcm(byte[] key, byte[] iv, byte[] aad, byte[] ciphertextAndTag, int tagBits)
            throws GeneralSecurityException {
        requireShape(iv, tagBits);
        int length = ciphertextAndTag.length - TAG_BYTES;
        byte[] ciphertext = Arrays.copyOf(ciphertextAndTag, length);
        byte[] tag = twice(key, iv, aad, Direction.AUTHENTICATE, ciphertext);
        if (!MessageDigest.isEqual(tag, Arrays.copyOfRange(ciphertextAndTag, length, ciphertextAndTag.length))) {
            throw new AEADBadTagException("the tag is another");
        }
        return Arrays.copyOf(twice(key, iv, aad, Direction.DECRYPT, ciphertext), length);
    }

    private static void requireShape(byte[] iv, int tagBits) throws NotOfferedException {
        if (iv.length != AesCiphers.NONCE_BYTES || tagBits != TAG_BYTES * Byte.SIZE) {
            throw NotOfferedException.parameters("an IV of 12 bytes and a tag of 128 bits are what objects have", null);
        }
    }

    /** Output, if the direction has any, and tag. */
    private byte[] twice(byte[] key, byte[] iv, byte[] aad, Direction direction, byte[] input) {
        byte[] whole = output(key, iv, aad, direction, input, Math.max(input.length, SHORT));
        byte[] cut = output(key, iv, aad, direction, input, SHORT);
        if (!Arrays.equals(whole, cut)) {
            throw new IllegalStateException("cut into segments, the output is another");
        }
        return whole;
    }

    private byte[] output(byte[] key, byte[] iv, byte[] aad, Direction direction, byte[] input, int segmentBytes) {
        byte[] output = new byte[direction == Direction.AUTHENTICATE ? 0 : input.length];
        List<SegmentDigest> digests = new ArrayList<>();
        try (DataKey dataKey = DataKey.adopt(key.clone());
                ContentKey contentKey =
                        ContentKeyDerivation.platform().forDecrypt(SUITE, dataKey, Bytes.copyOf(iv), Bytes.empty())) {
            for (int end = input.length; end > 0; ) {
                int offset = (end - 1) / segmentBytes * segmentBytes;
                try (Segment segment = aad.length == 0
                        ? cipher.segment(contentKey, direction, offset)
                        : GcmSegment.of(
                                GcmKey.of(key, iv, aad, ciphers),
                                direction,
                                offset,
                                SUITE.maxPlaintextBytes(),
                                computedIvs,
                                hashing)) {
                    ByteBuffer room = ByteBuffer.wrap(output);
                    room.position(direction == Direction.AUTHENTICATE ? 0 : offset);
                    segment.update(ByteBuffer.wrap(input, offset, end - offset), room);
                    digests.add(segment.finish());
                }
                end = offset;
            }
            Collections.reverse(digests);
            byte[] tag = (aad.length == 0 ? cipher.tag(contentKey, digests) : tag(key, iv, aad, digests)).toByteArray();
            byte[] all = Arrays.copyOf(output, output.length + TAG_BYTES);
            System.arraycopy(tag, 0, all, output.length, TAG_BYTES);
            return all;
        } finally {
            digests.forEach(SegmentDigest::close);
        }
    }

    private Bytes tag(byte[] key, byte[] iv, byte[] aad, List<SegmentDigest> digests) {
        try (GcmKey gcmKey = GcmKey.of(key, iv, aad, ciphers);
                PartialHash hash = new PartialHash(gcmKey.hashKey())) {
            hash.appendAad(aad);
            long length = 0;
            for (SegmentDigest digest : digests) {
                ((GcmSegmentDigest) digest).appendTo(hash, gcmKey);
                length += digest.lengthBytes();
            }
            return hash.tag(gcmKey, length);
        }
    }
}
