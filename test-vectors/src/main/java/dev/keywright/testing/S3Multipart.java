/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Element;

/** The operations of multipart uploads. */
final class S3Multipart {
    private static final int MAX_PARTS = 10_000;

    private S3Multipart() {}

    static S3Response create(S3Bucket bucket, String bucketName, S3Call call) throws IOException {
        call.receive().body().release();
        String algorithm = call.header("x-amz-checksum-algorithm");
        Checksum checksum = algorithm == null ? null : Checksum.named(algorithm);
        boolean ofWhole = call.header(
                        "x-amz-checksum-type", checksum == Checksum.CRC64NVME ? "FULL_OBJECT" : "COMPOSITE")
                .equals("FULL_OBJECT");
        S3Upload upload = new S3Upload(
                call.key(), UserMetadata.from(call.headers()), StoredHeaders.from(call.headers()), checksum, ofWhole);
        bucket.begin(upload);
        S3Response response = S3Response.xml(
                200,
                new Xml("InitiateMultipartUploadResult")
                        .add("Bucket", bucketName)
                        .add("Key", call.key())
                        .add("UploadId", upload.id));
        response.headers.putAll(StoredHeaders.echoed(upload.headers));
        if (algorithm != null) {
            response.headers.put("x-amz-checksum-algorithm", algorithm);
            response.headers.put("x-amz-checksum-type", ofWhole ? "FULL_OBJECT" : "COMPOSITE");
        }
        return response;
    }

    static S3Response part(S3Bucket bucket, S3Call call) throws IOException {
        int number = partNumber(call);
        S3Upload upload = bucket.upload(call.query("uploadId", ""), call.key());
        StoredHeaders.requireSameCustomerKey(upload.headers, call.headers());
        S3Upload.Part part = keep(upload, number, call.receive());
        S3Response response = new S3Response(200);
        response.headers.put("ETag", part.etag());
        response.headers.putAll(StoredHeaders.echoed(upload.headers));
        part.received().checksums().forEach((checksum, value) -> response.headers.put(checksum.header(), value));
        return response;
    }

    static S3Response partCopy(S3Bucket from, CopySource source, S3Bucket to, S3Call call) throws IOException {
        int number = partNumber(call);
        S3Upload upload = to.upload(call.query("uploadId", ""), call.key());
        StoredObject original = S3Objects.held(from, source.key());
        S3Upload.Part part;
        try {
            source.requireReadable(original, call);
            String header = call.header("x-amz-copy-source-range");
            ByteRange range = header == null ? null : ByteRange.of(header, original.length());
            if (header != null && range == null) {
                throw new S3Error(400, "InvalidArgument", "The x-amz-copy-source-range value must be bytes=first-last");
            }
            try (InputStream in = original.body.open(range == null ? 0 : range.offset())) {
                InputStream some = range == null ? in : new LimitedInput(in, range.length());
                part = keep(upload, number, Received.from(some, Map.of(), call.folder()));
            }
        } finally {
            original.body.release();
        }
        return S3Response.xml(
                200,
                new Xml("CopyPartResult")
                        .add("LastModified", S3Objects.iso(part.modified()))
                        .add("ETag", part.etag()));
    }

    private static S3Upload.Part keep(S3Upload upload, int number, Received received) {
        S3Upload.Part part =
                new S3Upload.Part(received, S3Objects.quoted(received.md5().toByteArray()), Instant.now());
        try {
            upload.put(number, part);
        } catch (S3Error e) {
            received.body().release();
            throw e;
        }
        return part;
    }

