/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** Which headers of a write are kept with the object, and which of them a read gives back. */
final class StoredHeaders {
    private static final List<String> KEPT = List.of(
            "content-type",
            "cache-control",
            "content-disposition",
            "content-encoding",
            "content-language",
            "expires",
            "x-amz-storage-class",
            "x-amz-website-redirect-location",
            "x-amz-object-lock-mode",
            "x-amz-object-lock-retain-until-date",
            "x-amz-object-lock-legal-hold",
            "x-amz-acl",
            "x-amz-tagging",
            "x-amz-server-side-encryption",
            "x-amz-server-side-encryption-aws-kms-key-id",
            "x-amz-server-side-encryption-context",
            "x-amz-server-side-encryption-bucket-key-enabled",
            "x-amz-server-side-encryption-customer-algorithm",
            "x-amz-server-side-encryption-customer-key-md5");
    private static final List<String> NOT_TOLD =
            List.of("x-amz-acl", "x-amz-tagging", "x-amz-server-side-encryption-context");
    private static final String SSE = "x-amz-server-side-encryption";
    private static final String CUSTOMER_KEY = SSE + "-customer-key-md5";

    private StoredHeaders() {}

    static Map<String, String> from(Map<String, String> headers) {
        Map<String, String> kept = new TreeMap<>();
        for (String name : KEPT) {
            String value = headers.get(name);
            if (value != null) {
                kept.put(name, value);
            }
        }
        String encoding = Received.withoutFraming(kept.getOrDefault("content-encoding", ""));
        if (encoding.isEmpty()) {
            kept.remove("content-encoding");
        } else {
            kept.put("content-encoding", encoding);
        }
        kept.putIfAbsent("content-type", "binary/octet-stream");
        return kept;
    }

    /** What a read tells of them. */
    static Map<String, String> told(StoredObject object) {
        Map<String, String> told = new TreeMap<>(object.headers());
        told.keySet().removeAll(NOT_TOLD);
        String tagging = object.headers().get("x-amz-tagging");
        if (tagging != null && !tagging.isEmpty()) {
            told.put("x-amz-tagging-count", Integer.toString(tagging.split("&", -1).length));
        }
        return told;
    }

    /** What the answer to a write echoes. */
    static Map<String, String> echoed(Map<String, String> kept) {
        Map<String, String> echoed = new TreeMap<>(kept);
        echoed.keySet().removeIf(name -> !name.startsWith(SSE) || NOT_TOLD.contains(name));
        return echoed;
    }

    /** Refuses a read of an object under a customer's key by anybody without that key. */
    static void requireCustomerKey(StoredObject object, Map<String, String> headers) {
        String needed = object.headers().get(CUSTOMER_KEY);
        if (needed != null && !needed.equals(headers.get(CUSTOMER_KEY))) {
            throw S3Error.invalid("The object was stored using a form of Server Side Encryption. The correct parameters"
                    + " must be provided to retrieve the object.");
        }
    }

    /** Refuses a part that is sent under another customer's key than its upload was begun with. */
    static void requireSameCustomerKey(Map<String, String> begun, Map<String, String> headers) {
        if (!Objects.equals(begun.get(CUSTOMER_KEY), headers.get(CUSTOMER_KEY))) {
            throw S3Error.invalid("The multipart upload initiate requested encryption. Subsequent part requests must"
                    + " include the appropriate encryption parameters.");
        }
    }
}
