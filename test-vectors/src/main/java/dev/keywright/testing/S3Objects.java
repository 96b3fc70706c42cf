/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Element;

/** The operations on whole objects: put, get, head, copy, delete, attributes. */
final class S3Objects {
    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter.RFC_1123_DATE_TIME.withZone(ZoneOffset.UTC);
    private static final int DELETE_LIMIT = 1000;

    private S3Objects() {}

    static S3Response put(S3Bucket bucket, S3Call call) throws IOException {
        Map<String, String> metadata = UserMetadata.from(call.headers());
        Map<String, String> kept = StoredHeaders.from(call.headers());
        Received received = call.receive();
        StoredObject object = new StoredObject(
                received.body(),
                quoted(received.md5().toByteArray()),
                metadata,
                kept,
                received.checksums(),
                false,
                List.of());
        store(bucket, call, object);
        S3Response response = new S3Response(200);
        response.headers.put("ETag", object.etag);
        response.headers.putAll(StoredHeaders.echoed(kept));
        object.checksums.forEach((checksum, value) -> response.headers.put(checksum.header(), value));
        return response;
    }

    /** Puts the object in its place if the call's conditions hold; else its body is thrown away. */
    static void store(S3Bucket bucket, S3Call call, StoredObject object) {
        try {
            bucket.replace(call.key(), before -> {
                Preconditions.onWrite(call.key(), before, call.header("if-match"), call.header("if-none-match"));
                return object;
            });
        } catch (S3Error e) {
            object.body.release();
            throw e;
        }
    }

    /** Get and head. */
    static S3Response get(S3Bucket bucket, S3Call call) throws IOException {
        StoredObject object = held(bucket, call.key());
        boolean handedOn = false;
        try {
            Preconditions.onRead(object, call.header("if-match"), call.header("if-none-match"));
            StoredHeaders.requireCustomerKey(object, call.headers());
            ByteRange part = part(object, call);
            S3Response response = describe(object, call, part);
            response.length = part == null ? object.length() : part.length();
            if (call.request().method().equals("GET")) {
                response.body = releasing(object.body, part == null ? 0 : part.offset());
                handedOn = true;
            }
            return response;
        } finally {
            if (!handedOn) {
                object.body.release();
            }
        }
    }

    private static S3Response describe(StoredObject object, S3Call call, @Nullable ByteRange part) {
        S3Response response = new S3Response(part == null ? 200 : 206);
        response.metadata = object.metadata();
        response.headers.put("ETag", object.etag);
        response.headers.put("Last-Modified", HTTP_DATE.format(object.modified));
        response.headers.put("Accept-Ranges", "bytes");
        response.headers.putAll(StoredHeaders.told(object));
        call.request().query().forEach((name, value) -> {
            if (name.startsWith("response-")) {
                response.headers.put(name.substring("response-".length()), value);
            }
        });
        if (part != null) {
            response.headers.put("Content-Range", part.contentRange(object.length()));
        }
        if (call.query("partNumber") != null && !object.partLengths.isEmpty()) {
            response.headers.put("x-amz-mp-parts-count", Integer.toString(object.partLengths.size()));
        }
        if (part == null && "ENABLED".equals(call.header("x-amz-checksum-mode"))) {
            object.checksums.forEach((checksum, value) -> response.headers.put(checksum.header(), value));
            if (!object.checksums.isEmpty()) {
                response.headers.put("x-amz-checksum-type", object.checksumsOfParts ? "COMPOSITE" : "FULL_OBJECT");
            }
        }
        return response;
    }

    private static @Nullable ByteRange part(StoredObject object, S3Call call) {
        String range = call.header("range");
        if (call.query("partNumber") == null) {
            return range == null ? null : ByteRange.of(range, object.length());
        }
        if (range != null) {
            throw S3Error.invalid("Cannot specify both Range header and partNumber query parameter");
        }
        List<Long> lengths = object.partLengths.isEmpty() ? List.of(object.length()) : object.partLengths;
        int number = call.number("partNumber", 1);
        if (number < 1 || number > lengths.size()) {
            throw new S3Error(416, "InvalidPartNumber", "The requested partnumber is not satisfiable");
        }
        long offset = lengths.subList(0, number - 1).stream()
                .mapToLong(Long::longValue)
                .sum();
        return lengths.get(number - 1) == 0 ? null : new ByteRange(offset, lengths.get(number - 1));
    }