    static S3Response complete(S3Bucket bucket, String bucketName, S3Call call, long minimumPartBytes, String endpoint)
            throws IOException {
        S3Upload upload = bucket.upload(call.query("uploadId", ""), call.key());
        Element document = Xml.parse(call.receiveXmlWithoutChecksums());
        String etagBefore = upload.etagOfResult();
        if (etagBefore != null) { // a repeated request whose first answer got lost
            return completed(bucketName, call, endpoint, etagBefore, Map.of());
        }
        NavigableMap<Integer, S3Upload.Part> used = chosen(document, upload.parts(), minimumPartBytes);
        ByteArrayOutputStream digests = new ByteArrayOutputStream();
        List<Body> bodies = new ArrayList<>();
        List<Long> lengths = new ArrayList<>();
        for (S3Upload.Part part : used.values()) {
            digests.write(part.received().md5().toByteArray());
            bodies.add(part.received().body());
            lengths.add(part.received().body().length());
        }
        Body body = Body.joined(bodies);
        String declared = call.header("x-amz-mp-object-size");
        if (declared != null && !declared.equals(Long.toString(body.length()))) {
            throw S3Error.invalid("The provided object size does not match the size of the parts.");
        }
        Map<Checksum, String> checksums = checksums(upload, used, body);
        for (Map.Entry<Checksum, String> each : checksums.entrySet()) {
            String wanted = call.header(each.getKey().header());
            if (wanted != null && upload.checksumOfWhole && !wanted.equals(each.getValue())) {
                throw S3Error.badDigest(each.getKey().name());
            }
        }
        String etag =
                S3Objects.quoted(Checksum.MD5.of(digests.toByteArray())).replaceAll("\"$", "-" + used.size() + "\"");
        StoredObject object = new StoredObject(
                body, etag, upload.metadata, upload.headers, checksums, !upload.checksumOfWhole, lengths);
        bucket.replace(call.key(), before -> {
            Preconditions.onWrite(call.key(), before, call.header("if-match"), call.header("if-none-match"));
            upload.complete(used, etag);
            return object;
        });
        S3Response response = completed(bucketName, call, endpoint, etag, checksums);
        response.headers.putAll(StoredHeaders.echoed(upload.headers));
        return response;
    }

    private static S3Response completed(
            String bucketName, S3Call call, String endpoint, String etag, Map<Checksum, String> checksums) {
        Xml result = new Xml("CompleteMultipartUploadResult")
                .add("Location", endpoint + "/" + bucketName + "/" + call.key())
                .add("Bucket", bucketName)
                .add("Key", call.key())
                .add("ETag", etag);
        checksums.forEach((checksum, value) -> result.add(checksum.element(), value));
        return S3Response.xml(200, result);
    }

    /** The parts that the request names, if they are there, in order, and long enough. */
    private static NavigableMap<Integer, S3Upload.Part> chosen(
            Element document, NavigableMap<Integer, S3Upload.Part> there, long minimumPartBytes) {
        NavigableMap<Integer, S3Upload.Part> used = new TreeMap<>();
        for (Element each : Xml.children(document, "Part")) {
            int number = number(Xml.text(each, "PartNumber"));
            if (!used.isEmpty() && number <= used.lastKey()) {
                throw new S3Error(400, "InvalidPartOrder", "The list of parts was not in ascending order.");
            }
            S3Upload.Part part = there.get(number);
            String etag = Xml.text(each, "ETag");
            if (part == null || etag == null || !part.etag().replace("\"", "").equals(etag.replace("\"", ""))) {
                throw invalidPart(number);
            }
            for (Map.Entry<Checksum, String> own : part.received().checksums().entrySet()) {
                String wanted = Xml.text(each, own.getKey().element());
                if (wanted != null && !wanted.equals(own.getValue())) {
                    throw invalidPart(number);
                }
            }
            used.put(number, part);
        }
        if (used.isEmpty()) {
            throw new S3Error(400, "MalformedXML", "No part was named.");
        }
        used.headMap(used.lastKey()).forEach((number, part) -> {
            long length = part.received().body().length();
            if (length < minimumPartBytes) {
                throw new S3Error(
                        400,
                        "EntityTooSmall",
                        "Your proposed upload is smaller than the minimum allowed size",
                        Map.of(
                                "PartNumber",
                                Integer.toString(number),
                                "ProposedSize",
                                Long.toString(length),
                                "MinSizeAllowed",
                                Long.toString(minimumPartBytes)));
            }
        });
        return used;
    }

