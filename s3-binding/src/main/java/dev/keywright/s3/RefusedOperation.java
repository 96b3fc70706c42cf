/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import software.amazon.awssdk.services.s3.model.RestoreObjectRequest;
import software.amazon.awssdk.services.s3.model.RestoreRequest;

/** What no encrypting client does, as it would store plaintext or give ciphertext for plaintext, and what to do instead. */
enum RefusedOperation {
    UPLOAD_PART_COPY(
            "uploadPartCopy",
            "parts of encrypted objects do not join into one; use copyObject for a whole object, or get and put"),
    WRITE_GET_OBJECT_RESPONSE(
            "writeGetObjectResponse",
            "its body is the plain answer to another client's request; use the wrapped client if that is wanted"),
    GET_OBJECT_TORRENT("getObjectTorrent", "a torrent spreads the ciphertext; use getObject for the plaintext"),
    PUT_OBJECT_ANNOTATION(
            "putObjectAnnotation",
            "annotations are stored in plain; put secrets into an object of their own, and use the wrapped client for "
                    + "annotations that may be read by S3"),
    GET_OBJECT_ANNOTATION(
            "getObjectAnnotation", "annotations are neither encrypted nor verified; use the wrapped client for them"),
    SELECT_OBJECT_CONTENT("selectObjectContent", "S3 can't query ciphertext; get the object and query its plaintext"),
    RESTORE_WITH_SELECT("restoreObject with a SELECT", "S3 can't query ciphertext; restore the object and get it"),
    PRESIGNED_URL(
            "presignedUrlExtension",
            "what a presigned URL gives is the ciphertext; use getObject, or the wrapped client if that is wanted");

    private final String operation;
    private final String instead;

    RefusedOperation(String operation, String instead) {
        this.operation = operation;
        this.instead = instead;
    }

    UnsupportedOperationException error() {
        return refused(operation, instead);
    }

    /** An archived object may be restored, but not be queried on the way. */
    static void requireNoSelect(RestoreObjectRequest request) {
        RestoreRequest restore = request.restoreRequest();
        if (restore != null && (restore.selectParameters() != null || restore.outputLocation() != null)) {
            throw RESTORE_WITH_SELECT.error();
        }
    }

    static UnsupportedOperationException refused(String operation, String instead) {
        return new UnsupportedOperationException("an encrypting client does not do " + operation + ": " + instead);
    }
}
