/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.ObjectEncryptor;
import dev.keywright.spi.KeywrightException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.DelegatingS3AsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.AbortMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.AbortMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.CopyObjectResponse;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectResponse;
import software.amazon.awssdk.services.s3.model.DeleteObjectsRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.GetObjectAnnotationRequest;
import software.amazon.awssdk.services.s3.model.GetObjectAnnotationResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.GetObjectTorrentRequest;
import software.amazon.awssdk.services.s3.model.GetObjectTorrentResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectAnnotationRequest;
import software.amazon.awssdk.services.s3.model.PutObjectAnnotationResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.RenameObjectRequest;
import software.amazon.awssdk.services.s3.model.RenameObjectResponse;
import software.amazon.awssdk.services.s3.model.RestoreObjectRequest;
import software.amazon.awssdk.services.s3.model.RestoreObjectResponse;
import software.amazon.awssdk.services.s3.model.SelectObjectContentRequest;
import software.amazon.awssdk.services.s3.model.SelectObjectContentResponseHandler;
import software.amazon.awssdk.services.s3.model.UploadPartCopyRequest;
import software.amazon.awssdk.services.s3.model.UploadPartCopyResponse;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;
import software.amazon.awssdk.services.s3.model.WriteGetObjectResponseRequest;
import software.amazon.awssdk.services.s3.model.WriteGetObjectResponseResponse;
import software.amazon.awssdk.services.s3.presignedurl.AsyncPresignedUrlExtension;

/**
 * As {@link EncryptingS3Client}, over an asynchronous client that you already have: what it promises of puts, gets, responses,
 * instruction files, deletes, copies and refusals holds here too. Thread-safe.
 *
 * <p><b>Errors</b> arrive in the returned future, refusals too; nothing is thrown. Cancelling the future cancels the request,
 * wipes keys, and drops temporary files.
 *
 * <p><b>Threads.</b> Whatever may wait runs on the {@linkplain Builder#executor executor} and never on the SDK's event loop:
 * materials managers, keyrings, KMS and tokens, and temporary files. Content is encrypted on the thread that brings or asks
 * for it, as the event loop does, a run of at most 1 MiB at a time, which takes a millisecond or less once the JVM is warm.
 *
 * The transformers of {@link #getObject} and their subscribers are called on the executor too; they must not wait for another
 * call's answer there.
 *
 * <p><b>Memory.</b> A subscriber is given no more than it asks for, and no more is asked of its publisher than it needs: an
 * object costs about a run of 1 MiB at a time, whatever its size and however slow its reader.
 *
 * <p><b>Put.</b> The body's length must be known. For a retry the SDK subscribes to the body again; as with the synchronous
 * client, plaintext that changed in between is refused before any of it is sent.
 *
 * <p><b>Not here</b>, and done by {@link EncryptingS3Client}: {@link VerifiedRelease#READ_TWICE} and verified ranges, ranges of
 * the legacy CBC suite, strict content, puts of unknown length, and puts that go in parts by themselves.
 */
public final class EncryptingS3AsyncClient extends DelegatingS3AsyncClient {
    private final AsyncObjectWriter writer;
    private final AsyncObjectReader reader;
    private final AsyncMultipartUploads uploads;
    private final AsyncInstructionFiles instructionFiles;
    private final @Nullable ExecutorService ownThreads;

    private EncryptingS3AsyncClient(Builder builder, S3AsyncClient client) {
        super(client);
        ObjectEncryptor encryptor = builder.encryptor();
        S3AsyncClient whole = WholeObjects.of(client);
        Executor executor = builder.executor;
        this.ownThreads = executor == null ? KeyThreads.start() : null;
        if (executor == null) {
            executor = Objects.requireNonNull(ownThreads);
        }
        this.instructionFiles = new AsyncInstructionFiles(whole, builder.instructionFiles());
        this.writer = new AsyncObjectWriter(client, encryptor, instructionFiles, executor);
        this.uploads = new AsyncMultipartUploads(client, encryptor, instructionFiles, executor);
        this.reader = new AsyncObjectReader(whole, instructionFiles, executor, builder);
    }

    /** An encrypting client; {@link Builder#client} and a keyring or materials manager must be given. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Encrypts and puts an object, whose length must be known from the body, or from {@code contentLength} of the request.
     *
     * <p>Fails with {@link IllegalArgumentException} if the length is not known or contradictory, if the metadata holds a name
     * of the envelope or passes S3's 2048 bytes with it, or if a checksum can't be checked; with {@link
     * dev.keywright.spi.KeyringException} if no data key can be had; with {@link dev.keywright.spi.IntegrityException} if the
     * plaintext is not that of the request's checksums, or changed between two attempts.
     */
    @Override
    public CompletableFuture<PutObjectResponse> putObject(PutObjectRequest request, AsyncRequestBody body) {
        return AsyncCall.of(call -> writer.put(call, request, body));
    }

