/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Decryption;
import dev.keywright.envelope.Envelope;
import dev.keywright.envelope.ObjectDecryptor;
import dev.keywright.envelope.PlaintextRange;
import dev.keywright.envelope.RequestedRange;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import java.io.InputStream;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Hands a range of an object on as it arrives, which nothing verifies. Where the range lies is known once the response tells
 * the body's length; for the CBC suite only once the padding was seen, which takes a request of its own.
 */
final class RangeTransformer<T> extends DecryptingTransformer<T> {
    private static final long UNKNOWN = -1;

    private final RequestedRange requested;
    private final ResponseTransformer<GetObjectResponse, T> plaintextTransformer;
    private long legacyPlaintextBytes = UNKNOWN;
    private @Nullable Legacy legacy;

    RangeTransformer(
            ObjectDecryptor decryptor,
            ObjectName object,
            Map<String, String> encryptionContext,
            RequestedRange requested,
            ResponseTransformer<GetObjectResponse, T> plaintextTransformer) {
        super(decryptor, object, encryptionContext);
        this.requested = requested;
        this.plaintextTransformer = plaintextTransformer;
    }

    /** An object of the CBC suite that was met, whose plaintext's length is still to be learned. */
    record Legacy(GetObjectResponse stored, Envelope envelope, long bodyBytes) {}

    /** What the last attempt met and could not resolve the range in; null if there was none. */
    @Nullable
    Legacy legacy() {
        return legacy;
    }

    /** Sets the length of that object's plaintext, and says what to ask of its body. */
    String resolve(Legacy met, long plaintextBytes) {
        legacyPlaintextBytes = plaintextBytes;
        PlaintextRange range = range(met.stored(), plaintextBytes);
        return "bytes=" + range.bodyOffset(met.envelope().suite()) + "-" + (range.bodyEnd() - 1);
    }

    @Override
    public boolean needsConnectionLeftOpen() {
        return plaintextTransformer.needsConnectionLeftOpen();
    }

    @Override
    public String name() {
        return plaintextTransformer.name();
    }

    /** That a range was answered is seen where its place is. */
    @Override
    void requireAsked(GetObjectResponse stored) {
        RangeAnswer.given(object(), stored);
    }

    @Override
    T opened(GetObjectResponse stored, Envelope envelope, AbortableInputStream body) throws Exception {
        GetObjectResponse response;
        InputStream plaintext;
        boolean begun = false;
        try (Decryption decryption = begin(envelope)) {
            if (envelope.suite().tagBytes() == 0 && legacyPlaintextBytes == UNKNOWN) {
                legacy = new Legacy(
                        stored, envelope, RangeAnswer.given(object(), stored).totalBytes());
                return none();
            }
            RangeAnswer answer = RangeAnswer.of(object(), requested, stored, envelope, legacyPlaintextBytes);
            response = answer.response();
            plaintext = decryption.unverifiedRange(
                    new StoredInputStream(body, FoundEnvelope.bodyBytes(stored)), answer.bodyOffset(), answer.range());
            begun = true;
        } catch (S3Exception unsatisfiable) {
            remember(unsatisfiable);
            throw unsatisfiable;
        } finally {
            if (!begun) {
                body.abort();
            }
        }
        return PlaintextHandOver.to(
                plaintextTransformer, response, new PlaintextInputStream(plaintext, body), body::abort);
    }

    private PlaintextRange range(GetObjectResponse stored, long plaintextBytes) {
        return RangeAnswer.range(object(), requested, stored, plaintextBytes);
    }
}
