/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.EncryptedParts;
import dev.keywright.envelope.ObjectEncryptor;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeywrightException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.AbortMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListPartsRequest;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.NoSuchUploadException;
import software.amazon.awssdk.services.s3.model.Part;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/** Begins uploads that keep a state file, and goes on with them. */
final class ResumableUploads {
    private final S3Client client;
    private final ObjectEncryptor encryptor;
    private final InstructionFiles instructionFiles;
    private final MultipartSettings settings;

    ResumableUploads(
            S3Client client, ObjectEncryptor encryptor, InstructionFiles instructionFiles, MultipartSettings settings) {
        this.client = client;
        this.encryptor = encryptor;
        this.instructionFiles = instructionFiles;
        this.settings = settings;
    }

    PutObjectResponse put(ResumableUpload upload) {
        PutObjectRequest request = upload.request();
        ObjectName object = new ObjectName(request.bucket(), request.key());
        if (!PlaintextChecksums.of(object, request).isEmpty()) {
            throw new IllegalArgumentException(
                    "writing " + object + ": checksums of the whole plaintext can't be checked "
                            + "when its parts are read at once; leave them out");
        }
        try (UploadStateFile file = UploadStateFile.open(upload.stateFile())) {
            long totalBytes = Files.size(upload.file());
            requireLength(object, request, totalBytes);
            UploadState state = file.read();
            PutRequests.requirePuttable(
                    object, request, state == null ? instructionFiles.areWritten() : state.toFile());
            return state == null
                    ? begin(upload, object, file, totalBytes)
                    : goOn(upload, object, file, state, totalBytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void requireLength(ObjectName object, PutObjectRequest request, long totalBytes) {
        if (request.contentLength() != null && request.contentLength() != totalBytes) {
            throw new IllegalArgumentException("writing " + object + ": the request says contentLength "
                    + request.contentLength() + ", and the file has " + totalBytes + " bytes");
        }
        long max = encryptor.suite().maxPlaintextBytes();
        if (totalBytes > max) {
            throw new IllegalArgumentException("writing " + object + ": plaintext of " + totalBytes + " bytes; "
                    + encryptor.suite() + " takes " + max);
        }
    }

    private PutObjectResponse begin(ResumableUpload upload, ObjectName object, UploadStateFile file, long totalBytes)
            throws IOException {
        boolean toFile = instructionFiles.areWritten();
        MultipartPut put = new MultipartPut(client, instructionFiles, upload.request(), toFile);
        try (EncryptedParts content = encryptor.encryptParts(object, EncryptionContext.in(upload.request()))) {
            CreateMultipartUploadResponse created = put.create(content.envelope(), null);
            UploadState state = new UploadState(
                    object,
                    created.uploadId(),
                    content.envelope(),
                    toFile,
                    totalBytes,
                    settings.partBytes(totalBytes),
                    Map.of(),
                    Bytes.empty());
            UploadLedger ledger = new UploadLedger(file, state, content, Map.of(), upload.listener());
            try {
                ledger.write();
            } catch (IOException | RuntimeException e) {
                put.abort(created.uploadId(), e);
                throw e;
            }
            return send(upload, put, content, state, ledger, created, file);
        }
    }

    private PutObjectResponse goOn(
            ResumableUpload upload, ObjectName object, UploadStateFile file, UploadState state, long totalBytes)
            throws IOException {
        requireSameObject(object, file, state);
        MultipartPut put = new MultipartPut(client, instructionFiles, upload.request(), state.toFile());
        try (EncryptedParts content = unsealed(upload, object, file, state)) {
            if (state.totalBytes() != totalBytes) {
                throw new IntegrityException(
                        IntegrityException.Stage.CONTENT,
                        upload.file() + " has " + totalBytes + " bytes, and had " + state.totalBytes()
                                + " when its upload began" + remedy(upload));
            }
            Map<Integer, CompletedPart> stored;
            try {
                stored = storedParts(upload, state, content);
            } catch (NoSuchUploadException e) {
                return completedBefore(upload, file, state, e);
            }
            UploadLedger ledger = new UploadLedger(file, state, content, stored, upload.listener());
            CreateMultipartUploadResponse created = CreateMultipartUploadResponse.builder()
                    .uploadId(state.uploadId())
                    .build();
            return send(upload, put, content, state, ledger, created, file);
        } catch (IntegrityException e) {
            throw e.about("going on with " + upload + " is refused; discard it to begin anew");
        }
    }

    private static void requireSameObject(ObjectName object, UploadStateFile file, UploadState state) {
        if (!state.object().equals(object)) {
            throw new IllegalArgumentException(
                    "the state in " + file + " is of an upload to " + state.object() + ", not to " + object);
        }
    }

    private EncryptedParts unsealed(
            ResumableUpload upload, ObjectName object, UploadStateFile file, UploadState state) {
        try {
            return encryptor.resumeParts(
                    object,
                    state.envelope(),
                    EncryptionContext.in(upload.request()),
                    state.associatedData(),
                    state.sealedRuns());
        } catch (KeywrightException e) {
            throw e.about(file + " can't be used");
        }
    }

    private static String remedy(ResumableUpload upload) {
        return ": discard the upload, or remove " + upload.stateFile() + " and abort it, and begin anew";
    }

    /** The parts that need not be sent again: as long as they must be, and with the ETags that were answered. */
    private Map<Integer, CompletedPart> storedParts(ResumableUpload upload, UploadState state, EncryptedParts content) {
        ListPartsRequest.Builder list = ListPartsRequest.builder();
        CommonFields.carry(upload.request(), list);
        upload.request().overrideConfiguration().ifPresent(list::overrideConfiguration);
        Map<Integer, CompletedPart> stored = new TreeMap<>();
        int count = FileParts.count(state.totalBytes(), state.partBytes());
        for (Part part : client.listPartsPaginator(
                        list.uploadId(state.uploadId()).build())
                .parts()) {
            int number = part.partNumber();
            int length = number > count ? -1 : FileParts.lengthOf(number, state.totalBytes(), state.partBytes());
            boolean known = length == 0 || (length > 0 && content.hasRun((number - 1L) * state.partBytes(), length));
            if (!known) {
                throw new IntegrityException(
                        IntegrityException.Stage.CONTENT,
                        "S3 has part " + number + " of upload " + state.uploadId()
                                + ", of which the state knows nothing: it is older than the upload" + remedy(upload));
            }
            long body = number == count ? state.envelope().bodyBytes(length) : length;
            if (part.eTag().equals(state.etags().get(number)) && part.size() == body) {
                CompletedPart.Builder completed = CompletedPart.builder();
                CommonFields.carry(part, completed);
                stored.put(number, completed.build());
            }
        }
        return stored;
    }

    private PutObjectResponse send(
            ResumableUpload upload,
            MultipartPut put,
            EncryptedParts content,
            UploadState state,
            UploadLedger ledger,
            CreateMultipartUploadResponse created,
            UploadStateFile file)
            throws IOException {
        List<CompletedPart> sent;
        try (FileParts parts = new FileParts(
                upload.file(),
                state.totalBytes(),
                state.partBytes(),
                state.envelope().suite().tagBytes(),
                upload::isCancelled)) {
            sent = new ParallelParts(client, content, put.part(state.uploadId()), parts, ledger)
                    .send(settings.threads(state.totalBytes()));
        }
        PutObjectResponse answer = MultipartPut.answer(created, put.complete(state.uploadId(), content, sent));
        file.delete();
        return answer;
    }

    /** The upload is gone: it was completed, if the object has its envelope, and the answer was lost. */
    private PutObjectResponse completedBefore(
            ResumableUpload upload, UploadStateFile file, UploadState state, NoSuchUploadException gone)
            throws IOException {
        HeadObjectResponse head = head(upload);
        Map<String, String> wanted = state.toFile()
                ? state.envelope().toMetadataBesideInstructionFile()
                : state.envelope().toMetadata();
        if (head == null || wanted.isEmpty() || !head.metadata().entrySet().containsAll(wanted.entrySet())) {
            throw new IllegalStateException(
                    "upload " + state.uploadId() + " to " + state.object()
                            + " is no longer at S3: it was aborted, or expired"
                            + (wanted.isEmpty() ? ", or completed, which an object of this format doesn't tell" : "")
                            + remedy(upload),
                    gone);
        }
        file.delete();
        PutObjectResponse.Builder answer = PutObjectResponse.builder();
        CommonFields.carry(head, answer);
        answer.responseMetadata(head.responseMetadata()).sdkHttpResponse(head.sdkHttpResponse());
        return answer.build();
    }

    private @Nullable HeadObjectResponse head(ResumableUpload upload) {
        HeadObjectRequest.Builder head = HeadObjectRequest.builder();
        PutObjectRequest request = upload.request();
        CommonFields.carry(request.toBuilder().ifMatch(null).ifNoneMatch(null).build(), head);
        request.overrideConfiguration().ifPresent(head::overrideConfiguration);
        try {
            return client.headObject(head.build());
        } catch (NoSuchKeyException e) {
            return null;
        }
    }

    void discard(ResumableUpload upload) {
        PutObjectRequest request = upload.request();
        try (UploadStateFile file = UploadStateFile.open(upload.stateFile())) {
            UploadState state = file.read();
            if (state == null) {
                return;
            }
            requireSameObject(new ObjectName(request.bucket(), request.key()), file, state);
            AbortMultipartUploadRequest.Builder abort = AbortMultipartUploadRequest.builder();
            CommonFields.carry(request, abort);
            request.overrideConfiguration().ifPresent(abort::overrideConfiguration);
            try {
                client.abortMultipartUpload(abort.uploadId(state.uploadId()).build());
            } catch (NoSuchUploadException e) {
                file.delete(); // it is gone already
                return;
            }
            file.delete();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
