/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Decryption;
import dev.keywright.envelope.Envelope;
import dev.keywright.envelope.ObjectDecryptor;
import dev.keywright.envelope.PlaintextRange;
import dev.keywright.envelope.RequestedRange;
import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.FormatException;
import dev.keywright.spi.IntegrityException;
import java.io.InputStream;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Hands a range of an object on as it arrives, which nothing verifies. Where the range lies is known once the response tells
 * the body's length; for the CBC suite only once the padding was seen, which takes a request of its own.
 */
final class RangeTransformer<T> extends DecryptingTransformer<T> {
    private static final int UNSATISFIABLE = 416;

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
        bodyRange(stored);
    }

    private BodyRange bodyRange(GetObjectResponse stored) {
        try {
            return BodyRange.of(stored);
        } catch (FormatException e) {
            throw e.about("reading " + object());
        }
    }

    @Override
    T opened(GetObjectResponse stored, Envelope envelope, AbortableInputStream body) throws Exception {
        legacy = null;
        GetObjectResponse response;
        InputStream plaintext;
        boolean begun = false;
        try (Decryption decryption = begin(envelope)) {
            BodyRange given = bodyRange(stored);
            AlgorithmSuite suite = envelope.suite();
            boolean tagged = suite.tagBytes() > 0;
            if (!tagged && legacyPlaintextBytes == UNKNOWN) {
                legacy = new Legacy(stored, envelope, given.totalBytes());
                return none();
            }
            long plaintextBytes = tagged ? withoutTag(given.totalBytes(), suite) : legacyPlaintextBytes;
            PlaintextRange range = range(stored, plaintextBytes);
            requireHolds(given, range.bodyOffset(suite), tagged ? range.end() : range.bodyEnd());
            response = PlaintextResponse.of(stored, range, plaintextBytes);
            plaintext =
                    decryption.unverifiedRange(new StoredInputStream(body, bodyBytes(stored)), given.first(), range);
            begun = true;
        } finally {
            if (!begun) {
                body.abort();
            }
        }
        return PlaintextHandOver.to(
                plaintextTransformer, response, new PlaintextInputStream(plaintext, body), body::abort);
    }

    private long withoutTag(long bodyBytes, AlgorithmSuite suite) {
        if (bodyBytes < suite.tagBytes()) {
            throw new IntegrityException(
                    IntegrityException.Stage.CONTENT,
                    "reading " + object() + ": a body of " + bodyBytes + " bytes has no room for its tag of "
                            + suite.tagBytes() + ": truncated");
        }
        return bodyBytes - suite.tagBytes();
    }

    private void requireHolds(BodyRange given, long from, long to) {
        try {
            given.requireHolds(from, to);
        } catch (FormatException e) {
            throw e.about("reading " + object());
        }
    }

    /** Also where S3 itself would answer with bytes of the tag or the padding, which are none of the plaintext's. */
    private PlaintextRange range(GetObjectResponse stored, long plaintextBytes) {
        return requested.of(plaintextBytes).orElseThrow(() -> {
            S3Exception unsatisfiable = (S3Exception) S3Exception.builder()
                    .statusCode(UNSATISFIABLE)
                    .requestId(stored.responseMetadata().requestId())
                    .awsErrorDetails(AwsErrorDetails.builder()
                            .serviceName("S3")
                            .errorCode("InvalidRange")
                            .errorMessage("reading " + object() + ": " + requested + " asks for none of the "
                                    + plaintextBytes + " bytes of the plaintext")
                            .build())
                    .build();
            remember(unsatisfiable);
            return unsatisfiable;
        });
    }
}
