/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.BodyVerification;
import dev.keywright.envelope.PlaintextRange;
import dev.keywright.envelope.VerifiedSegments;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * An object that was read and verified once, and of which any part can now be read, as often as wanted, and verified before
 * it is released. {@link EncryptingS3Client#openVerified} gives it.
 *
 * <p><b>What it costs.</b> Opening downloads the whole object once. A range then downloads the segments that it touches, and
 * no more: {@link #segmentBytes} each, 64 KiB for an object below 1 GiB, twice that below 2 GiB, and so on.
 *
 * <p><b>Memory.</b> The content key, and a digest of some 100 bytes for each segment: up to about 2 MiB, never more than
 * {@value BodyVerification#MAX_SEGMENTS} digests, and 100 bytes for a small object; {@link #digestBytes} tells. A range that
 * is being read holds one segment, whatever its length. Nothing is on disk.
 *
 * <p><b>Changes.</b> Every request is pinned to the object that was verified by its version id, which asks for the permission
 * {@code s3:GetObjectVersion}, and ETag. An object that was replaced meanwhile, or of which a bit differs in a segment, is an
 * {@link dev.keywright.spi.IntegrityException}; no byte of such a segment is released.
 *
 * <p>Thread-safe: ranges may be read at once. Close it when no more are read, and after the streams it gave: that wipes key
 * and digests, and later reads fail with {@link IllegalStateException}. It does not close the client.
 */
public final class VerifiedObject implements AutoCloseable {
    /** About: a digest's two blocks, their arrays, and what refers to them. */
    private static final int BYTES_FOR_EACH_DIGEST = 112;

    private final PinnedObject object;
    private final GetObjectResponse response;
    private final VerifiedSegments segments;
    private volatile boolean closed;

    /** Owns {@code segments}. */
    VerifiedObject(PinnedObject object, GetObjectResponse response, VerifiedSegments segments) {
        this.object = object;
        this.response = response;
        this.segments = segments;
    }

    /** What S3 said of the object when it was opened, with the plaintext's length. */
    public GetObjectResponse response() {
        return response;
    }

    /** The plaintext's length, in bytes: verified. */
    public long lengthBytes() {
        return segments.plaintextBytes();
    }

    /** How much is downloaded at least for any range, in bytes, unless the object ends before. */
    public int segmentBytes() {
        return segments.segmentBytes();
    }

    /** About how much memory this holds until it is closed, in bytes. */
    public long digestBytes() {
        return (long) segments.count() * BYTES_FOR_EACH_DIGEST;
    }

    /**
     * Reads a part.
     *
     * @return the bytes, verified
     * @throws IndexOutOfBoundsException if the object has no such part
     * @throws dev.keywright.spi.IntegrityException if the object is no longer the one that was verified
     */
    public byte[] read(long offset, int length) {
        Objects.checkFromIndexSize(offset, length, lengthBytes());
        return length == 0
                ? new byte[0]
                : range(offset, length, ResponseTransformer.toBytes()).asByteArrayUnsafe();
    }

    /**
     * Reads a part as a stream, each segment verified before any of it is given.
     *
     * @param length at least 1
     * @return closed by the caller; throws {@link dev.keywright.spi.IntegrityException} where the object is no longer the one
     *     that was verified
     * @throws IndexOutOfBoundsException if the object has no such part
     */
    public ResponseInputStream<GetObjectResponse> range(long offset, long length) {
        return range(offset, length, ResponseTransformer.toInputStream());
    }

    /** As {@link #range(long, long)}, for a transformer, which is given the response as of that range. */
    public <T> T range(long offset, long length, ResponseTransformer<GetObjectResponse, T> transformer) {
        Objects.checkFromIndexSize(offset, length, lengthBytes());
        PlaintextRange range = new PlaintextRange(offset, length);
        return get(PlaintextResponse.of(response, range, lengthBytes()), range, transformer);
    }

    /** The whole plaintext once more, each segment verified before any of it is given; closed by the caller. */
    public ResponseInputStream<GetObjectResponse> stream() {
        return get(response, null, ResponseTransformer.toInputStream());
    }

    private <T> T get(
            GetObjectResponse told,
            @Nullable PlaintextRange range,
            ResponseTransformer<GetObjectResponse, T> transformer) {
        if (closed) {
            throw new IllegalStateException("reading " + object.name() + ": closed, and the content key wiped");
        }
        return object.get(new SecondReading<>(object.name(), segments, told, range, transformer, () -> {}));
    }

    /** Wipes key and digests. Idempotent. */
    @Override
    public void close() {
        closed = true;
        segments.close();
    }

    @Override
    public String toString() {
        return "VerifiedObject[" + object.name() + ", " + lengthBytes() + " bytes]";
    }
}
