/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** {@code If-Match} and {@code If-None-Match} (RFC 9110, section 13), on reads, writes and the source of copies. */
final class Preconditions {
    private Preconditions() {}

    /** Throws 412, or 304 for a read that has nothing new. */
    static void onRead(StoredObject object, @Nullable String ifMatch, @Nullable String ifNoneMatch) {
        if (ifMatch != null && !names(ifMatch, object)) {
            throw S3Error.preconditionFailed("If-Match");
        }
        if (ifNoneMatch != null && names(ifNoneMatch, object)) {
            throw new S3Error(304, "NotModified", "Not Modified");
        }
    }

    /** Throws 412, or 404 where a match is asked of an object that is not there. */
    static void onWrite(
            String key, @Nullable StoredObject before, @Nullable String ifMatch, @Nullable String ifNoneMatch) {
        if (ifMatch != null && before == null) {
            throw S3Error.noSuchKey(key);
        }
        if (ifMatch != null && before != null && !names(ifMatch, before)) {
            throw S3Error.preconditionFailed("If-Match");
        }
        if (ifNoneMatch != null && before != null && names(ifNoneMatch, before)) {
            throw S3Error.preconditionFailed("If-None-Match");
        }
    }

    private static boolean names(String condition, StoredObject object) {
        return Arrays.stream(condition.split(",", -1))
                .map(String::strip)
                .anyMatch(tag -> tag.equals("*") || tag.equals(object.etag) || ("\"" + tag + "\"").equals(object.etag));
    }
}
