/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Consumer;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/**
 * A file that is put in parts, and goes on where it stopped: after a failure, a cancellation, or in another process after a
 * crash. {@link EncryptingS3Client#putObject(ResumableUpload)} begins it, or goes on with it if the state file is there.
 *
 * <p>The state file holds where the object goes, its envelope, and, sealed under the object's own key, what was encrypted so
 * far; no secret in the clear. It is written before any ciphertext of a part is sent. So it proves, when the upload goes on,
 * that every part of the file is still what it was: a file that changed is refused, and nothing of the change is sent. Going
 * on needs a keyring that can read. The file is its owner's only, is replaced as a whole, and is removed at the end.
 *
 * <p><b>Do not put an older copy of a state file back</b>, and do not copy it to go on in two places: that an older state is
 * older can only be seen where S3 lists parts that it doesn't know.
 */
public final class ResumableUpload {
    private final PutObjectRequest request;
    private final Path file;
    private final Path stateFile;
    private final Consumer<Progress> listener;
    private volatile boolean cancelled;

    private ResumableUpload(PutObjectRequest request, Path file, Path stateFile, Consumer<Progress> listener) {
        this.request = Objects.requireNonNull(request);
        this.file = Objects.requireNonNull(file);
        this.stateFile = Objects.requireNonNull(stateFile);
        this.listener = Objects.requireNonNull(listener);
    }

    /**
     * How far an upload is.
     *
     * @param bytes how many of the file's bytes are stored
     * @param totalBytes how many it has
     * @param parts how many parts are stored
     * @param totalParts how many there will be
     */
    public record Progress(long bytes, long totalBytes, int parts, int totalParts) {}

    /**
     * The upload of a file.
     *
     * @param request where it goes, and what S3 shall know of it; the same each time
     * @param stateFile where the state is kept; its folder is there
     */
    public static ResumableUpload of(PutObjectRequest request, Path file, Path stateFile) {
        return of(request, file, stateFile, progress -> {});
    }

    /** As {@link #of(PutObjectRequest, Path, Path)}; the listener is called after each part, by one thread at a time. */
    public static ResumableUpload of(PutObjectRequest request, Path file, Path stateFile, Consumer<Progress> listener) {
        return new ResumableUpload(request, file, stateFile, listener);
    }

    /**
     * Stops it before the next part, for good: {@code putObject} then throws {@link
     * java.util.concurrent.CancellationException}. To go on, make a new one with the same state file.
     */
    public void cancel() {
        cancelled = true;
    }

    boolean isCancelled() {
        return cancelled;
    }

    PutObjectRequest request() {
        return request;
    }

    Path file() {
        return file;
    }

    Path stateFile() {
        return stateFile;
    }

    Consumer<Progress> listener() {
        return listener;
    }

    @Override
    public String toString() {
        return "ResumableUpload[" + file + " to s3://" + request.bucket() + "/" + request.key() + ", state in "
                + stateFile + "]";
    }
}
