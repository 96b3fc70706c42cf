/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.ObjectEncryptor;
import dev.keywright.jca.JcaMessageCipher;
import dev.keywright.spi.KeywrightException;
import dev.keywright.spi.MessageCipher;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.services.s3.DelegatingS3Client;
import software.amazon.awssdk.services.s3.S3Client;
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
import software.amazon.awssdk.services.s3.model.UploadPartCopyRequest;
import software.amazon.awssdk.services.s3.model.UploadPartCopyResponse;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;
import software.amazon.awssdk.services.s3.model.WriteGetObjectResponseRequest;
import software.amazon.awssdk.services.s3.model.WriteGetObjectResponseResponse;

/**
 * An S3 client that encrypts what it puts and decrypts what it gets, over a client that you already have. Thread-safe.
 *
 * <p><b>Put.</b> Every object gets a data key and IV of its own. All fields of the request pass through, but those that
 * speak of the body: its length becomes the ciphertext's; a Content-MD5 or checksum of the plaintext is checked against the
 * plaintext before the body's end is sent, and not forwarded (INT-024); the envelope joins the user metadata. Appending
 * ({@code writeOffsetBytes}) is refused. For a retry the SDK reads the body again: the same bytes give the same
 * ciphertext, and plaintext that changed in between is refused before any of it is sent, as an {@link
 * dev.keywright.spi.IntegrityException}.
 *
 * <p><b>Get.</b> No byte of plaintext reaches a transformer or stream before the whole object was verified (CLI-019). It is
 * held in memory up to {@link Builder#bufferBytes}, above that as ciphertext in a temporary file, or downloaded twice:
 * {@link VerifiedRelease}. Close the streams you are given. {@link #getObjectUnverified} streams without that promise. Where
 * the client below checks S3's own checksum of the ciphertext, damage may be found there first, as that client's error.
 *
 * <p><b>Ranges.</b> Nothing verifies a range, as the tag is of the whole object. {@link #getObjectUnverified} answers a
 * request with a range, and {@link #getObject} does if {@link Builder#enableUnverifiedRanges} says so: as S3 would if the
 * plaintext were stored, in one request. {@link #openVerified} reads an object once and then any range of it verified. Part
 * numbers are refused.
 *
 * <p><b>What a response says.</b> {@code getObject} and {@code headObject} give the plaintext's length, the caller's own
 * user metadata without the envelope's entries, and no checksums, as S3's are of the ciphertext. The ETag is as stored. A
 * length is not authenticated until the object is read. An object without any envelope entry in its metadata is headed as
 * S3 has it, and refused by {@code getObject}; a broken or unknown envelope is refused by both. Lists and {@code
 * getObjectAttributes} speak of what is stored, 16 bytes longer. To see an envelope, use the client below.
 *
 * <p><b>Instruction files.</b> Where an object's metadata is not enough, {@code KEY.instruction} is read, or the file that
 * {@link InstructionFileSuffix} names; the object is then asked for again, pinned by its ETag. {@link InstructionFileConfig}
 * says whether files are read, written, and deleted, copied and renamed with their objects.
 *
 * <p><b>What older clients wrote</b>, with weaker wraps or without authentication, is read only where its own switch of the
 * builder is on, and never written.
 *
 * <p><b>Delete.</b> Deletes {@code KEY.instruction} as well, unless a version is named.
 *
 * <p><b>Everything else</b> passes to the client below, except what would store plaintext or give ciphertext for
 * plaintext: that throws {@link UnsupportedOperationException}, which says what to do instead.
 *
 * <p><b>Errors.</b> {@link KeywrightException} in its four kinds, and the errors of the client below as they are.
 *
 * <p>An encryption context is given by request: {@link EncryptionContext}.
 *
 * <p><b>FIPS 140.</b> The default content cipher computes parts of GCM outside the JCA provider. Users who may not have that
 * take {@link Builder#strictContent} over their provider; {@link #toString} says which cipher is in use.
 */
