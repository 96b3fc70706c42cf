/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** An object as it is stored in {@link MiniS3}: for a test to look at, past the client under test. */
public final class StoredObject {
    final Body body;
    final String etag;
    final Instant modified = Instant.now();
    final Map<Checksum, String> checksums;
    final boolean checksumsOfParts;
    /** The lengths of the parts of a multipart upload; empty for an object put whole. */
    final List<Long> partLengths;

    private final Map<String, String> metadata;
    private final Map<String, String> headers;

    StoredObject(
            Body body,
            String etag,
            Map<String, String> metadata,
            Map<String, String> headers,
            Map<Checksum, String> checksums,
            boolean checksumsOfParts,
            List<Long> partLengths) {
        this.body = body;
        this.etag = etag;
        this.metadata = Collections.unmodifiableMap(new TreeMap<>(metadata));
        this.headers = Collections.unmodifiableMap(new TreeMap<>(headers));
        this.checksums = Collections.unmodifiableMap(
                checksums.isEmpty() ? new EnumMap<>(Checksum.class) : new EnumMap<>(checksums));
        this.checksumsOfParts = checksumsOfParts;
        this.partLengths = List.copyOf(partLengths);
    }

    /** The body's length in bytes. */
    public long length() {
        return body.length();
    }

    /** The whole body, in memory. */
    public byte[] bytes() {
        try (InputStream in = open()) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The body; the caller closes the stream. */
    public InputStream open() {
        try {
            return body.open(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The user metadata, names without prefix; values as S3 stores them: header bytes read as ISO-8859-1. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** What else was sent to be kept: {@code content-type}, {@code x-amz-tagging}, {@code x-amz-storage-class}, ... */
    public Map<String, String> headers() {
        return headers;
    }

    /** The entity tag, in quotes. */
    public String etag() {
        return etag;
    }
}
