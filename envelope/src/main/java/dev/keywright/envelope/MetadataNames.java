/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import java.util.Set;

/**
 * The user-metadata names of the formats, without the {@code x-amz-meta-} that HTTP adds. Names of one generation are
 * never seen with those of the other.
 */
final class MetadataNames {
    static final String ENCRYPTED_DATA_KEY_V1 = "x-amz-key";
    static final String ENCRYPTED_DATA_KEY_V2 = "x-amz-key-v2";
    static final String CONTENT_IV = "x-amz-iv";
    static final String WRAP_ALGORITHM = "x-amz-wrap-alg";
    static final String CONTENT_ALGORITHM = "x-amz-cek-alg";
    static final String TAG_LENGTH = "x-amz-tag-len";
    static final String MATERIALS_DESCRIPTION = "x-amz-matdesc";

    static final String CONTENT_CIPHER_V3 = "x-amz-c";
    static final String KEY_COMMITMENT_V3 = "x-amz-d";
    static final String MESSAGE_ID_V3 = "x-amz-i";
    static final String ENCRYPTED_DATA_KEY_V3 = "x-amz-3";
    static final String ENCRYPTED_DATA_KEY_ALGORITHM_V3 = "x-amz-w";
    static final String MAT_DESC_V3 = "x-amz-m";
    static final String ENCRYPTION_CONTEXT_V3 = "x-amz-t";

    /** Unauthenticated and optional; tolerated beside every format, and never believed. */
    static final String UNENCRYPTED_CONTENT_LENGTH = "x-amz-unencrypted-content-length";

    /** Names of formats V1 and V2. */
    static final Set<String> OLD = Set.of(
            ENCRYPTED_DATA_KEY_V1,
            ENCRYPTED_DATA_KEY_V2,
            CONTENT_IV,
            WRAP_ALGORITHM,
            CONTENT_ALGORITHM,
            TAG_LENGTH,
            MATERIALS_DESCRIPTION);

    /** Names of format V3. */
    static final Set<String> NEW = Set.of(
            CONTENT_CIPHER_V3,
            KEY_COMMITMENT_V3,
            MESSAGE_ID_V3,
            ENCRYPTED_DATA_KEY_V3,
            ENCRYPTED_DATA_KEY_ALGORITHM_V3,
            MAT_DESC_V3,
            ENCRYPTION_CONTEXT_V3);

    /** Those of format V3 that stay in the object's own metadata when the rest is in an instruction file. */
    static final Set<String> WITH_THE_BODY = Set.of(CONTENT_CIPHER_V3, KEY_COMMITMENT_V3, MESSAGE_ID_V3);

    private MetadataNames() {}

    /** Whether user metadata of this name belongs to an envelope, so that nobody else may set it. */
    static boolean isReserved(String lowerCaseName) {
        return OLD.contains(lowerCaseName)
                || NEW.contains(lowerCaseName)
                || lowerCaseName.equals(UNENCRYPTED_CONTENT_LENGTH);
    }
}