public final class EncryptingS3Client extends DelegatingS3Client {
    private final ObjectWriter writer;
    private final ObjectReader reader;
    private final InstructionFiles instructionFiles;
    private final ObjectEncryptor encryptor;
    private final MultipartUploads uploads;
    private final ResumableUploads resumable;

    private EncryptingS3Client(Builder builder, S3Client client) {
        super(client);
        this.encryptor = builder.encryptor();
        this.instructionFiles = new InstructionFiles(client, builder.instructionFiles());
        MultipartSettings multipart =
                new MultipartSettings(builder.multipartThresholdBytes, builder.partBytes, builder.multipartThreads);
        this.writer = new ObjectWriter(client, encryptor, instructionFiles, multipart);
        this.reader = new ObjectReader(
                client, builder.decryptor(), instructionFiles, builder.verifiedRelease(), builder.unverifiedRanges());
        this.uploads = new MultipartUploads(client, encryptor, instructionFiles);
        this.resumable = new ResumableUploads(client, encryptor, instructionFiles, multipart);
    }

    /** An encrypting client; {@link Builder#client} and a keyring or materials manager must be given. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Encrypts and puts an object. A body that is shorter than {@link Builder#multipartThresholdBytes} goes in one request, as
     * it is read. A longer one, and one whose length neither it nor {@code contentLength} of the request says, is read once,
     * from its start, and goes in parts, several at once: as a multipart upload, which is aborted if anything fails, the
     * thread's interruption included. If less than a part comes of unknown length, that goes in one request.
     *
     * <p>All that the request says holds for an upload in parts as well, conditions included. Its ETag is then one of parts, as
     * S3 makes it.
     *
     * @throws IllegalArgumentException if the length is contradictory, if the metadata holds a name of the envelope or passes
     *     S3's 2048 bytes with it, or if a checksum can't be checked
     * @throws dev.keywright.spi.KeyringException if no data key can be had
     * @throws dev.keywright.spi.IntegrityException if the plaintext is not that of the request's checksums, or changed
     *     between two attempts
     */
    @Override
    public PutObjectResponse putObject(PutObjectRequest request, RequestBody body) {
        return writer.put(request, body);
    }

    /**
     * Puts a file in parts, several at once, and can go on with that after a failure or a crash: begins the upload, or goes
     * on with it if the state file is there. A failure, a cancellation or an interruption leaves upload and state as they
     * are. An upload that is never gone on with stays at S3 until {@link #discard} aborts it, or a rule of the bucket.
     *
     * <p>What the request says of the object is sent when the upload begins; its conditions hold at the end. {@link
     * Builder#partBytes} is that of the beginning.
     *
     * @throws IllegalArgumentException if the state is of another object, or the request carries a checksum of the plaintext
     * @throws IllegalStateException if another call works with the state, or S3 no longer has the upload
     * @throws dev.keywright.spi.FormatException if the state file holds no state, or not all of one
     * @throws dev.keywright.spi.IntegrityException if the state was altered, belongs to another key, or is older than the
     *     upload; or if the file is not what it was: nothing of the change was sent
     * @throws dev.keywright.spi.KeyringException if no data key can be had; to go on, the keyring must read
     * @throws java.io.UncheckedIOException if the file can't be read, or the state file not written
     * @throws java.util.concurrent.CancellationException if it was cancelled
     */
    public PutObjectResponse putObject(ResumableUpload upload) {
        return resumable.put(upload);
    }

    /** Aborts an upload that was begun, and removes its state file. Does nothing if there is none. */
    public void discard(ResumableUpload upload) {
        resumable.discard(upload);
    }

    /**
     * Gets and opens an object; the transformer is called with verified plaintext only, unless the request is of a range and
     * {@link Builder#enableUnverifiedRanges} lets such be answered.
     *
     * @throws KeywrightException if the object is no encrypted one, may not be read, or does not verify
     * @throws dev.keywright.spi.PolicyException also if the request is of a range and those are not enabled
     * @throws IllegalArgumentException if the range is of several, in another unit, ends before it begins, or is malformed
     */
    @Override
    public <T> T getObject(GetObjectRequest request, ResponseTransformer<GetObjectResponse, T> transformer) {
        return reader.get(request, transformer);
    }