    private static S3Error invalidPart(int number) {
        return new S3Error(
                400,
                "InvalidPart",
                "One or more of the specified parts could not be found.",
                Map.of("PartNumber", Integer.toString(number)));
    }

    private static Map<Checksum, String> checksums(
            S3Upload upload, NavigableMap<Integer, S3Upload.Part> used, Body body) throws IOException {
        Map<Checksum, String> checksums = new EnumMap<>(Checksum.class);
        Checksum checksum = upload.checksum;
        if (checksum == null) {
            return checksums;
        }
        if (upload.checksumOfWhole) {
            checksums.put(checksum, S3Objects.base64(checksum.of(body)));
            return checksums;
        }
        Checksum.Running ofParts = checksum.begin();
        for (S3Upload.Part part : used.values()) {
            byte[] value = checksum.of(part.received().body());
            ofParts.update(value, 0, value.length);
        }
        checksums.put(checksum, S3Objects.base64(ofParts.value()) + "-" + used.size());
        return checksums;
    }

    static S3Response abort(S3Bucket bucket, S3Call call) {
        S3Upload upload = bucket.upload(call.query("uploadId", ""), call.key());
        upload.abort();
        bucket.end(upload);
        return new S3Response(204);
    }

    static S3Response listParts(S3Bucket bucket, String bucketName, S3Call call) {
        S3Upload upload = bucket.upload(call.query("uploadId", ""), call.key());
        upload.requireUnderWay();
        int marker = call.number("part-number-marker", 0);
        int limit = Math.min(call.number("max-parts", 1000), 1000);
        Xml result = new Xml("ListPartsResult")
                .add("Bucket", bucketName)
                .add("Key", call.key())
                .add("UploadId", upload.id)
                .add("PartNumberMarker", marker)
                .add("MaxParts", limit);
        NavigableMap<Integer, S3Upload.Part> after = upload.parts().tailMap(marker, false);
        int listed = 0;
        int last = marker;
        for (Map.Entry<Integer, S3Upload.Part> each : after.entrySet()) {
            if (listed == limit) {
                break;
            }
            S3Upload.Part part = each.getValue();
            result.open("Part")
                    .add("PartNumber", each.getKey())
                    .add("LastModified", S3Objects.iso(part.modified()))
                    .add("ETag", part.etag())
                    .add("Size", part.received().body().length());
            part.received().checksums().forEach((checksum, value) -> result.add(checksum.element(), value));
            result.close("Part");
            last = each.getKey();
            listed++;
        }
        return S3Response.xml(200, result.add("NextPartNumberMarker", last).add("IsTruncated", listed < after.size()));
    }

    static S3Response listUploads(S3Bucket bucket, String bucketName, S3Call call) {
        Xml result =
                new Xml("ListMultipartUploadsResult").add("Bucket", bucketName).add("MaxUploads", 1000);
        bucket.uploads().values().stream()
                .filter(upload -> upload.isUnderWay() && upload.key.startsWith(call.query("prefix", "")))
                .forEach(upload -> result.open("Upload")
                        .add("Key", upload.key)
                        .add("UploadId", upload.id)
                        .add("Initiated", S3Objects.iso(upload.begun))
                        .close("Upload"));
        return S3Response.xml(200, result.add("IsTruncated", false));
    }

    private static int partNumber(S3Call call) {
        int number = call.number("partNumber", 0);
        if (number < 1 || number > MAX_PARTS) {
            throw new S3Error(400, "InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive");
        }
        return number;
    }

    private static int number(@Nullable String text) {
        try {
            return Integer.parseInt(String.valueOf(text));
        } catch (NumberFormatException e) {
            throw new S3Error(400, "MalformedXML", "A part without number.");
        }
    }
}
