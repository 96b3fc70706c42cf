/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Decryption;
import dev.keywright.envelope.Envelope;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** Takes a whole body, verifies and holds it; what comes of it is plaintext that may be released, after the SDK's call. */
final class AsyncVerifyingTransformer extends AsyncOpeningTransformer<AsyncVerifyingTransformer.Verified> {
    private final VerifiedRelease release;
    private final int bufferBytes;
    private final @Nullable Path spoolDirectory;

    /** @param release not twice */
    AsyncVerifyingTransformer(
            Opening opening, VerifiedRelease release, int bufferBytes, @Nullable Path spoolDirectory) {
        super(opening);
        this.release = release;
        this.bufferBytes = bufferBytes;
        this.spoolDirectory = spoolDirectory;
    }

    /** A verified object. */
    record Verified(GetObjectResponse plaintextResponse, PlaintextPieces pieces) {}

    /** The decryption's key goes to the check, and with it to the intake, which wipes it however that ends. */
    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // listeners
    void open(Attempt<Verified> attempt, Envelope envelope, Decryption decryption, SdkPublisher<ByteBuffer> body) {
        GetObjectResponse response = attempt.response();
        long bodyBytes = FoundEnvelope.bodyBytes(response);
        CiphertextIntake intake = new CiphertextIntake(
                opening.subject(),
                BodyCheck.of(decryption, bodyBytes),
                new HeldBody(release, bufferBytes, spoolDirectory),
                bodyBytes,
                opening.executor());
        attempt.outcome.whenComplete((outcome, failure) -> {
            if (failure != null) {
                intake.fail(failure);
            }
        });
        intake.checked().whenComplete((pieces, failure) -> {
            if (failure != null) {
                refuse(attempt, failure);
            } else {
                pass(attempt, response, envelope, pieces);
            }
        });
        body.subscribe(intake);
    }

    /** Nobody subscribes to it any more. */
    @Override
    void drop(Verified verified) {
        new VerifiedPlaintext(verified.pieces(), opening.executor(), why -> {})
                .fail(new CancellationException(opening.subject() + ": given up"));
    }

    private void pass(
            Attempt<Verified> attempt, GetObjectResponse response, Envelope envelope, PlaintextPieces pieces) {
        try {
            Verified verified = new Verified(PlaintextResponse.of(response, envelope), pieces);
            if (!attempt.outcome.complete(Outcome.of(verified))) {
                pieces.close(); // given up meanwhile
            }
        } catch (IOException | RuntimeException e) {
            refuse(attempt, e);
        }
    }
}