    /**
     * Gets an object and hands its plaintext on as it arrives, <em>before it is verified</em>: anything in it may have been
     * altered, until the stream's end was read without an error. Bounded memory, no temporary file.
     *
     * <p>With a {@code range} in the request, gives that part of the plaintext, <em>which is never verified</em>: no error tells
     * that it was altered. That key and object belong together is still checked, where the suite commits to the key. {@code
     * contentRange} and {@code contentLength} are the plaintext's; a range that begins at its end or after it, also within
     * the tag, is S3's own error 416, {@code InvalidRange}; several ranges and malformed ones are refused and never
     * widened.
     *
     * <p>If a whole object does not verify, the last read throws {@link dev.keywright.spi.IntegrityException}; what a
     * transformer has made of the plaintext by then, a file for instance, is the caller's to undo.
     */
    public <T> T getObjectUnverified(GetObjectRequest request, ResponseTransformer<GetObjectResponse, T> transformer) {
        return reader.getUnverified(request, transformer);
    }

    /** As {@link #getObjectUnverified(GetObjectRequest, ResponseTransformer)}, as a stream that the caller closes. */
    public ResponseInputStream<GetObjectResponse> getObjectUnverified(GetObjectRequest request) {
        return getObjectUnverified(request, ResponseTransformer.toInputStream());
    }

    /**
     * Downloads an object once, to verify it, and keeps what is needed to read any part of it verified: for what reads many
     * parts of one object, as query engines do.
     *
     * @return closed by the caller
     * @throws KeywrightException if the object is no encrypted one, may not be read, or does not verify
     * @throws dev.keywright.spi.PolicyException also if it is of the legacy CBC suite, which nothing verifies
     */
    public VerifiedObject openVerified(GetObjectRequest request) {
        return reader.openVerified(request);
    }

    /** As {@link #openVerified(GetObjectRequest)}, of the newest version. */
    public VerifiedObject openVerified(String bucket, String key) {
        return openVerified(GetObjectRequest.builder().bucket(bucket).key(key).build());
    }

    /** What S3 says of an object, with the plaintext's length. Needs no key and verifies nothing. */
    @Override
    public HeadObjectResponse headObject(HeadObjectRequest request) {
        return reader.head(request);
    }

    /** Deletes an object and, unless a version is named, its instruction file. */
    @Override
    public DeleteObjectResponse deleteObject(DeleteObjectRequest request) {
        return instructionFiles.deleteWith(request);
    }

    /**
     * Deletes objects and, in a second request, the instruction files of those that were deleted and named without
     * version. Errors of both are reported.
     */
    @Override
    public DeleteObjectsResponse deleteObjects(DeleteObjectsRequest request) {
        return instructionFiles.deleteWith(request);
    }

    /**
     * Copies an object as it is stored, envelope included, and its instruction file if it has one: first, or after the
     * object if the copy has conditions.
     *
     * @throws UnsupportedOperationException if the copy's metadata is replaced by one without an envelope, which would
     *     leave it unreadable
     */
    @Override
    public CopyObjectResponse copyObject(CopyObjectRequest request) {
        UserMetadata.requireEnvelope(request);
        return instructionFiles.copyWith(request);
    }

    /** Renames an object as it is stored, and then its instruction file if it has one. */
    @Override
    public RenameObjectResponse renameObject(RenameObjectRequest request) {
        return instructionFiles.renameWith(request);
    }

    /** Restores an archived object, which stays encrypted; a {@code SELECT} over ciphertext is refused. */
    @Override
    public RestoreObjectResponse restoreObject(RestoreObjectRequest request) {
        RefusedOperation.requireNoSelect(request);
        return super.restoreObject(request);
    }

