/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.IntegrityException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** An object that was met before and is asked for again: that very one, by its version and ETag where the store told them. */
final class PinnedObject {
    private static final int PRECONDITION_FAILED = 412;

    private final S3Client client;
    private final ObjectName name;
    private final GetObjectRequest request;

    /** @param request how it was asked for; what it says for itself of version and ETag stays */
    PinnedObject(S3Client client, ObjectName name, GetObjectRequest request, GetObjectResponse met) {
        this.client = client;
        this.name = name;
        GetObjectRequest.Builder pinned = request.toBuilder();
        if (request.versionId() == null) {
            pinned.versionId(met.versionId());
        }
        if (request.ifMatch() == null) {
            pinned.ifMatch(met.eTag());
        }
        this.request = pinned.build();
    }

    ObjectName name() {
        return name;
    }

    /** Gets it once more, as {@code reading} asks. */
    <T> T get(SecondReading<T> reading) {
        return get(reading.bodyRange(), reading, reading::failure);
    }

    /**
     * Gets it once more.
     *
     * @param range of the body; null for all of it
     * @param failure why the transformer refused, if it did, which the SDK wraps
     */
    <T> T get(
            @Nullable String range,
            ResponseTransformer<GetObjectResponse, T> transformer,
            Supplier<? extends @Nullable RuntimeException> failure) {
        try {
            return client.getObject(request.toBuilder().range(range).build(), transformer);
        } catch (RuntimeException e) {
            RuntimeException refused = failure.get();
            throw refused == null ? unlessReplaced(name, e) : refused;
        }
    }

    /** What it means that an object could not be had that was met before and asked for as that very one. */
    static RuntimeException unlessReplaced(ObjectName name, RuntimeException failure) {
        return failure instanceof S3Exception s3 && s3.statusCode() == PRECONDITION_FAILED
                ? new IntegrityException(
                        IntegrityException.Stage.CONTENT,
                        "reading " + name + ": the object was replaced since it was first read (412); read it again",
                        failure)
                : failure;
    }
}
