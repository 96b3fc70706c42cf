/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.ContentCipher;
import dev.keywright.spi.ContentCipher.Direction;
import dev.keywright.spi.ContentCipher.Segment;
import dev.keywright.spi.ContentCipher.SegmentDigest;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.IntegrityException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Plaintext of a spooled body whose tag verified. Each segment read back must have the digest that went into that tag, so
 * that nobody need trust the temporary file.
 */
final class SpooledInputStream extends SegmentedInputStream {
    private final String subject;
    private final ContentCipher cipher;
    private final ContentKey key;
    private final Spool spool;
    private final List<SegmentDigest> digests;
    private final byte[] buffer = new byte[SEGMENT_BYTES];
    private int index;

    SpooledInputStream(String subject, ContentCipher cipher, ContentKey key, Spool spool, List<SegmentDigest> digests) {
        this.subject = subject;
        this.cipher = cipher;
        this.key = key;
        this.spool = spool;
        this.digests = List.copyOf(digests);
    }

    @Override
    ByteBuffer nextSegment() throws IOException {
        if (index == digests.size()) {
            return ByteBuffer.allocate(0);
        }
        SegmentDigest verified = digests.get(index++);
        int length = Math.toIntExact(verified.lengthBytes());
        spool.read(verified.offsetBytes(), ByteBuffer.wrap(buffer, 0, length));
        try (Segment segment = cipher.segment(key, Direction.DECRYPT, verified.offsetBytes())) {
            segment.update(ByteBuffer.wrap(buffer, 0, length), ByteBuffer.wrap(buffer, 0, length));
            try (SegmentDigest again = segment.finish()) {
                if (!again.sameAs(verified)) {
                    Arrays.fill(buffer, (byte) 0);
                    throw new IntegrityException(
                            IntegrityException.Stage.CONTENT,
                            subject + ": the temporary file was altered while it was read");
                }
            }
        }
        return ByteBuffer.wrap(buffer, 0, length);
    }

    @Override
    void release() throws IOException {
        Arrays.fill(buffer, (byte) 0);
        digests.forEach(SegmentDigest::close);
        key.close();
        spool.close();
    }
}
