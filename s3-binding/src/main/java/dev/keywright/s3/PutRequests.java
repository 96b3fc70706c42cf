/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Envelope;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
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
            throw InstructionFiles.conditional(object);
        }
        UserMetadata.requireNoReservedName(object, request.metadata());
    }

    /**
     * The plaintext's length, if request or body say it.
     *
     * @param said {@code contentLength} of the request
     */
    static OptionalLong plaintextBytes(ObjectName object, @Nullable Long said, Optional<Long> ofBody) {
        Long known = ofBody.orElse(said);
        if (said != null && !said.equals(known)) {
            throw new IllegalArgumentException("writing " + object + ": the request says contentLength " + said
                    + ", and its body has " + known + " bytes");
        }
        if (known != null && known < 0) {
            throw new IllegalArgumentException("writing " + object + ": a body of " + known + " bytes");
        }
        return known == null ? OptionalLong.empty() : OptionalLong.of(known);
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
