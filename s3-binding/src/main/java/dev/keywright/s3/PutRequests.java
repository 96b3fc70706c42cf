/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Envelope;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import java.util.Optional;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/** What may be asked of a put, and what is asked of S3 for it. */
final class PutRequests {
    private PutRequests() {}

    /** @param toFile whether the envelope goes into an instruction file */
    static void requirePuttable(ObjectName object, PutObjectRequest request, boolean toFile) {
        if (request.writeOffsetBytes() != null) {
            throw new UnsupportedOperationException("writing " + object
                    + ": writeOffsetBytes would append, and an encrypted object can't be appended to; put it whole");
        }
        if (toFile && (request.ifMatch() != null || request.ifNoneMatch() != null)) {
            throw new UnsupportedOperationException(
                    "writing " + object + ": a condition can't hold for the object and its "
                            + "instruction file at once; put without ifMatch and ifNoneMatch, or with the envelope in the metadata");
        }
        UserMetadata.requireNoReservedName(object, request.metadata());
    }

    /** The plaintext's length, from the body or from the request. */
    static long plaintextBytes(ObjectName object, PutObjectRequest request, Optional<Long> bodyBytes) {
        Long said = request.contentLength();
        Long known = bodyBytes.orElse(said);
        if (known == null) {
            throw new IllegalArgumentException(
                    "writing " + object + ": the body's length is not known, and S3 wants it "
                            + "beforehand; set contentLength on the request, or use a body that has one");
        }
        if (said != null && !said.equals(known)) {
            throw new IllegalArgumentException("writing " + object + ": the request says contentLength " + said
                    + ", and its body has " + known + " bytes");
        }
        return known;
    }

    /** The request with the envelope, and without a word on the plaintext; its length is still to be set. */
    static PutObjectRequest.Builder stored(
            ObjectName object, PutObjectRequest request, Envelope envelope, boolean toFile) {
        PutObjectRequest.Builder stored = request.toBuilder()
                .metadata(UserMetadata.toStore(
                        object,
                        request.metadata(),
                        toFile ? envelope.toMetadataBesideInstructionFile() : envelope.toMetadata()))
                .contentLength(null);
        PlaintextChecksums.drop(stored);
        return stored;
    }
}
