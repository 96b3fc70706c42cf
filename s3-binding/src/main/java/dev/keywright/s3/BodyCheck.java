/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.BodyVerification;
import dev.keywright.envelope.Decryption;
import dev.keywright.envelope.TrialDecryption;
import java.nio.ByteBuffer;

/** What a body must pass before any plaintext of it is released. Owns the content key. For one thread at a time. */
interface BodyCheck extends AutoCloseable {
    /** Takes the next stored bytes, which stay as they are. */
    void update(ByteBuffer body);

    /** Passes key and held body on, if the whole body is right. */
    PlaintextPieces end(HeldBody held, long bodyBytes);

    @Override
    void close();

    /** The check that the body's suite has: its tag, or of the legacy CBC suite that it decrypts to its end. */
    static BodyCheck of(Decryption decryption, long bodyBytes) {
        return decryption.envelope().suite().tagBytes() > 0
                ? new OfTag(decryption.verification(bodyBytes))
                : new OfTrial(decryption.trial(bodyBytes));
    }

    /** The tag verifies. */
    record OfTag(BodyVerification verification) implements BodyCheck {
        @Override
        public void update(ByteBuffer body) {
            verification.update(body);
        }

        @Override
        public PlaintextPieces end(HeldBody held, long bodyBytes) {
            return new VerifiedPieces(verification.end(), held);
        }

        @Override
        public void close() {
            verification.close();
        }
    }

    /** It decrypts: nothing verifies. */
    record OfTrial(TrialDecryption trial) implements BodyCheck {
        @Override
        public void update(ByteBuffer body) {
            trial.update(body);
        }

        @Override
        public PlaintextPieces end(HeldBody held, long bodyBytes) {
            return new TriedPieces(trial.end(), held, bodyBytes);
        }

        @Override
        public void close() {
            trial.close();
        }
    }
}
