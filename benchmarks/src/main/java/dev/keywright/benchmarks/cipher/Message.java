/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.cipher;

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
import java.util.ArrayList;
import java.util.List;

/**
 * One message after the other through a {@link ContentCipher}, each under a key of its own, in the buffers that the
 * envelope would use: a mebibyte at a time, in place.
 */
final class Message {
    /** What the envelope hands a cipher at a time. */
    static final int SEGMENT_BYTES = 1 << 20;

    private static final AlgorithmSuite SUITE = AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF;

    private final ContentCipher cipher;
    private final int lengthBytes;
    private final byte[] buffer;
    private final byte[] dataKey = new byte[32];

    Message(ContentCipher cipher, int lengthBytes) {
        this.cipher = cipher;
        this.lengthBytes = lengthBytes;
        this.buffer = new byte[Math.min(lengthBytes, SEGMENT_BYTES)];
    }

    /** A key that none of the messages before had. */
    private ContentKey nextKey() {
        for (int i = 0; ++dataKey[i] == 0; i++) {
            // carries
        }
        try (DataKey key = DataKey.adopt(dataKey.clone())) {
            return ContentKeyDerivation.platform()
                    .forEncrypt(SUITE, key, Bytes.copyOf(new byte[SUITE.ivBytes()]))
                    .key();
        }
    }

    /** In segments, each with a digest, as for a put. */
    Bytes inSegments(Direction direction) {
        try (ContentKey key = nextKey()) {
            List<SegmentDigest> digests = new ArrayList<>();
            for (long at = 0; at < lengthBytes; at += buffer.length) {
                try (Segment segment = cipher.segment(key, direction, at)) {
                    update(segment, at, direction);
                    digests.add(segment.finish());
                }
            }
            Bytes tag = cipher.tag(key, digests);
            digests.forEach(SegmentDigest::close);
            return tag;
        }
    }

    /** In one segment that is fed as bytes arrive, as for an unverified get. */
    Bytes streaming(Direction direction) {
        try (ContentKey key = nextKey();
                Segment segment = cipher.segment(key, direction, 0)) {
            for (long at = 0; at < lengthBytes; at += buffer.length) {
                update(segment, at, direction);
            }
            try (SegmentDigest digest = segment.finish()) {
                return cipher.tag(key, List.of(digest));
            }
        }
    }

    /** Without a digest, as for a range. */
    void unauthenticated() {
        try (ContentKey key = nextKey();
                Segment segment = cipher.segment(key, Direction.DECRYPT_UNAUTHENTICATED, 0)) {
            for (long at = 0; at < lengthBytes; at += buffer.length) {
                update(segment, at, Direction.DECRYPT_UNAUTHENTICATED);
            }
        }
    }

    private void update(Segment segment, long at, Direction direction) {
        int length = (int) Math.min(buffer.length, lengthBytes - at);
        ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, length);
        segment.update(bytes, direction == Direction.AUTHENTICATE ? ByteBuffer.allocate(0) : bytes.duplicate());
    }
}
