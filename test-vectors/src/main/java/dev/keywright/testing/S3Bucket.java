/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.time.Instant;
import java.util.Comparator;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A bucket's objects and uploads under way. Each method is one atomic step. */
final class S3Bucket {
    /** Keys in the order of their UTF-8 bytes, which is that of their code points. */
    private static final Comparator<String> ORDER = (a, b) -> {
        int at = 0;
        while (at < a.length() && at < b.length()) {
            int ofA = a.codePointAt(at);
            int ofB = b.codePointAt(at);
            if (ofA != ofB) {
                return Integer.compare(ofA, ofB);
            }
            at += Character.charCount(ofA);
        }
        return Integer.compare(a.length(), b.length());
    };

    final Instant created = Instant.now();
    private final NavigableMap<String, StoredObject> objects = new TreeMap<>(ORDER); // guarded by this
    private final NavigableMap<String, S3Upload> uploads = new TreeMap<>(); // guarded by this

    /** The object, its body held: the caller releases it. */
    synchronized Optional<StoredObject> hold(String key) {
        Optional<StoredObject> found = Optional.ofNullable(objects.get(key));
        found.ifPresent(object -> object.body.hold());
        return found;
    }

    synchronized Optional<StoredObject> peek(String key) {
        return Optional.ofNullable(objects.get(key));
    }

    /** Replaces an object by what {@code change} makes of it; null stands for no object. */
    synchronized void replace(String key, UnaryOperator<@Nullable StoredObject> change) {
        StoredObject before = objects.get(key);
        StoredObject after = change.apply(before);
        if (after == null) {
            objects.remove(key);
        } else {
            objects.put(key, after);
        }
        if (before != null && before != after) {
            before.body.release();
        }
    }

    /** All objects, in the order of listings. */
    synchronized NavigableMap<String, StoredObject> snapshot() {
        NavigableMap<String, StoredObject> copy = new TreeMap<>(ORDER);
        copy.putAll(objects);
        return copy;
    }

    synchronized void begin(S3Upload upload) {
        uploads.put(upload.id, upload);
    }

    synchronized S3Upload upload(String id, String key) {
        S3Upload upload = uploads.get(id);
        if (upload == null || !upload.key.equals(key)) {
            throw new S3Error(404, "NoSuchUpload", "The specified multipart upload does not exist.");
        }
        return upload;
    }

    synchronized NavigableMap<String, S3Upload> uploads() {
        return new TreeMap<>(uploads);
    }

    synchronized void end(S3Upload upload) {
        uploads.remove(upload.id);
    }

    synchronized boolean isEmpty() {
        return objects.isEmpty();
    }

    synchronized void clear() {
        objects.values().forEach(object -> object.body.release());
        objects.clear();
        uploads.values().forEach(S3Upload::abort);
        uploads.clear();
    }
}
