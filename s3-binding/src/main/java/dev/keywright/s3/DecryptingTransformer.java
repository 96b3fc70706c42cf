/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Decryption;
import dev.keywright.envelope.Envelope;
import dev.keywright.envelope.ObjectDecryptor;
import dev.keywright.envelope.StoredEnvelope;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.FormatException;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeywrightException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Opens a stored object inside the SDK's call, so that the SDK's time limits and retries hold for the download too, and
 * hands the caller's transformer a plaintext response. Remembers why it refused, as the SDK wraps what a transformer
 * throws. One for each call.
 */
final class DecryptingTransformer<T> implements ResponseTransformer<GetObjectResponse, T> {
    /** When plaintext is handed on. */
    enum Release {
        VERIFIED,
        UNVERIFIED
    }

    private final ObjectDecryptor decryptor;
    private final ObjectName object;
    private final Map<String, String> encryptionContext;
    private final Release release;
    private final ResponseTransformer<GetObjectResponse, T> plaintextTransformer;
    private @Nullable RuntimeException failure;
    private @Nullable Incomplete incomplete;
    private @Nullable Envelope fromFile;

    DecryptingTransformer(
            ObjectDecryptor decryptor,
            ObjectName object,
            Map<String, String> encryptionContext,
            Release release,
            ResponseTransformer<GetObjectResponse, T> plaintextTransformer) {
        this.decryptor = decryptor;
        this.object = object;
        this.encryptionContext = encryptionContext;
        this.release = release;
        this.plaintextTransformer = plaintextTransformer;
    }

    /** Why the last attempt was refused; null if it wasn't. */
    @Nullable
    RuntimeException failure() {
        return failure;
    }

    /**
     * An object whose instruction file must be read before it can be opened.
     *
     * @param envelope what its metadata tells
     * @param eTag of the object that was met; null if the store gives none
     */
    record Incomplete(StoredEnvelope envelope, @Nullable String eTag) {
        /** The request again, for that very object. */
        GetObjectRequest sameObject(GetObjectRequest request) {
            return eTag == null || request.ifMatch() != null
                    ? request
                    : request.toBuilder().ifMatch(eTag).build();
        }
    }

    /** What the last attempt met and could not open, nor call the caller's transformer for; null if there was none. */
    @Nullable
    Incomplete incomplete() {
        return incomplete;
    }

    /** From now on, opens by this envelope out of an instruction file. */
    void use(Envelope envelope) {
        fromFile = envelope;
    }

    @Override
    public T transform(GetObjectResponse stored, AbortableInputStream body) throws Exception {
        failure = null;
        incomplete = null;
        try {
            Envelope envelope = envelope(stored);
            if (envelope == null) {
                body.abort();
                return none();
            }
            return release == Release.VERIFIED ? verified(stored, envelope, body) : unverified(stored, envelope, body);
        } catch (KeywrightException e) {
            failure = e;
            throw e;
        }
    }

    /** The connection has done its work when verified plaintext is handed on. */
    @Override
    public boolean needsConnectionLeftOpen() {
        return release == Release.UNVERIFIED && plaintextTransformer.needsConnectionLeftOpen();
    }

    @Override
    public String name() {
        return plaintextTransformer.name();
    }

    /** Null if it is in an instruction file that is still to be read. */
    private @Nullable Envelope envelope(GetObjectResponse stored) {
        if (stored.contentRange() != null) {
            throw new FormatException(
                    FormatException.Fault.MALFORMED,
                    "reading " + object + ": the response is of a range, and none was asked for");
        }
        StoredEnvelope found;
        try {
            found = StoredEnvelope.in(stored.metadata());
        } catch (KeywrightException e) {
            throw e.about("reading " + object);
        }
        if (!found.needsInstructionFile()) {
            return found.complete();
        }
        if (fromFile == null) {
            incomplete = new Incomplete(found, stored.eTag());
        }
        return fromFile;
    }

    /** Nobody looks at what is returned while {@link #incomplete} is set. */
    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    private T none() {
        return null;
    }

    private T verified(GetObjectResponse stored, Envelope envelope, AbortableInputStream body) throws Exception {
        InputStream plaintext;
        boolean whole = false;
        StoredInputStream arriving = new StoredInputStream(body, bodyBytes(stored));
        try (Decryption decryption = decryptor.begin(object, envelope, encryptionContext)) {
            plaintext = decryption.verified(arriving, bodyBytes(stored));
            whole = true;
        } catch (IOException e) {
            throw arriving.broken()
                    ? RetryableException.create("reading " + object + ": the connection failed", e)
                    : remembered(SdkClientException.create(
                            "reading " + object + ": can't hold the object in a temporary file while it is verified",
                            e));
        } finally {
            if (!whole) {
                body.abort();
            }
        }
        return handOn(stored, envelope, new PlaintextInputStream(plaintext, () -> {}), () -> {});
    }

    private T unverified(GetObjectResponse stored, Envelope envelope, AbortableInputStream body) throws Exception {
        InputStream plaintext;
        boolean begun = false;
        try (Decryption decryption = decryptor.begin(object, envelope, encryptionContext)) {
            requireRoomForTag(envelope, bodyBytes(stored));
            plaintext = decryption.unverified(new StoredInputStream(body, bodyBytes(stored)), bodyBytes(stored));
            begun = true;
        } finally {
            if (!begun) {
                body.abort();
            }
        }
        return handOn(stored, envelope, new PlaintextInputStream(plaintext, body), body::abort);
    }

    /** The plaintext's length is told before the stream would find out, and there is none. */
    private void requireRoomForTag(Envelope envelope, long bodyBytes) {
        int tagBytes = envelope.suite().tagBytes();
        if (bodyBytes >= 0 && bodyBytes < tagBytes) {
            throw new IntegrityException(
                    IntegrityException.Stage.CONTENT,
                    "reading " + object + ": a body of " + bodyBytes + " bytes has no room for its tag of " + tagBytes
                            + ": truncated");
        }
    }

    private T handOn(GetObjectResponse stored, Envelope envelope, PlaintextInputStream plaintext, Runnable abortBody)
            throws Exception {
        T result;
        try {
            result = plaintextTransformer.transform(
                    PlaintextResponse.of(stored, envelope),
                    AbortableInputStream.create(plaintext, () -> abort(plaintext, abortBody)));
        } catch (Exception | Error e) {
            try {
                plaintext.close();
            } catch (IOException closing) {
                e.addSuppressed(closing);
            }
            throw e;
        }
        if (!plaintextTransformer.needsConnectionLeftOpen()) {
            plaintext.close();
        }
        return result;
    }

    private static void abort(PlaintextInputStream plaintext, Runnable abortBody) {
        abortBody.run();
        try {
            plaintext.close();
        } catch (IOException e) {
            throw SdkClientException.create("closing an aborted object", e);
        }
    }

    private static long bodyBytes(GetObjectResponse stored) {
        Long length = stored.contentLength();
        return length == null ? Decryption.UNKNOWN_LENGTH : length;
    }

    private SdkClientException remembered(SdkClientException e) {
        failure = e;
        return e;
    }
}
