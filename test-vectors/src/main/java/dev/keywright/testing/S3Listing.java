/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The listing of a bucket's objects, in the new form and the old. */
final class S3Listing {
    private static final int LIMIT = 1000;

    private final S3Call call;
    private final boolean isV2;
    private final String prefix;
    private final String delimiter;
    private final boolean urlEncoded;

    private S3Listing(S3Call call) {
        this.call = call;
        this.isV2 = "2".equals(call.query("list-type"));
        this.prefix = call.query("prefix", "");
        this.delimiter = call.query("delimiter", "");
        this.urlEncoded = "url".equals(call.query("encoding-type"));
    }

    static S3Response of(S3Bucket bucket, String bucketName, S3Call call) {
        return new S3Listing(call).list(bucket, bucketName);
    }

    private S3Response list(S3Bucket bucket, String bucketName) {
        int limit = Math.min(call.number("max-keys", LIMIT), LIMIT);
        String token = call.query("continuation-token");
        String after =
                isV2 ? token == null ? call.query("start-after", "") : decodeToken(token) : call.query("marker", "");
        Xml result = new Xml("ListBucketResult")
                .add("Name", bucketName)
                .add("Prefix", encode(prefix))
                .add("MaxKeys", limit)
                .addIfPresent("Delimiter", delimiter.isEmpty() ? null : encode(delimiter))
                .addIfPresent("EncodingType", urlEncoded ? "url" : null)
                .addIfPresent("ContinuationToken", token);

        int count = 0;
        boolean truncated = false;
        String last = after;
        String common = null;
        for (Map.Entry<String, StoredObject> each :
                bucket.snapshot().tailMap(after, false).entrySet()) {
            String key = each.getKey();
            if (!key.startsWith(prefix) || (common != null && key.startsWith(common)) || isWithin(key, after)) {
                continue;
            }
            if (count == limit) {
                truncated = true;
                break;
            }
            common = commonPrefix(key);
            last = common == null ? key : common;
            count++;
            if (common == null) {
                describe(result, key, each.getValue());
            } else {
                result.open("CommonPrefixes").add("Prefix", encode(common)).close("CommonPrefixes");
            }
        }
        result.add("IsTruncated", truncated);
        if (isV2) {
            result.add("KeyCount", count).addIfPresent("NextContinuationToken", truncated ? encodeToken(last) : null);
        } else {
            result.add("Marker", encode(after)).addIfPresent("NextMarker", truncated ? encode(last) : null);
        }
        return S3Response.xml(200, result);
    }

    private void describe(Xml result, String key, StoredObject object) {
        result.open("Contents")
                .add("Key", encode(key))
                .add("LastModified", S3Objects.iso(object.modified))
                .add("ETag", object.etag)
                .add("Size", object.length())
                .add("StorageClass", object.headers().getOrDefault("x-amz-storage-class", "STANDARD"))
                .close("Contents");
    }

    /** Whether the key was told by a common prefix with which the page before ended. */
    private boolean isWithin(String key, String after) {
        return !delimiter.isEmpty() && after.endsWith(delimiter) && after.equals(commonPrefix(key));
    }

    private @Nullable String commonPrefix(String key) {
        int end = delimiter.isEmpty() ? -1 : key.indexOf(delimiter, prefix.length());
        return end < 0 ? null : key.substring(0, end + delimiter.length());
    }

    private String encode(String text) {
        return urlEncoded ? URLEncoder.encode(text, StandardCharsets.UTF_8).replace("%2F", "/") : text;
    }

    private static String encodeToken(String last) {
        return Base64.getUrlEncoder().encodeToString(last.getBytes(StandardCharsets.UTF_8));
    }

    private static String decodeToken(String token) {
        try {
            return new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new S3Error(400, "InvalidArgument", "The continuation token provided is incorrect");
        }
    }
}
