/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request that reached a loopback S3.
 *
 * @param method the HTTP method
 * @param bucket the bucket, or an empty string
 * @param key the object's key, or an empty string
 * @param query the query parameters, decoded; those without a value have an empty one
 * @param headers the headers, names in lower case
 */
public record RecordedRequest(
        String method, String bucket, String key, Map<String, String> query, Map<String, String> headers) {
    /** The header of this lower-case name, or null. */
    public @Nullable String header(String name) {
        return headers.get(name);
    }

    /** Whether it is of this method and names an object. */
    public boolean isObject(String wantedMethod) {
        return method.equals(wantedMethod) && !key.isEmpty();
    }

    /** Method, place and query; no header, as those hold credentials. */
    @Override
    public String toString() {
        return method + " /" + bucket + "/" + key + (query.isEmpty() ? "" : "?" + query);
    }
}