    static S3Response copy(S3Bucket from, CopySource source, S3Bucket to, S3Call call) throws IOException {
        boolean replaces = call.header("x-amz-metadata-directive", "COPY").equals("REPLACE");
        if (from == to && source.key().equals(call.key()) && !replaces && !changesStorage(call.headers())) {
            throw S3Error.invalid(
                    "This copy request is illegal because it is trying to copy an object to itself without"
                            + " changing the object's metadata, storage class, website redirect location or encryption"
                            + " attributes.");
        }
        StoredObject original = held(from, source.key());
        StoredObject object;
        try {
            source.requireReadable(original, call);
            Map<String, String> kept = StoredHeaders.from(call.headers());
            if (!replaces) {
                original.headers().forEach((name, value) -> {
                    if (!name.startsWith("x-amz-")) {
                        kept.put(name, value);
                    }
                });
            }
            Map<String, String> metadata = replaces ? UserMetadata.from(call.headers()) : original.metadata();
            Received received;
            try (InputStream in = original.body.open(0)) {
                received = Received.from(in, Map.of(), call.folder());
            }
            Map<Checksum, String> checksums = new EnumMap<>(Checksum.class);
            String wanted = call.header("x-amz-checksum-algorithm");
            if (wanted != null) {
                Checksum checksum = Checksum.named(wanted);
                checksums.put(checksum, base64(checksum.of(received.body())));
            } else if (!original.checksumsOfParts) {
                checksums.putAll(original.checksums);
            }
            object = new StoredObject(
                    received.body(), quoted(received.md5().toByteArray()), metadata, kept, checksums, false, List.of());
        } finally {
            original.body.release();
        }
        store(to, call, object);
        Xml result = new Xml("CopyObjectResult")
                .add("LastModified", iso(object.modified))
                .add("ETag", object.etag);
        object.checksums.forEach((checksum, value) -> result.add(checksum.element(), value));
        S3Response response = S3Response.xml(200, result);
        response.headers.putAll(StoredHeaders.echoed(object.headers()));
        return response;
    }

    private static boolean changesStorage(Map<String, String> headers) {
        return headers.keySet().stream()
                .anyMatch(name -> name.startsWith("x-amz-server-side-encryption")
                        || name.equals("x-amz-storage-class")
                        || name.equals("x-amz-website-redirect-location"));
    }

    static S3Response delete(S3Bucket bucket, S3Call call) {
        bucket.replace(call.key(), before -> {
            String ifMatch = call.header("if-match");
            if (ifMatch != null) {
                Preconditions.onWrite(call.key(), before, ifMatch, null);
            }
            return null;
        });
        return new S3Response(204);
    }

    /** Deletes up to a thousand objects named in XML. */
    static S3Response deleteMany(S3Bucket bucket, S3Call call) throws IOException {
        if (call.header("content-md5") == null
                && call.headers().keySet().stream()
                        .noneMatch(name -> name.startsWith("x-amz-checksum-") || name.equals("x-amz-trailer"))) {
            throw S3Error.invalid("Missing required header for this request: Content-MD5");
        }
        Element document = Xml.parse(call.receiveXml());
        List<Element> named = Xml.children(document, "Object");
        if (named.isEmpty() || named.size() > DELETE_LIMIT) {
            throw new S3Error(400, "MalformedXML", "One to a thousand objects can be deleted at once.");
        }
        boolean quiet = "true".equals(Xml.text(document, "Quiet"));
        Xml result = new Xml("DeleteResult");
        for (Element each : named) {
            String key = Xml.text(each, "Key");
            if (key == null || key.isEmpty()) {
                throw new S3Error(400, "MalformedXML", "An object without a key.");
            }
            bucket.replace(key, before -> null);
            if (!quiet) {
                result.open("Deleted").add("Key", key).close("Deleted");
            }
        }
        return S3Response.xml(200, result);
    }

    static S3Response attributes(S3Bucket bucket, S3Call call) {
        StoredObject object = bucket.peek(call.key()).orElseThrow(() -> S3Error.noSuchKey(call.key()));
        StoredHeaders.requireCustomerKey(object, call.headers());
        List<String> wanted = List.of(call.header("x-amz-object-attributes", "").split("\\s*,\\s*", -1));
        Xml result = new Xml("GetObjectAttributesResponse");
        if (wanted.contains("ETag")) {
            result.add("ETag", object.etag.replace("\"", ""));
        }
        if (wanted.contains("Checksum") && !object.checksums.isEmpty()) {
            result.open("Checksum");
            object.checksums.forEach((checksum, value) -> result.add(checksum.element(), value));
            result.add("ChecksumType", object.checksumsOfParts ? "COMPOSITE" : "FULL_OBJECT")
                    .close("Checksum");
        }
        if (wanted.contains("ObjectParts") && !object.partLengths.isEmpty()) {
            result.open("ObjectParts")
                    .add("PartsCount", object.partLengths.size())
                    .close("ObjectParts");
        }
        if (wanted.contains("StorageClass")) {
            result.add("StorageClass", object.headers().getOrDefault("x-amz-storage-class", "STANDARD"));
        }
        if (wanted.contains("ObjectSize")) {
            result.add("ObjectSize", object.length());
        }
        S3Response response = S3Response.xml(200, result);
        response.headers.put("Last-Modified", HTTP_DATE.format(object.modified));
        return response;
    }

    /** The object, its body held: the caller releases it. */
    static StoredObject held(S3Bucket bucket, String key) {
        return bucket.hold(key).orElseThrow(() -> S3Error.noSuchKey(key));
    }

    private static InputStream releasing(Body body, long offset) throws IOException {
        return new FilterInputStream(body.open(offset)) {
            private boolean closed;

            @Override
            public void close() throws IOException {
                if (!closed) {
                    closed = true;
                    super.close();
                    body.release();
                }
            }
        };
    }

    static String quoted(byte[] md5) {
        return "\"" + HexFormat.of().formatHex(md5) + "\"";
    }

    static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    static String iso(Instant instant) {
        return DateTimeFormatter.ISO_INSTANT.format(instant.truncatedTo(ChronoUnit.MILLIS));
    }
}