    /**
     * Begins an upload in parts: one object under one key, whose envelope goes into its metadata. Its key stays in this client
     * until the upload is completed or aborted, so all of its operations go through this client. Parts may be sent in any
     * order and at once if their size is declared: {@link MultipartPartSize}.
     *
     * @throws IllegalArgumentException if the metadata holds a name of the envelope or passes S3's 2048 bytes with it
     * @throws IllegalStateException if 1000 uploads of this client are under way
     * @throws dev.keywright.spi.KeyringException if no data key can be had
     */
    @Override
    public CreateMultipartUploadResponse createMultipartUpload(CreateMultipartUploadRequest request) {
        return uploads.create(request);
    }

    /**
     * Encrypts and sends a part. Without a declared {@link MultipartPartSize}, parts are begun in order.
     *
     * <p>The last part is the one that is marked {@code sdkPartType(LAST)}; or else the one that is shorter than the declared
     * size; or else, with none declared, one that is shorter than 5 MiB or no multiple of 16 bytes, unless it is marked
     * {@code DEFAULT}. It ends with the tag if all bytes before it were encrypted by then. If not, the tag becomes a part of
     * its own, of 16 bytes; a last part of less than 5 MiB is then held in memory, and sent at completion.
     *
     * <p>A part may be sent again, one call at a time, if it is the same: it is compared before any of it is sent, and the
     * bytes on the wire are the same (MPU-005). A part that failed leaves the upload as it was. Checksums of the plaintext
     * are checked and not forwarded, as in {@link #putObject}; those of the answer are of the ciphertext.
     *
     * @throws IllegalArgumentException if the length is not known, does not fit the declared size, or is no multiple of 16 in
     *     a part that is not the last (MPU-001), or if the parts pass 2^36 - 32 bytes (MPU-007)
     * @throws IllegalStateException if the upload is not under way in this client (MPU-006), if the part comes out of order,
     *     is a second last part or comes after the last (MPU-003), or is being sent by another call
     * @throws dev.keywright.spi.IntegrityException if the part is not what it was before, or not that of its checksums
     */
    @Override
    public UploadPartResponse uploadPart(UploadPartRequest request, RequestBody body) {
        return uploads.part(request, body);
    }

    /** Refused: parts of two encrypted objects don't make one. */
    @Override
    public UploadPartCopyResponse uploadPartCopy(UploadPartCopyRequest request) {
        throw RefusedOperation.UPLOAD_PART_COPY.error();
    }

    /**
     * Joins the parts into the object, sending the tag first if it was not sent yet. The list names every part that was sent;
     * what it can't know, the tag's own part and the ETag of a part that was held, is put right. Where envelopes go into
     * instruction files, the file is written now, before the object appears. If it fails, it can be called again.
     *
     * @throws IllegalStateException if the upload is not under way in this client (MPU-006), or a part is missing, failed, or
     *     still being sent
     * @throws IllegalArgumentException if the list is not that of the parts, or holds a checksum that can't be checked
     */
    @Override
    public CompleteMultipartUploadResponse completeMultipartUpload(CompleteMultipartUploadRequest request) {
        return uploads.complete(request);
    }

    /** Gives an upload up, and wipes its key. Uploads that another client began are given up as well. */
    @Override
    public AbortMultipartUploadResponse abortMultipartUpload(AbortMultipartUploadRequest request) {
        return uploads.abort(request);
    }

    /** Refused: it answers another client's GET with a body that is not encrypted. */
    @Override
    public WriteGetObjectResponseResponse writeGetObjectResponse(
            WriteGetObjectResponseRequest request, RequestBody body) {
        throw RefusedOperation.WRITE_GET_OBJECT_RESPONSE.error();
    }

    /** Refused: a torrent is of the ciphertext. */
    @Override
    public <T> T getObjectTorrent(
            GetObjectTorrentRequest request, ResponseTransformer<GetObjectTorrentResponse, T> transformer) {
        throw RefusedOperation.GET_OBJECT_TORRENT.error();
    }

    /** Refused: annotations are not encrypted. */
    @Override
    public PutObjectAnnotationResponse putObjectAnnotation(PutObjectAnnotationRequest request, RequestBody body) {
        throw RefusedOperation.PUT_OBJECT_ANNOTATION.error();
    }

