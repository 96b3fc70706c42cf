/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.EncryptedObject;
import dev.keywright.envelope.EncryptedParts;
import dev.keywright.envelope.Envelope;
import dev.keywright.envelope.ObjectEncryptor;
import dev.keywright.envelope.PlaintextSource;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.KeywrightException;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.utils.Logger;

/** Puts an object: the caller's request with another body, the envelope in its metadata, and no word on the plaintext. */
final class ObjectWriter {
    private static final Logger LOG = Logger.loggerFor(ObjectWriter.class);

    private final S3Client client;
    private final ObjectEncryptor encryptor;
    private final InstructionFiles instructionFiles;
    private final MultipartSettings settings;

    ObjectWriter(
            S3Client client, ObjectEncryptor encryptor, InstructionFiles instructionFiles, MultipartSettings settings) {
        this.client = client;
        this.encryptor = encryptor;
        this.instructionFiles = instructionFiles;
        this.settings = settings;
    }

    PutObjectResponse put(PutObjectRequest request, RequestBody body) {
        ObjectName object = new ObjectName(request.bucket(), request.key());
        PutRequests.requirePuttable(object, request, instructionFiles.areWritten());
        PlaintextChecksums checksums = PlaintextChecksums.of(object, request);
        OptionalLong length = PutRequests.plaintextBytes(object, request.contentLength(), body.optionalContentLength());
        long max = encryptor.suite().maxPlaintextBytes();
        if (length.orElse(0) > max) {
            throw new IllegalArgumentException("writing " + object + ": plaintext of " + length.getAsLong() + " bytes; "
                    + encryptor.suite() + " takes " + max);
        }
        // A strict cipher makes no parts.
        if (length.isPresent() && (encryptor.isStrict() || length.getAsLong() < settings.thresholdBytes())) {
            PlaintextSource.Opener again =
                    checksums.verifying(() -> body.contentStreamProvider().newStream());
            return putWhole(object, request, PlaintextSource.of(length.getAsLong(), again), body.contentType());
        }
        PlaintextSource.Opener once =
                checksums.verifying(() -> forgetful(body.contentStreamProvider().newStream()));
        int partBytes = settings.partBytes(length.orElse(max));
        try (InputStream stream = new QuietlyClosed(object, once.open());
                StreamedParts parts = new StreamedParts(
                        object, stream, length, partBytes, encryptor.suite().tagBytes())) {
            if (length.isEmpty() && parts.fitsOnePart()) {
                return putBeginning(object, request, parts.beginning(), body.contentType());
            }
            return putParts(
                    object, request, parts, settings.threads(length.orElse(Long.MAX_VALUE)), body.contentType());
        } catch (IOException e) {
            throw unreadable(object, e);
        } catch (UncheckedIOException e) {
            throw unreadable(object, e.getCause());
        }
    }

    /** As the SDK has it. */
    private static SdkClientException unreadable(ObjectName object, @Nullable IOException e) {
        return SdkClientException.create(
                "writing " + object + ": can't read the plaintext" + (e == null ? "" : ": " + e.getMessage()), e);
    }

    /**
     * A stream that is read once: nothing need be kept behind the place where it stands. The SDK marks its own at the start,
     * to read them again, and keeps all that was read since in memory.
     */
    private static InputStream forgetful(InputStream stream) {
        if (stream.markSupported()) {
            stream.mark(0);
        }
        return stream;
    }

    /** Plaintext that was read as far as was needed: a put that S3 answered does not fail because it can't be closed. */
    private static final class QuietlyClosed extends FilterInputStream {
        private final ObjectName object;

        QuietlyClosed(ObjectName object, InputStream plaintext) {
            super(plaintext);
            this.object = object;
        }

        @Override
        public void close() {
            try {
                super.close();
            } catch (IOException e) {
                LOG.debug(() -> "closing the plaintext of " + object, e);
            }
        }
    }

    private PutObjectResponse putWhole(
            ObjectName object, PutObjectRequest request, PlaintextSource plaintext, String contentType) {
        boolean toFile = instructionFiles.areWritten();
        try (EncryptedObject encrypted = encryptor.encrypt(object, plaintext, EncryptionContext.in(request));
                SentBody sent = new SentBody(object, encrypted::openBody)) {
            Envelope envelope = encrypted.envelope();
            PutObjectRequest.Builder stored =
                    PutRequests.stored(object, request, envelope, toFile).contentLength(encrypted.bodyBytes());
            if (!toFile) {
                return send(stored.build(), sent, encrypted.bodyBytes(), contentType);
            }
            instructionFiles.putBefore(request, envelope.toInstructionFile());
            try {
                return send(stored.build(), sent, encrypted.bodyBytes(), contentType);
            } catch (RuntimeException e) {
                throw InstructionFiles.leftBehind(object, e);
            }
        }
    }

    private PutObjectResponse send(PutObjectRequest request, SentBody sent, long bodyBytes, String contentType) {
        try {
            return client.putObject(request, RequestBody.fromContentProvider(sent, bodyBytes, contentType));
        } catch (RuntimeException e) {
            KeywrightException failure = sent.failure();
            throw failure == null ? e : failure;
        }
    }

    private PutObjectResponse putBeginning(
            ObjectName object, PutObjectRequest request, PartSource.Plaintext all, String contentType) {
        try {
            PlaintextSource plaintext =
                    PlaintextSource.of(all.lengthBytes, () -> new ByteArrayInputStream(all.buffer, 0, all.lengthBytes));
            return putWhole(object, request, plaintext, contentType);
        } finally {
            Arrays.fill(all.buffer, (byte) 0);
        }
    }

    private PutObjectResponse putParts(
            ObjectName object, PutObjectRequest request, PartSource parts, int threads, String contentType) {
        PutObjectRequest.Builder stored = request.toBuilder();
        PlaintextChecksums.drop(stored);
        MultipartPut put = new MultipartPut(client, instructionFiles, stored.build(), instructionFiles.areWritten());
        try (EncryptedParts content = encryptor.encryptParts(object, EncryptionContext.in(request))) {
            CreateMultipartUploadResponse created = put.create(content.envelope(), contentType);
            String id = created.uploadId();
            try {
                List<CompletedPart> sent =
                        new ParallelParts(client, content, put.part(id), parts, ParallelParts.NO_LEDGER).send(threads);
                return MultipartPut.answer(created, put.complete(id, content, sent));
            } catch (RuntimeException | Error e) {
                put.abort(id, e);
                throw e;
            }
        }
    }
}
