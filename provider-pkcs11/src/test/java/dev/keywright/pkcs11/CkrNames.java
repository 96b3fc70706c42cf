/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import java.util.Map;

/** Names of CKR_ values that keyrings do not tell apart, and that tokens answer with all the same (PKCS #11 version 2.40). */
final class CkrNames {
    private static final Map<String, String> OTHERS = Map.of(
            "CKR 0x00000008", "CKR_NO_EVENT",
            "CKR 0x00000069", "CKR_KEY_NOT_WRAPPABLE",
            "CKR 0x0000006A", "CKR_KEY_UNEXTRACTABLE",
            "CKR 0x00000113", "CKR_WRAPPING_KEY_HANDLE_INVALID",
            "CKR 0x00000114", "CKR_WRAPPING_KEY_SIZE_RANGE",
            "CKR 0x00000115", "CKR_WRAPPING_KEY_TYPE_INCONSISTENT",
            "CKR 0x00000121", "CKR_RANDOM_NO_RNG",
            "CKR 0x000000B5", "CKR_SESSION_READ_ONLY",
            "CKR 0x000000E2", "CKR_TOKEN_WRITE_PROTECTED");

    private CkrNames() {}

    static String of(long code) {
        return orOther(ReturnValue.nameOf(code));
    }

    static String orOther(String name) {
        return OTHERS.getOrDefault(name, name);
    }
}