    /** Refused: annotations are neither encrypted nor verified. */
    @Override
    public <T> T getObjectAnnotation(
            GetObjectAnnotationRequest request, ResponseTransformer<GetObjectAnnotationResponse, T> transformer) {
        throw RefusedOperation.GET_OBJECT_ANNOTATION.error();
    }

    /** Whether a strict cipher is in use: whole messages only, no parts and no ranges. */
    public boolean isStrict() {
        return encryptor.isStrict();
    }

    /** Which content cipher is in use, which suite is written, and over which client. */
    @Override
    public String toString() {
        return "EncryptingS3Client[" + encryptor + ", over " + delegate() + "]";
    }

    /**
     * Closes the client below, and with it this one; wipes the keys of uploads under way, which stay at S3 until they are
     * aborted. Keyring and materials manager are closed by whoever made them.
     */
    @Override
    public void close() {
        uploads.close();
        super.close();
    }

    /** Settings of an encrypting client; {@link #build} checks them. */
    public static final class Builder extends EncryptingClientBuilder<Builder> {
        private @Nullable S3Client client;
        private long multipartThresholdBytes = MultipartSettings.DEFAULT.thresholdBytes();
        private int partBytes = MultipartSettings.DEFAULT.partBytes();
        private int multipartThreads = MultipartSettings.DEFAULT.threads();

        private Builder() {}

        /** The client that talks to S3, set up as you like; required. {@link EncryptingS3Client#close} closes it. */
        public Builder client(S3Client chosen) {
            this.client = Objects.requireNonNull(chosen);
            return this;
        }

        /**
         * What encrypts content strictly, as whole messages; this or {@link #contentProvider}. See {@link #strictContent} for
         * what that takes away.
         */
        public Builder contentCipher(MessageCipher chosen) {
            strict(chosen);
            return this;
        }

        /**
         * Whether content goes through a {@link JcaMessageCipher} of the {@link #contentProvider}, or else of the platform:
         * plain AES-GCM in one stream, nothing of it computed outside the provider, as FIPS 140 rules may ask. Objects are the
         * same bytes. An object of more than {@link #bufferBytes} is then not read, nor one of 2 GiB or more written; there
         * are no parts and no ranges; and JDK's own provider is slower so. Default: false.
         */
        public Builder strictContent(boolean enabled) {
            strict(enabled);
            return this;
        }

        /**
         * From which length on {@link EncryptingS3Client#putObject} goes in parts, in bytes of plaintext. Default: 64 MiB.
         * Beyond 5 GiB S3 takes nothing else.
         */
        public Builder multipartThresholdBytes(long chosen) {
            this.multipartThresholdBytes = chosen;
            return this;
        }

        /**
         * The plaintext length of the parts that {@link EncryptingS3Client#putObject} makes: a multiple of 16 up to 1 GiB, at
         * S3 from 5 MiB. Longer where 10,000 such parts would not hold the object, or might not, its length being unknown; from
         * 7 MiB on that is never so. Default: 8 MiB.
         */
        public Builder partBytes(int chosen) {
            this.partBytes = chosen;
            return this;
        }

        /**
         * How many parts {@link EncryptingS3Client#putObject} sends at once: on the caller's thread, and on as many daemon
         * threads besides as are missing, for the length of the call. Memory is as many parts. Default: 2.
         */
        public Builder multipartThreads(int chosen) {
            this.multipartThreads = chosen;
            return this;
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * The client.
         *
         * @throws IllegalArgumentException if a setting is missing, given twice, out of range, or of the wrong kind: an
         *     encrypting client to wrap, or a content cipher that doesn't do the suite
         * @throws dev.keywright.spi.PolicyException if the suite is never written, or the policy forbids it
         */
        public EncryptingS3Client build() {
            if (client == null) {
                throw new IllegalArgumentException("no client; give the S3Client to wrap");
            }
            requirePlain(client);
            return new EncryptingS3Client(this, client);
        }
    }
}
