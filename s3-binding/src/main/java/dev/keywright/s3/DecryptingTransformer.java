/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Decryption;
import dev.keywright.envelope.Envelope;
import dev.keywright.envelope.ObjectDecryptor;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.KeywrightException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Opens a stored object inside the SDK's call, so that the SDK's time limits and retries hold for the download too. Finds its
 * envelope; what is done with its body is the subclass's. Remembers why it refused, as the SDK wraps what a transformer
 * throws. One for each call.
 */
abstract class DecryptingTransformer<T> implements ResponseTransformer<GetObjectResponse, T> {
    private final ObjectDecryptor decryptor;
    private final ObjectName object;
    private final Map<String, String> encryptionContext;
    private @Nullable RuntimeException failure;
    private @Nullable FoundEnvelope incomplete;
    private @Nullable Envelope fromFile;

    DecryptingTransformer(ObjectDecryptor decryptor, ObjectName object, Map<String, String> encryptionContext) {
        this.decryptor = decryptor;
        this.object = object;
        this.encryptionContext = encryptionContext;
    }

    /** Reads the body of an object whose envelope is known. */
    abstract T opened(GetObjectResponse stored, Envelope envelope, AbortableInputStream body) throws Exception;

    /** Refuses a response that is of another part of the object than was asked for. */
    void requireAsked(GetObjectResponse stored) {
        FoundEnvelope.requireWhole(object, stored);
    }

    /** The object, for errors. */
    final ObjectName object() {
        return object;
    }

    /** Passes the gates, and has the key unwrapped. */
    final Decryption begin(Envelope envelope) {
        return decryptor.begin(object, envelope, encryptionContext);
    }

    /** Why the last attempt was refused; null if it wasn't. */
    final @Nullable RuntimeException failure() {
        return failure;
    }

    /**
     * The object whose instruction file must be read before it can be opened, and the caller's transformer called; null if
     * the last attempt met none.
     */
    final @Nullable FoundEnvelope incomplete() {
        return incomplete;
    }

    /** From now on, opens by this envelope out of an instruction file. */
    final void use(Envelope envelope) {
        fromFile = envelope;
    }

    @Override
    public final T transform(GetObjectResponse stored, AbortableInputStream body) throws Exception {
        failure = null;
        incomplete = null;
        try {
            Envelope envelope = null;
            try {
                envelope = envelope(stored);
            } finally {
                if (envelope == null) {
                    body.abort(); // what is only closed may be read to its end
                }
            }
            return envelope == null ? none() : opened(stored, envelope, body);
        } catch (KeywrightException e) {
            failure = e;
            throw e;
        }
    }

    /** Null if it is in an instruction file that is still to be read. */
    private @Nullable Envelope envelope(GetObjectResponse stored) {
        requireAsked(stored);
        FoundEnvelope found = FoundEnvelope.in(object, stored);
        Envelope envelope = found.complete(fromFile);
        if (envelope == null) {
            incomplete = found;
        }
        return envelope;
    }

    /** Nobody looks at what is returned where something is still to be asked for. */
    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    final T none() {
        return null;
    }

    /** What to throw if the body can't be read, or held meanwhile. */
    final SdkClientException unreadable(StoredInputStream arriving, IOException e) {
        if (arriving.broken()) {
            return RetryableException.create("reading " + object + ": the connection failed", e);
        }
        SdkClientException ours = e instanceof ClosedByInterruptException
                ? AbortedException.create("reading " + object + ": interrupted", e)
                : SdkClientException.create(
                        "reading " + object + ": can't hold the object in a temporary file while it is verified", e);
        remember(ours);
        return ours;
    }

    /** To be thrown as it is, by the client too. */
    final void remember(SdkException e) {
        failure = e;
    }
}
