/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.PlaintextRange;
import dev.keywright.envelope.VerifiedSegments;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.KeywrightException;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Hands a verified object on as it comes a second time, whole or in part: each segment once it was found to be the one that
 * was verified. Remembers why it refused, as the SDK wraps what a transformer throws. One for each call.
 */
final class SecondReading<T> implements ResponseTransformer<GetObjectResponse, T> {
    private final ObjectName object;
    private final VerifiedSegments segments;
    private final GetObjectResponse response;
    private final @Nullable PlaintextRange range;
    private final ResponseTransformer<GetObjectResponse, T> plaintextTransformer;
    private final Runnable whenClosed;
    private volatile boolean handedOn;
    private volatile boolean closed;
    private @Nullable KeywrightException failure;

    /**
     * @param response as of the plaintext
     * @param range of the plaintext; null for all of it
     * @param whenClosed run when a plaintext stream is closed that the caller was given
     */
    SecondReading(
            ObjectName object,
            VerifiedSegments segments,
            GetObjectResponse response,
            @Nullable PlaintextRange range,
            ResponseTransformer<GetObjectResponse, T> plaintextTransformer,
            Runnable whenClosed) {
        this.object = object;
        this.segments = segments;
        this.response = response;
        this.range = range;
        this.plaintextTransformer = plaintextTransformer;
        this.whenClosed = whenClosed;
    }

    /** The part of the body to ask for; null for all of it. */
    @Nullable
    String bodyRange() {
        return range == null ? null : "bytes=" + begin(range) + "-" + (end(range) - 1);
    }

    private long begin(PlaintextRange wanted) {
        return segments.offsetOf(segments.indexOf(wanted.offset()));
    }

    private long end(PlaintextRange wanted) {
        int last = segments.indexOf(wanted.end() - 1);
        return segments.offsetOf(last) + segments.lengthOf(last);
    }

    /** Why the last attempt was refused; null if it wasn't. */
    @Nullable
    KeywrightException failure() {
        return failure;
    }

    /** Whether the caller was given a stream that is still to be closed. */
    boolean leftOpen() {
        return handedOn && !closed && needsConnectionLeftOpen();
    }

    @Override
    public boolean needsConnectionLeftOpen() {
        return plaintextTransformer.needsConnectionLeftOpen();
    }

    @Override
    public String name() {
        return plaintextTransformer.name();
    }

    @Override
    public T transform(GetObjectResponse stored, AbortableInputStream body) throws Exception {
        failure = null;
        handedOn = false;
        closed = false;
        StoredInputStream arriving = new StoredInputStream(body, FoundEnvelope.bodyBytes(stored));
        try {
            T result = PlaintextHandOver.to(
                    plaintextTransformer,
                    response,
                    new PlaintextInputStream(plaintext(stored, arriving), () -> close(arriving, body)),
                    body::abort);
            handedOn = true;
            return result;
        } catch (KeywrightException e) {
            failure = e;
            throw e;
        }
    }

    private InputStream plaintext(GetObjectResponse stored, StoredInputStream arriving) {
        if (range == null) {
            return segments.read(arriving);
        }
        try {
            BodyRange.of(stored).requireExactly(begin(range), end(range));
        } catch (KeywrightException e) {
            throw e.about("reading " + object);
        }
        return segments.read(arriving, range.offset(), range.length());
    }

    /** A body that was not read to its end is not drained. */
    private void close(StoredInputStream arriving, AbortableInputStream body) throws IOException {
        try {
            if (arriving.complete()) {
                body.close();
            } else {
                body.abort();
            }
        } finally {
            if (leftOpen()) {
                whenClosed.run();
            }
            closed = true;
        }
    }
}