    /**
     * Gets and opens an object. The transformer is prepared at once; its {@code onResponse} and {@code onStream} are called
     * when the whole object was verified, from the executor. The publisher it is given has one subscriber, and holds key and
     * temporary file until it ends or is cancelled.
     *
     * <p>Fails with {@link KeywrightException} if the object is no encrypted one, may not be read, or does not verify.
     */
    @Override
    public <T> CompletableFuture<T> getObject(
            GetObjectRequest request, AsyncResponseTransformer<GetObjectResponse, T> transformer) {
        return AsyncCall.of(call -> reader.get(call, request, transformer));
    }

    /**
     * Gets an object and hands its plaintext on as it arrives, <em>before it is verified</em>: anything in it may have been
     * altered, until the publisher has completed. Bounded memory, no temporary file. The transformer is prepared for every
     * attempt, as a plain client does.
     *
     * <p>If the object does not verify, the publisher ends with {@link dev.keywright.spi.IntegrityException}; what a
     * transformer has made of the plaintext by then, a file for instance, is the caller's to undo.
     */
    public <T> CompletableFuture<T> getObjectUnverified(
            GetObjectRequest request, AsyncResponseTransformer<GetObjectResponse, T> transformer) {
        return AsyncCall.of(call -> reader.getUnverified(call, request, transformer));
    }

    /** What S3 says of an object, with the plaintext's length. Needs no key and verifies nothing. */
    @Override
    public CompletableFuture<HeadObjectResponse> headObject(HeadObjectRequest request) {
        return AsyncCall.of(call -> reader.head(call, request));
    }

    /** Deletes an object and, unless a version is named, its instruction file. */
    @Override
    public CompletableFuture<DeleteObjectResponse> deleteObject(DeleteObjectRequest request) {
        return AsyncCall.of(call -> instructionFiles.deleteWith(call, request));
    }

    /**
     * Deletes objects and, in a second request, the instruction files of those that were deleted and named without version.
     * Errors of both are reported.
     */
    @Override
    public CompletableFuture<DeleteObjectsResponse> deleteObjects(DeleteObjectsRequest request) {
        return AsyncCall.of(call -> instructionFiles.deleteWith(call, request));
    }

    /**
     * Copies an object as it is stored, envelope included, and its instruction file if it has one: first, or after the
     * object if the copy has conditions. Fails with {@link UnsupportedOperationException} if the copy's metadata is replaced
     * by one without an envelope, which would leave it unreadable.
     */
    @Override
    public CompletableFuture<CopyObjectResponse> copyObject(CopyObjectRequest request) {
        return AsyncCall.of(call -> {
            UserMetadata.requireEnvelope(request);
            return instructionFiles.copyWith(call, request);
        });
    }

    /** Renames an object as it is stored, and then its instruction file if it has one. */
    @Override
    public CompletableFuture<RenameObjectResponse> renameObject(RenameObjectRequest request) {
        return AsyncCall.of(call -> instructionFiles.renameWith(call, request));
    }

    /** Restores an archived object, which stays encrypted; a {@code SELECT} over ciphertext is refused. */
    @Override
    public CompletableFuture<RestoreObjectResponse> restoreObject(RestoreObjectRequest request) {
        return AsyncCall.of(call -> {
            RefusedOperation.requireNoSelect(request);
            return super.restoreObject(request);
        });
    }

    /**
     * Creates a multipart upload, whose parts and completion go through this same client, which holds its key until it is
     * completed or aborted. Parts may be sent in any order and at once if their size is declared by {@link MultipartPartSize};
     * if not, each begins where the one before it ended. If the future is cancelled, the upload is aborted.
     *
     * <p>Fails with {@link IllegalStateException} if this client has 1000 uploads under way.
     */
    @Override
    public CompletableFuture<CreateMultipartUploadResponse> createMultipartUpload(
            CreateMultipartUploadRequest request) {
        return AsyncCall.of(call -> uploads.create(call, request));
    }

    /**
     * Encrypts and sends a part, whose length must be known. May be called again for a part, with the same plaintext; the
     * last part is held in memory if it is shorter than S3's 5 MiB and others before it are still to be sent.
     *
     * <p>Fails with {@link dev.keywright.spi.IntegrityException} if the plaintext is not what it was, with {@link
     * IllegalArgumentException} or {@link IllegalStateException} if the part does not fit the others.
     */
    @Override
    public CompletableFuture<UploadPartResponse> uploadPart(UploadPartRequest request, AsyncRequestBody body) {
        return AsyncCall.of(call -> uploads.part(call, request, body));
    }

    /**
     * Sends what is left of the upload, its tag at least if no part ended with it, and completes it. Every part that was sent
     * must be named. After a failure it can be called again, or the upload be aborted.
     */
    @Override
    public CompletableFuture<CompleteMultipartUploadResponse> completeMultipartUpload(
            CompleteMultipartUploadRequest request) {
        return AsyncCall.of(call -> uploads.complete(call, request));
    }

