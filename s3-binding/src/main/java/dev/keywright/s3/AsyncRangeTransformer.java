/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Decryption;
import dev.keywright.envelope.Envelope;
import dev.keywright.envelope.RequestedRange;
import java.nio.ByteBuffer;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** Hands a range of an object on as it arrives, which nothing verifies. */
final class AsyncRangeTransformer<T> extends AsyncUnverifiedTransformer<T> {
    private static final long UNKNOWN = -1;

    private final RequestedRange requested;

    AsyncRangeTransformer(
            Opening opening, RequestedRange requested, AsyncResponseTransformer<GetObjectResponse, T> callers) {
        super(opening, callers);
        this.requested = requested;
    }

    @Override
    void requireAsked(GetObjectResponse response) {
        RangeAnswer.given(opening.object(), response);
    }

    @Override
    Begun begin(Attempt<T> attempt, Envelope envelope, Decryption decryption, SdkPublisher<ByteBuffer> body) {
        if (envelope.suite().tagBytes() == 0) {
            throw new UnsupportedOperationException(
                    opening.subject() + ": the asynchronous client reads no ranges of " + envelope.suite()
                            + ", whose padding must be read first; read the object whole, or by EncryptingS3Client");
        }
        RangeAnswer answer = RangeAnswer.of(opening.object(), requested, attempt.response(), envelope, UNKNOWN);
        return new Begun(
                answer.response(),
                published(
                        attempt,
                        body,
                        UnverifiedPieces.of(decryption.unverifiedRange(answer.bodyOffset(), answer.range()))));
    }
}
