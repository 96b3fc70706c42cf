/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import software.amazon.awssdk.core.async.AsyncRequestBody;

/**
 * An encrypted body as the SDK subscribes to it, once for every attempt; each reads the caller's body anew. Remembers why the
 * last one failed, as the SDK wraps what a body fails with.
 */
final class SentAsyncBody implements AsyncRequestBody {
    private final AsyncRequestBody plaintext;
    private final SentRuns runs;
    private final PlaintextChecksums checksums;
    private final long bodyBytes;
    private volatile @Nullable Throwable failure;

    SentAsyncBody(AsyncRequestBody plaintext, SentRuns runs, PlaintextChecksums checksums, long bodyBytes) {
        this.plaintext = plaintext;
        this.runs = runs;
        this.checksums = checksums;
        this.bodyBytes = bodyBytes;
    }

    @Override
    public Optional<Long> contentLength() {
        return Optional.of(bodyBytes);
    }

    @Override
    public String contentType() {
        return plaintext.contentType();
    }

    @Override
    public String body() {
        return "encrypted";
    }

    @Override
    public void subscribe(Subscriber<? super ByteBuffer> below) {
        failure = null;
        BytePump.connect(plaintext, new EncryptingWork(runs, checksums.begin(), e -> failure = e), below);
    }

    /** Why the last attempt's body broke off; null if it didn't. */
    @Nullable
    Throwable failure() {
        return failure;
    }
}
