/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.endpoint;

import dev.keywright.benchmarks.client.Plaintext;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What the endpoint holds. Keys that contain {@code /dropped/} are written and forgotten; {@code /plain/N} is there
 * without having been put, N bytes of plaintext. Thread-safe.
 */
final class Store {
    /** An object; the metadata are names of headers, and values. */
    record StoredObject(SortedMap<String, String> metadata, Body body, String etag) {}

    private record Upload(SortedMap<String, String> metadata, Map<Integer, Body> parts) {}

    private static final String PLAIN = "/plain/";
    private static final ByteBuffer PATTERN = pattern();

    private final Map<String, StoredObject> objects = new ConcurrentHashMap<>();
    private final Map<String, Upload> uploads = new ConcurrentHashMap<>();
    private final AtomicLong serial = new AtomicLong();

    private static ByteBuffer pattern() {
        byte[] bytes = Plaintext.pattern();
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    static boolean drops(String path) {
        return path.contains("/dropped/");
    }

    @Nullable
    StoredObject get(String path) {
        int plain = path.indexOf(PLAIN);
        if (plain >= 0) {
            long length = Long.parseLong(path.substring(plain + PLAIN.length()));
            return new StoredObject(new TreeMap<>(), Body.repeating(PATTERN, length), "\"plain\"");
        }
        return objects.get(path);
    }

    /** Gives the new object's ETag. */
    String put(String path, SortedMap<String, String> metadata, Body body) {
        String etag = "\"" + Long.toHexString(serial.incrementAndGet()) + "\"";
        if (!drops(path)) {
            objects.put(path, new StoredObject(metadata, body, etag));
        }
        return etag;
    }

    void delete(String path) {
        objects.remove(path);
        System.gc(); // which alone gives direct memory back
    }

    String beginUpload(SortedMap<String, String> metadata) {
        String id = "upload-" + serial.incrementAndGet();
        uploads.put(id, new Upload(metadata, new ConcurrentSkipListMap<>()));
        return id;
    }

    /** Gives the part's ETag, or null if there is no such upload. */
    @Nullable
    String putPart(String uploadId, int number, Body body) {
        Upload upload = uploads.get(uploadId);
        if (upload == null) {
            return null;
        }
        upload.parts.put(number, body);
        return "\"part-" + number + "\"";
    }

    /** Gives the object's ETag, or null if there is no such upload. */
    @Nullable
    String completeUpload(String path, String uploadId) {
        Upload upload = uploads.remove(uploadId);
        return upload == null ? null : put(path, upload.metadata, Body.joined(upload.parts.values()));
    }

    void abortUpload(String uploadId) {
        uploads.remove(uploadId);
    }
}
