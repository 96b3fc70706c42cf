/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.ContentCipher;
import dev.keywright.spi.ContentCipher.Direction;
import dev.keywright.spi.ContentCipher.Segment;
import dev.keywright.spi.ContentCipher.SegmentDigest;
import dev.keywright.spi.ContentKey;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Verifies a whole body before any of it is released: in memory if it fits the buffer, else by way of a spool. */
final class VerifiedBody {
    private final String subject;
    private final AlgorithmSuite suite;
    private final ContentCipher cipher;
    private final ContentKey key;
    private final int bufferBytes;
    private final @Nullable Path spoolDirectory;

    VerifiedBody(
            String subject,
            AlgorithmSuite suite,
            ContentCipher cipher,
            ContentKey key,
            int bufferBytes,
            @Nullable Path spoolDirectory) {
        this.subject = subject;
        this.suite = suite;
        this.cipher = cipher;
        this.key = key;
        this.bufferBytes = bufferBytes;
        this.spoolDirectory = spoolDirectory;
    }

    /** The plaintext, verified; the returned stream owns the key. */
    InputStream read(StoredBody body, long bodyBytes) throws IOException {
        ByteBuffer first = body.next();
        long known = body.ended() ? first.remaining() + suite.tagBytes() : bodyBytes;
        return known >= 0 && known <= bufferBytes ? inMemory(first, body) : spooled(first, body);
    }

    private InputStream inMemory(ByteBuffer first, StoredBody body) throws IOException {
        List<byte[]> segments = new ArrayList<>();
        List<SegmentDigest> digests = new ArrayList<>();
        boolean verified = false;
        try {
            long offset = 0;
            for (ByteBuffer next = first; next.hasRemaining(); next = body.next()) {
                byte[] bytes = new byte[next.remaining()];
                next.get(bytes);
                segments.add(bytes);
                digests.add(digest(Direction.DECRYPT, offset, ByteBuffer.wrap(bytes)));
                offset += bytes.length;
            }
            Tags.requireSame(cipher.tag(key, digests), body.end());
            verified = true;
        } finally {
            digests.forEach(SegmentDigest::close);
            if (!verified) {
                segments.forEach(bytes -> Arrays.fill(bytes, (byte) 0));
            }
        }
        key.close();
        return new WipedSegmentsInputStream(segments);
    }

    private InputStream spooled(ByteBuffer first, StoredBody body) throws IOException {
        Spool spool = Spool.create(spoolDirectory);
        List<SegmentDigest> digests = new ArrayList<>();
        boolean verified = false;
        try {
            long offset = 0;
            for (ByteBuffer next = first; next.hasRemaining(); next = body.next()) {
                int length = next.remaining();
                digests.add(digest(Direction.AUTHENTICATE, offset, next.duplicate()));
                spool.append(next);
                offset += length;
            }
            Tags.requireSame(cipher.tag(key, digests), body.end());
            verified = true;
        } finally {
            if (!verified) {
                digests.forEach(SegmentDigest::close);
                spool.close();
            }
        }
        return new SpooledInputStream(subject, cipher, key, spool, digests);
    }

    /** Works in place. */
    private SegmentDigest digest(Direction direction, long offset, ByteBuffer bytes) {
        try (Segment segment = cipher.segment(key, direction, offset)) {
            segment.update(bytes.duplicate(), bytes);
            return segment.finish();
        }
    }
}
