/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.time.Instant;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A multipart upload under way. */
final class S3Upload {
    /** A part received. */
    record Part(Received received, String etag, Instant modified) {}

    final String id = UUID.randomUUID().toString().replace("-", "");
    final Instant begun = Instant.now();
    final String key;
    final Map<String, String> metadata;
    final Map<String, String> headers;
    final @Nullable Checksum checksum;
    final boolean checksumOfWhole;

    private final NavigableMap<Integer, Part> parts = new TreeMap<>(); // guarded by this
    private boolean ended; // guarded by this
    private @Nullable String etagOfResult; // guarded by this

    S3Upload(
            String key,
            Map<String, String> metadata,
            Map<String, String> headers,
            @Nullable Checksum checksum,
            boolean checksumOfWhole) {
        this.key = key;
        this.metadata = metadata;
        this.headers = headers;
        this.checksum = checksum;
        this.checksumOfWhole = checksumOfWhole;
    }

    synchronized void put(int number, Part part) {
        requireUnderWay();
        Part before = parts.put(number, part);
        if (before != null) {
            before.received().body().release();
        }
    }

    synchronized NavigableMap<Integer, Part> parts() {
        return new TreeMap<>(parts);
    }

    /** Ends the upload; the parts in {@code used} now belong to the object, the others are thrown away. */
    synchronized void complete(NavigableMap<Integer, Part> used, String etag) {
        requireUnderWay();
        ended = true;
        etagOfResult = etag;
        parts.forEach((number, part) -> {
            if (!used.containsKey(number)) {
                part.received().body().release();
            }
        });
        parts.clear();
    }

    /** The entity tag of the object that came of it, or null while it is under way: completing is idempotent. */
    synchronized @Nullable String etagOfResult() {
        return etagOfResult;
    }

    synchronized void abort() {
        if (!ended) {
            ended = true;
            parts.values().forEach(part -> part.received().body().release());
            parts.clear();
        }
    }

    synchronized boolean isUnderWay() {
        return !ended;
    }

    synchronized void requireUnderWay() {
        if (ended) {
            throw new S3Error(404, "NoSuchUpload", "The specified multipart upload does not exist.");
        }
    }
}