    /** Aborts an upload and wipes its key; also one that this client did not create. */
    @Override
    public CompletableFuture<AbortMultipartUploadResponse> abortMultipartUpload(AbortMultipartUploadRequest request) {
        return AsyncCall.of(call -> uploads.abort(call, request));
    }

    /** Refused: parts of two encrypted objects don't make one. */
    @Override
    public CompletableFuture<UploadPartCopyResponse> uploadPartCopy(UploadPartCopyRequest request) {
        return refused(RefusedOperation.UPLOAD_PART_COPY);
    }

    /** Refused: it answers another client's GET with a body that is not encrypted. */
    @Override
    public CompletableFuture<WriteGetObjectResponseResponse> writeGetObjectResponse(
            WriteGetObjectResponseRequest request, AsyncRequestBody body) {
        return refused(RefusedOperation.WRITE_GET_OBJECT_RESPONSE);
    }

    /** Refused: a torrent is of the ciphertext. */
    @Override
    public <T> CompletableFuture<T> getObjectTorrent(
            GetObjectTorrentRequest request, AsyncResponseTransformer<GetObjectTorrentResponse, T> transformer) {
        return refused(RefusedOperation.GET_OBJECT_TORRENT);
    }

    /** Refused: annotations are not encrypted. */
    @Override
    public CompletableFuture<PutObjectAnnotationResponse> putObjectAnnotation(
            PutObjectAnnotationRequest request, AsyncRequestBody body) {
        return refused(RefusedOperation.PUT_OBJECT_ANNOTATION);
    }

    /** Refused: annotations are neither encrypted nor verified. */
    @Override
    public <T> CompletableFuture<T> getObjectAnnotation(
            GetObjectAnnotationRequest request, AsyncResponseTransformer<GetObjectAnnotationResponse, T> transformer) {
        return refused(RefusedOperation.GET_OBJECT_ANNOTATION);
    }

    /** Refused: S3 can't query ciphertext. */
    @Override
    public CompletableFuture<Void> selectObjectContent(
            SelectObjectContentRequest request, SelectObjectContentResponseHandler handler) {
        return refused(RefusedOperation.SELECT_OBJECT_CONTENT);
    }

    /**
     * Refused: it gets the ciphertext.
     *
     * @throws UnsupportedOperationException always, as there is no future to fail
     */
    @Override
    public AsyncPresignedUrlExtension presignedUrlExtension() {
        throw RefusedOperation.PRESIGNED_URL.error();
    }

    /**
     * Closes the client below, and with it this one; wipes the keys of multipart uploads under way, which stay at S3 until they
     * are aborted; and lets its own threads end if no executor was given. Keyring, materials manager and executor are closed by
     * whoever made them.
     */
    @Override
    public void close() {
        uploads.close();
        try {
            super.close();
        } finally {
            if (ownThreads != null) {
                ownThreads.shutdown();
            }
        }
    }

    private static <T> CompletableFuture<T> refused(RefusedOperation operation) {
        return CompletableFuture.failedFuture(operation.error());
    }

    /** Settings of an encrypting client; {@link #build} checks them. */
    public static final class Builder extends EncryptingClientBuilder<Builder> {
        private @Nullable S3AsyncClient client;
        private @Nullable Executor executor;

        private Builder() {}

        /**
         * The client that talks to S3, set up as you like; required. {@link EncryptingS3AsyncClient#close} closes it.
         *
         * <p>Over one with {@code multipartEnabled} or of {@code crtBuilder}, puts are split after they are encrypted. What
         * such a client would get in parts is got in one stream, or joined by it, and copies are made in one request.
         */
        public Builder client(S3AsyncClient chosen) {
            this.client = Objects.requireNonNull(chosen);
            return this;
        }

        /**
         * Where keys are had and temporary files are read and written: work that may wait, for a network or a token, but
         * never for other work here, so that one thread is enough. Stays yours to shut down, after the client is closed. One
         * that runs work on the calling thread would keep the SDK's event loop waiting.
         *
         * <p>Default: threads of the client's own, at most two for each processor, and eight at least, which end when idle.
         */
        public Builder executor(Executor chosen) {
            this.executor = Objects.requireNonNull(chosen);
            return this;
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * The client.
         *
         * @throws IllegalArgumentException if a setting is missing, given twice, or of the wrong kind: an encrypting client
         *     to wrap, or a content cipher that doesn't do the suite
         * @throws dev.keywright.spi.PolicyException if the suite is never written, or the policy forbids it
         */
        public EncryptingS3AsyncClient build() {
            if (client == null) {
                throw new IllegalArgumentException("no client; give the S3AsyncClient to wrap");
            }
            requirePlain(client);
            return new EncryptingS3AsyncClient(this, client);
        }
    }
}
