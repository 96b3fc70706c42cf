/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.EncryptedParts;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;

/**
 * The uploads that one client has begun and not ended, with their keys, which are wiped when an upload is completed or
 * aborted (MPU-008). Thread-safe.
 */
final class UploadsUnderWay implements AutoCloseable {
    /** Each holds a key, and a digest for each MiB sent. */
    static final int MAX_UPLOADS = 1000;

    private final Map<String, MultipartUpload> byId = new ConcurrentHashMap<>();
    private final AtomicInteger count = new AtomicInteger();

    /** Takes a place for an upload that is about to be created; {@link #begun} fills it, {@link #giveUp} frees it. */
    void reserve(ObjectName object) {
        if (count.incrementAndGet() > MAX_UPLOADS) {
            count.decrementAndGet();
            throw new IllegalStateException("writing " + object + ": this client has " + MAX_UPLOADS
                    + " multipart uploads under way; complete or abort some");
        }
    }

    /** Frees a place whose upload was not created. */
    void giveUp() {
        count.decrementAndGet();
    }

    /**
     * An upload is created; it owns the content now.
     *
     * @throws IllegalStateException if the store gave it no id of its own; the content is wiped
     */
    void begun(CreateMultipartUploadRequest request, EncryptedParts content, @Nullable String id) {
        if (id == null
                || byId.putIfAbsent(id, new MultipartUpload(request, content, id, MultipartPartSize.in(request)))
                        != null) {
            content.close();
            throw new IllegalStateException("writing " + content.name() + ": the store gave the upload id " + id
                    + (id == null ? "" : ", which another upload under way has"));
        }
    }

    /** The upload that a request names. */
    MultipartUpload named(String bucket, String key, @Nullable String id) {
        MultipartUpload upload = id == null ? null : byId.get(id);
        if (upload == null) {
            throw new IllegalStateException("upload " + id + " to " + new ObjectName(bucket, key)
                    + " is not under way in this client: its key is known only to the client that created it, until it is "
                    + "completed or aborted; a ResumableUpload outlives its process");
        }
        if (!upload.content.name().equals(new ObjectName(bucket, key))) {
            throw new IllegalArgumentException(upload + " is not to " + new ObjectName(bucket, key));
        }
        return upload;
    }

    /** An upload is over: wipes its key. Nothing happens for one that is not ours. */
    void ended(@Nullable String id) {
        MultipartUpload upload = id == null ? null : byId.remove(id);
        if (upload != null) {
            count.decrementAndGet();
            upload.close();
        }
    }

    /** Wipes the keys of all uploads under way. They stay at S3, to be aborted there. */
    @Override
    public void close() {
        byId.keySet().forEach(this::ended);
    }
}
