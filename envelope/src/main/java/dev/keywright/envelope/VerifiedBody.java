/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.PolicyException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Verifies a whole body before any of it is released: holds its ciphertext in memory meanwhile, or in a spool. */
final class VerifiedBody {
    /** Where the ciphertext may be held. */
    enum Hold {
        MEMORY,
        MEMORY_OR_SPOOL,
        SPOOL
    }

    private static final int PIECE_BYTES = 1 << 16;

    private final BodyVerification verification;
    private final Hold hold;
    private final int bufferBytes;
    private final @Nullable Path spoolDirectory;

    VerifiedBody(BodyVerification verification, Hold hold, int bufferBytes, @Nullable Path spoolDirectory) {
        this.verification = verification;
        this.hold = hold;
        this.bufferBytes = bufferBytes;
        this.spoolDirectory = spoolDirectory;
    }

    /** The plaintext, verified; the returned stream owns the key. */
    InputStream read(InputStream body, long bodyBytes) throws IOException {
        if (hold == Hold.SPOOL) {
            return spooled(List.of(), body);
        }
        if (bodyBytes > bufferBytes) {
            return beyondBuffer(List.of(), body);
        }
        List<byte[]> held = new ArrayList<>();
        long taken = 0;
        while (true) {
            byte[] run = new byte[roomForNext(taken, bodyBytes)];
            int got = body.readNBytes(run, 0, run.length);
            verification.update(ByteBuffer.wrap(run, 0, got));
            taken += got;
            held.add(got == run.length ? run : Arrays.copyOf(run, got));
            if (taken > bufferBytes) {
                return beyondBuffer(held, body);
            }
            if (got < run.length) {
                return new HeldInputStream(verification.end(), held);
            }
        }
    }

    /** A segment, or what is left of the body or the buffer and one byte beyond, to see one that is longer. */
    private int roomForNext(long taken, long bodyBytes) {
        long most = bodyBytes < 0 ? bufferBytes : bodyBytes;
        return (int) Math.min(verification.segmentBytes(), most - taken + 1);
    }

    private InputStream beyondBuffer(List<byte[]> held, InputStream body) throws IOException {
        if (hold == Hold.MEMORY) {
            throw beyondBuffer(bufferBytes).about(verification.subject());
        }
        return spooled(held, body);
    }

    static PolicyException beyondBuffer(int bufferBytes) {
        return new PolicyException("the body is longer than the buffer of " + bufferBytes
                + " bytes in which it was to be held; enlarge the buffer, or let it be spooled or read twice");
    }

    private InputStream spooled(List<byte[]> held, InputStream body) throws IOException {
        Spool spool = Spool.create(spoolDirectory);
        boolean handedOver = false;
        try {
            for (byte[] run : held) {
                spool.append(ByteBuffer.wrap(run));
            }
            byte[] piece = new byte[PIECE_BYTES];
            for (int got = body.read(piece); got >= 0; got = body.read(piece)) {
                verification.update(ByteBuffer.wrap(piece, 0, got));
                spool.append(ByteBuffer.wrap(piece, 0, got));
            }
            InputStream ciphertext = spool.reader();
            VerifiedSegments segments = verification.end();
            handedOver = true;
            return closing(segments, segments.read(ciphertext));
        } finally {
            if (!handedOver) {
                spool.close();
            }
        }
    }

    private static InputStream closing(VerifiedSegments segments, InputStream plaintext) {
        return new FilterInputStream(plaintext) {
            @Override
            public void close() throws IOException {
                try (segments) {
                    super.close();
                }
            }
        };
    }
}
