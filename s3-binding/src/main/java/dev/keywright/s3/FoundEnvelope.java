/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Decryption;
import dev.keywright.envelope.Envelope;
import dev.keywright.envelope.StoredEnvelope;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.FormatException;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeywrightException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * What the headers of a stored object tell.
 *
 * @param stored what its metadata tells of its envelope
 * @param eTag of the object that was met; null if the store gives none
 */
record FoundEnvelope(StoredEnvelope stored, @Nullable String eTag) {
    /** @throws KeywrightException if the envelope is broken */
    static FoundEnvelope in(ObjectName object, GetObjectResponse response) {
        try {
            return new FoundEnvelope(StoredEnvelope.in(response.metadata()), response.eTag());
        } catch (KeywrightException e) {
            throw e.about("reading " + object);
        }
    }

    /** The envelope, of metadata alone or else out of a file; null if such a file is still to be read. */
    @Nullable
    Envelope complete(@Nullable Envelope fromFile) {
        return stored.needsInstructionFile() ? fromFile : stored.complete();
    }

    /** The request again, for that very object. */
    GetObjectRequest sameObject(GetObjectRequest request) {
        return eTag == null || request.ifMatch() != null
                ? request
                : request.toBuilder().ifMatch(eTag).build();
    }

    /** @throws FormatException if the response is of a range */
    static void requireWhole(ObjectName object, GetObjectResponse response) {
        if (response.contentRange() != null) {
            throw new FormatException(
                    FormatException.Fault.MALFORMED,
                    "reading " + object + ": the response is of a range, and none was asked for");
        }
    }

    /** The length of the stored body, or {@link Decryption#UNKNOWN_LENGTH}. */
    static long bodyBytes(GetObjectResponse response) {
        Long length = response.contentLength();
        return length == null ? Decryption.UNKNOWN_LENGTH : length;
    }

    /** The plaintext's length is told before its stream would find out, and there is none. */
    static void requireRoomForTag(ObjectName object, Envelope envelope, long bodyBytes) {
        int tagBytes = envelope.suite().tagBytes();
        if (bodyBytes >= 0 && bodyBytes < tagBytes) {
            throw new IntegrityException(
                    IntegrityException.Stage.CONTENT,
                    "reading " + object + ": a body of " + bodyBytes + " bytes has no room for its tag of " + tagBytes
                            + ": truncated");
        }
    }
}
