/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Envelope;
import dev.keywright.envelope.PlaintextRange;
import dev.keywright.envelope.RequestedRange;
import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.FormatException;
import dev.keywright.spi.IntegrityException;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Which part of the plaintext a response holds that was asked for a range.
 *
 * @param range the part
 * @param bodyOffset where in the stored body the response begins
 * @param response as if the object were stored in plain
 */
record RangeAnswer(PlaintextRange range, long bodyOffset, GetObjectResponse response) {
    private static final int UNSATISFIABLE = 416;

    /** @param legacyPlaintextBytes the plaintext's length, of the suite whose padding tells it; else not looked at */
    static RangeAnswer of(
            ObjectName object,
            RequestedRange requested,
            GetObjectResponse stored,
            Envelope envelope,
            long legacyPlaintextBytes) {
        BodyRange given = given(object, stored);
        AlgorithmSuite suite = envelope.suite();
        boolean tagged = suite.tagBytes() > 0;
        long plaintextBytes = tagged ? withoutTag(object, given.totalBytes(), suite) : legacyPlaintextBytes;
        PlaintextRange range = range(object, requested, stored, plaintextBytes);
        try {
            given.requireHolds(range.bodyOffset(suite), tagged ? range.end() : range.bodyEnd());
        } catch (FormatException e) {
            throw e.about("reading " + object);
        }
        return new RangeAnswer(range, given.first(), PlaintextResponse.of(stored, range, plaintextBytes));
    }

    /** @throws FormatException if it says nothing of a range */
    static BodyRange given(ObjectName object, GetObjectResponse stored) {
        try {
            return BodyRange.of(stored);
        } catch (FormatException e) {
            throw e.about("reading " + object);
        }
    }

    private static long withoutTag(ObjectName object, long bodyBytes, AlgorithmSuite suite) {
        if (bodyBytes < suite.tagBytes()) {
            throw new IntegrityException(
                    IntegrityException.Stage.CONTENT,
                    "reading " + object + ": a body of " + bodyBytes + " bytes has no room for its tag of "
                            + suite.tagBytes() + ": truncated");
        }
        return bodyBytes - suite.tagBytes();
    }

    /**
     * The part that is asked for.
     *
     * @throws S3Exception 416, also where S3 itself would answer with bytes of the tag or the padding, which are none of the
     *     plaintext's
     */
    static PlaintextRange range(
            ObjectName object, RequestedRange requested, GetObjectResponse stored, long plaintextBytes) {
        return requested.of(plaintextBytes).orElseThrow(() -> (S3Exception) S3Exception.builder()
                .statusCode(UNSATISFIABLE)
                .requestId(stored.responseMetadata().requestId())
                .awsErrorDetails(AwsErrorDetails.builder()
                        .serviceName("S3")
                        .errorCode("InvalidRange")
                        .errorMessage("reading " + object + ": " + requested + " asks for none of the " + plaintextBytes
                                + " bytes of the plaintext")
                        .build())
                .build());
    }
}
