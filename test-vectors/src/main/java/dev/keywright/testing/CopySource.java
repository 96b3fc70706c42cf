/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** What {@code x-amz-copy-source} names. */
record CopySource(String bucket, String key) {
    static CopySource of(String header) {
        String path = header.split("\\?", 2)[0];
        String decoded = URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
        String name = decoded.startsWith("/") ? decoded.substring(1) : decoded;
        int slash = name.indexOf('/');
        if (slash < 1 || slash == name.length() - 1) {
            throw new S3Error(400, "InvalidArgument", "Copy Source must mention the source bucket and key");
        }
        return new CopySource(name.substring(0, slash), name.substring(slash + 1));
    }

    /** Checks the conditions on the source, and the customer's key to it. */
    void requireReadable(StoredObject original, S3Call call) {
        String ifMatch = call.header("x-amz-copy-source-if-match");
        String ifNoneMatch = call.header("x-amz-copy-source-if-none-match");
        try {
            Preconditions.onRead(original, ifMatch, ifNoneMatch);
        } catch (S3Error e) {
            throw S3Error.preconditionFailed("x-amz-copy-source-If-Match");
        }
        String md5 = call.header("x-amz-copy-source-server-side-encryption-customer-key-md5");
        StoredHeaders.requireCustomerKey(
                original, md5 == null ? Map.of() : Map.of("x-amz-server-side-encryption-customer-key-md5", md5));
    }
}
