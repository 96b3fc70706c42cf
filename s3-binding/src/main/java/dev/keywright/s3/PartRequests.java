/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.EncryptedParts;
import dev.keywright.envelope.Envelope;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import java.util.Optional;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;

/** What is asked of S3 for a multipart upload, in place of what the caller asks. */
final class PartRequests {
    private PartRequests() {}

    /**
     * The request with the envelope.
     *
     * @param toFile whether the envelope goes into an instruction file
     */
    static CreateMultipartUploadRequest creation(
            CreateMultipartUploadRequest request, EncryptedParts content, boolean toFile) {
        Envelope envelope = content.envelope();
        return request.toBuilder()
                .metadata(UserMetadata.toStore(
                        content.name(),
                        request.metadata(),
                        toFile ? envelope.toMetadataBesideInstructionFile() : envelope.toMetadata()))
                .build();
    }

    /** The length of a part's plaintext, which request or body must say. */
    static long plaintextBytes(ObjectName object, UploadPartRequest request, Optional<Long> ofBody) {
        return PutRequests.plaintextBytes(object, request.contentLength(), ofBody)
                .orElseThrow(() -> new IllegalArgumentException("writing " + object + ": the length of part "
                        + request.partNumber()
                        + " is not known; set contentLength on the request, or use a body that has one"));
    }

    /** The request with the ciphertext's length, and without a word on the plaintext. */
    static UploadPartRequest sent(UploadPartRequest request, long bodyBytes) {
        UploadPartRequest.Builder sent = request.toBuilder();
        PlaintextChecksums.drop(sent);
        return sent.contentLength(bodyBytes).build();
    }
}
