/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Takes the framing {@code aws-chunked} off a body: chunks with or without a signature (which is not checked), then
 * trailers.
 */
final class AwsChunkedInput extends InputStream {
    private static final int LINE_LIMIT = 4096;

    private final InputStream framed;
    private final Map<String, String> trailers = new TreeMap<>();
    private long leftInChunk;
    private boolean started;
    private boolean ended;

    AwsChunkedInput(InputStream framed) {
        this.framed = framed;
    }

    /** The trailers, names in lower case; complete once the end was read. */
    Map<String, String> trailers() {
        return trailers;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (leftInChunk == 0 && !ended) {
            nextChunk();
        }
        if (ended) {
            return -1;
        }
        int got = framed.read(target, offset, (int) Math.min(length, leftInChunk));
        if (got < 0) {
            throw incomplete();
        }
        leftInChunk -= got;
        return got;
    }

    private void nextChunk() throws IOException {
        if (started && !line().isEmpty()) {
            throw S3Error.invalid("a chunk is longer than it says");
        }
        started = true;
        String header = line();
        try {
            leftInChunk = Long.parseLong(header.split(";", 2)[0].strip(), 16);
        } catch (NumberFormatException e) {
            throw S3Error.invalid("a chunk without length");
        }
        if (leftInChunk < 0) {
            throw S3Error.invalid("a chunk of negative length");
        }
        if (leftInChunk == 0) {
            ended = true;
            for (String trailer = line(); !trailer.isEmpty(); trailer = line()) {
                int colon = trailer.indexOf(':');
                if (colon < 1) {
                    throw S3Error.invalid("a trailer without a name");
                }
                trailers.put(
                        trailer.substring(0, colon).toLowerCase(Locale.ROOT),
                        trailer.substring(colon + 1).strip());
            }
        }
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (line.size() < LINE_LIMIT) {
            int b = framed.read();
            if (b < 0) {
                throw incomplete();
            }
            if (b == '\n') {
                return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
            }
            line.write(b);
        }
        throw S3Error.invalid("a line of the framing is too long");
    }

    private static S3Error incomplete() {
        return new S3Error(400, "IncompleteBody", "The request body terminated unexpectedly");
    }
}
