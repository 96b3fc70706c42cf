/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.ContentCipher;
import dev.keywright.spi.ContentCipher.Direction;
import dev.keywright.spi.ContentCipher.Segment;
import dev.keywright.spi.ContentCipher.SegmentDigest;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.KeywrightException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;

/** Plaintext before it is verified; the end is reached only if the tag verifies. */
final class UnverifiedInputStream extends SegmentedInputStream {
    private final String subject;
    private final ContentCipher cipher;
    private final ContentKey key;
    private final InputStream source;
    private final StoredBody body;
    private final Segment segment;

    UnverifiedInputStream(String subject, ContentCipher cipher, ContentKey key, InputStream source, StoredBody body) {
        this.subject = subject;
        this.cipher = cipher;
        this.key = key;
        this.source = source;
        this.body = body;
        this.segment = cipher.segment(key, Direction.DECRYPT, 0);
    }

    @Override
    ByteBuffer nextSegment() throws IOException {
        try {
            ByteBuffer ciphertext = body.next();
            if (!ciphertext.hasRemaining()) {
                requireTag();
                return ByteBuffer.allocate(0);
            }
            segment.update(ciphertext.duplicate(), ciphertext.duplicate());
            return ciphertext;
        } catch (KeywrightException e) {
            throw e.about(subject);
        }
    }

    private void requireTag() {
        try (SegmentDigest digest = segment.finish()) {
            Tags.requireSame(cipher.tag(key, List.of(digest)), body.end());
        }
    }

    @Override
    void release() throws IOException {
        body.wipe();
        segment.close();
        key.close();
        source.close();
    }
}
