/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.RequestedRange;
import dev.keywright.envelope.StoredEnvelope;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.KeywrightException;
import dev.keywright.spi.PolicyException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/** What may be asked of a read, and what a head answers. */
final class ReadRequests {
    private static final System.Logger LOG = System.getLogger(ReadRequests.class.getPackageName());

    private ReadRequests() {}

    static void requireNoPart(ObjectName object, @Nullable Integer partNumber) {
        if (partNumber != null) {
            throw new UnsupportedOperationException("reading " + object + ": partNumber cuts the ciphertext, not the "
                    + "plaintext; read the object whole, or a range of it, without partNumber");
        }
    }

    static void requireWholeHead(ObjectName object, HeadObjectRequest request) {
        requireNoPart(object, request.partNumber());
        if (request.range() != null) {
            throw new UnsupportedOperationException("heading " + object
                    + ": a range cuts the ciphertext, not the plaintext; head the object without range");
        }
    }

    static PolicyException unverifiedRange(ObjectName object) {
        return new PolicyException("reading " + object + ": nothing verifies a range, as the tag is of the whole "
                + "object, and unverified ranges are not enabled; open the object by openVerified for "
                + "verified ones, or call getObjectUnverified, or enable unverified ranges");
    }

    /** @throws IllegalArgumentException if it is none that S3 answers */
    static RequestedRange range(ObjectName object, String header) {
        try {
            return RequestedRange.parse(header);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("reading " + object + ": " + e.getMessage(), e);
        }
    }

    static void warnOfUnusedSuffix(ObjectName object, GetObjectRequest request) {
        InstructionFileSuffix suffix = InstructionFileSuffix.in(request);
        if (suffix.isChosen()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "reading {0}: its envelope is in its metadata, and the instruction file with suffix {1} was not read",
                    object,
                    suffix);
        }
    }

    /** As if the object were stored in plain; an object without any envelope entry is headed as S3 has it. */
    static HeadObjectResponse plaintext(ObjectName object, HeadObjectResponse stored) {
        if (!UserMetadata.hasEnvelope(stored.metadata())) {
            return stored;
        }
        try {
            return PlaintextResponse.of(stored, StoredEnvelope.in(stored.metadata()));
        } catch (KeywrightException e) {
            throw e.about("heading " + object);
        }
    }
}
