/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import java.util.LinkedHashMap;
import java.util.Map;

/** The constants used, by their names in PKCS #11 v2.40. */
final class Ck {
    static final long CKF_OS_LOCKING_OK = 0x2;
    static final long CKF_RW_SESSION = 0x2;
    static final long CKF_SERIAL_SESSION = 0x4;
    static final long CKU_USER = 1;

    static final long CKF_LOGIN_REQUIRED = 0x4;
    static final long CKF_USER_PIN_INITIALIZED = 0x8;
    static final long CKF_PROTECTED_AUTHENTICATION_PATH = 0x100;
    static final long CKF_TOKEN_INITIALIZED = 0x400;
    static final long CKF_USER_PIN_COUNT_LOW = 0x10000;
    static final long CKF_USER_PIN_FINAL_TRY = 0x20000;
    static final long CKF_USER_PIN_LOCKED = 0x40000;

    static final long CKO_CERTIFICATE = 1;
    static final long CKO_PUBLIC_KEY = 2;
    static final long CKO_PRIVATE_KEY = 3;
    static final long CKO_SECRET_KEY = 4;

    static final long CKK_RSA = 0;
    static final long CKK_AES = 0x1f;

    static final long CKA_CLASS = 0;
    static final long CKA_PRIVATE = 2;
    static final long CKA_LABEL = 3;
    static final long CKA_VALUE = 0x11;
    static final long CKA_KEY_TYPE = 0x100;
    static final long CKA_ID = 0x102;
    static final long CKA_SENSITIVE = 0x103;
    static final long CKA_ENCRYPT = 0x104;
    static final long CKA_DECRYPT = 0x105;
    static final long CKA_WRAP = 0x106;
    static final long CKA_UNWRAP = 0x107;
    static final long CKA_MODULUS = 0x120;
    static final long CKA_PUBLIC_EXPONENT = 0x122;
    static final long CKA_VALUE_LEN = 0x161;
    static final long CKA_EXTRACTABLE = 0x162;

    static final long CKM_RSA_PKCS = 0x1;
    static final long CKM_RSA_X_509 = 0x3;
    static final long CKM_RSA_PKCS_OAEP = 0x9;
    static final long CKM_SHA_1 = 0x220;
    static final long CKM_AES_ECB = 0x1081;
    static final long CKM_AES_CBC = 0x1082;
    static final long CKM_AES_CBC_PAD = 0x1085;
    static final long CKM_AES_CTR = 0x1086;
    static final long CKM_AES_GCM = 0x1087;
    static final long CKM_AES_KEY_WRAP = 0x2109;
    static final long CKG_MGF1_SHA1 = 1;
    static final long CKZ_DATA_SPECIFIED = 1;

    static final long CKF_ENCRYPT = 0x100;
    static final long CKF_DECRYPT = 0x200;
    static final long CKF_WRAP = 0x20000;
    static final long CKF_UNWRAP = 0x40000;

    static final long CKR_OK = 0;
    static final long CKR_HOST_MEMORY = 0x2;
    static final long CKR_SLOT_ID_INVALID = 0x3;
    static final long CKR_GENERAL_ERROR = 0x5;
    static final long CKR_FUNCTION_FAILED = 0x6;
    static final long CKR_ARGUMENTS_BAD = 0x7;
    static final long CKR_ATTRIBUTE_SENSITIVE = 0x11;
    static final long CKR_ATTRIBUTE_TYPE_INVALID = 0x12;
    static final long CKR_DEVICE_ERROR = 0x30;
    static final long CKR_DEVICE_MEMORY = 0x31;
    static final long CKR_DEVICE_REMOVED = 0x32;
    static final long CKR_ENCRYPTED_DATA_INVALID = 0x40;
    static final long CKR_ENCRYPTED_DATA_LEN_RANGE = 0x41;
    static final long CKR_DATA_INVALID = 0x20;
    static final long CKR_DATA_LEN_RANGE = 0x21;
    static final long CKR_FUNCTION_NOT_SUPPORTED = 0x54;
    static final long CKR_KEY_HANDLE_INVALID = 0x60;
    static final long CKR_KEY_SIZE_RANGE = 0x62;
    static final long CKR_KEY_TYPE_INCONSISTENT = 0x63;
    static final long CKR_KEY_FUNCTION_NOT_PERMITTED = 0x68;
    static final long CKR_MECHANISM_INVALID = 0x70;
    static final long CKR_MECHANISM_PARAM_INVALID = 0x71;
    static final long CKR_OBJECT_HANDLE_INVALID = 0x82;
    static final long CKR_OPERATION_ACTIVE = 0x90;
    static final long CKR_OPERATION_NOT_INITIALIZED = 0x91;
    static final long CKR_PIN_INCORRECT = 0xa0;
    static final long CKR_PIN_INVALID = 0xa1;
    static final long CKR_PIN_LEN_RANGE = 0xa2;
    static final long CKR_PIN_EXPIRED = 0xa3;
    static final long CKR_PIN_LOCKED = 0xa4;
    static final long CKR_SESSION_CLOSED = 0xb0;
    static final long CKR_SESSION_COUNT = 0xb1;
    static final long CKR_SESSION_HANDLE_INVALID = 0xb3;
    static final long CKR_TOKEN_NOT_PRESENT = 0xe0;
    static final long CKR_TOKEN_NOT_RECOGNIZED = 0xe1;
    static final long CKR_USER_ALREADY_LOGGED_IN = 0x100;
    static final long CKR_USER_NOT_LOGGED_IN = 0x101;
    static final long CKR_USER_PIN_NOT_INITIALIZED = 0x102;
    static final long CKR_BUFFER_TOO_SMALL = 0x150;
    static final long CKR_CRYPTOKI_NOT_INITIALIZED = 0x190;
    static final long CKR_CRYPTOKI_ALREADY_INITIALIZED = 0x191;

    private static final Map<Long, String> RETURN_VALUES = names("CKR_");
    private static final Map<Long, String> MECHANISMS = names("CKM_");

    private Ck() {}

    /** The name of a return value, or its number. */
    static String returnValueName(long rv) {
        return RETURN_VALUES.getOrDefault(rv, String.format("CKR 0x%x", rv));
    }

    /** The name of a mechanism, or its number. */
    static String mechanismName(long mechanism) {
        return MECHANISMS.getOrDefault(mechanism, String.format("CKM 0x%x", mechanism));
    }

    private static Map<Long, String> names(String prefix) {
        Map<Long, String> names = new LinkedHashMap<>();
        for (java.lang.reflect.Field field : Ck.class.getDeclaredFields()) {
            if (field.getName().startsWith(prefix)) {
                try {
                    names.put(field.getLong(null), field.getName());
                } catch (IllegalAccessException e) {
                    throw new AssertionError(e);
                }
            }
        }
        return Map.copyOf(names);
    }
}
