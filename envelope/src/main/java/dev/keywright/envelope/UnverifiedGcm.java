/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentCipher;
import dev.keywright.spi.ContentCipher.Direction;
import dev.keywright.spi.ContentCipher.Segment;
import dev.keywright.spi.ContentCipher.SegmentDigest;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.IntegrityException;
import java.nio.ByteBuffer;
import java.util.List;

/** A body with a tag, decrypted before the tag is seen. */
final class UnverifiedGcm extends UnverifiedDecryption {
    private final ContentCipher cipher;
    private final ContentKey key;
    private final Segment segment;

    UnverifiedGcm(String subject, AlgorithmSuite suite, ContentCipher cipher, ContentKey key, long bodyBytes) {
        super(subject, key, new HeldBackEnd(suite, bodyBytes));
        this.cipher = cipher;
        this.key = key;
        boolean begun = false;
        try {
            this.segment = cipher.segment(key, Direction.DECRYPT, 0);
            begun = true;
        } finally {
            if (!begun) {
                key.close();
            }
        }
    }

    @Override
    void decrypt(ByteBuffer content) {
        segment.update(content.duplicate(), content);
    }

    @Override
    ByteBuffer finish(Bytes storedEnd) {
        try (SegmentDigest digest = segment.finish()) {
            Tags.requireSame(cipher.tag(key, List.of(digest)), storedEnd);
        }
        return ByteBuffer.allocate(0);
    }

    @Override
    void forget() {
        segment.close();
    }

    @Override
    IntegrityException wrongLength(IntegrityException e) {
        return e;
    }
}
