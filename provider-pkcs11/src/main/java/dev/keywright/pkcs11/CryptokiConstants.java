/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

/** The numbers of PKCS #11 version 2.40 that are used, under the specification's names. */
final class CryptokiConstants {
    static final long CKF_OS_LOCKING_OK = 0x02;
    static final long CKF_RW_SESSION = 0x02;
    static final long CKF_SERIAL_SESSION = 0x04;

    /** Of CK_TOKEN_INFO. */
    static final long CKF_LOGIN_REQUIRED = 0x04;

    static final long CKF_PROTECTED_AUTHENTICATION_PATH = 0x100;
    static final long CKF_TOKEN_INITIALIZED = 0x400;
    static final long CKF_USER_PIN_COUNT_LOW = 0x10000;
    static final long CKF_USER_PIN_FINAL_TRY = 0x20000;
    static final long CKF_USER_PIN_LOCKED = 0x40000;

    /** Of CK_MECHANISM_INFO. */
    static final long CKF_ENCRYPT = 0x100;

    static final long CKF_DECRYPT = 0x200;
    static final long CKF_WRAP = 0x20000;
    static final long CKF_UNWRAP = 0x40000;

    static final long CKU_USER = 1;

    static final long CKS_RO_USER_FUNCTIONS = 1;
    static final long CKS_RW_USER_FUNCTIONS = 3;

    static final long CKO_CERTIFICATE = 1;
    static final long CKO_PUBLIC_KEY = 2;
    static final long CKO_PRIVATE_KEY = 3;
    static final long CKO_SECRET_KEY = 4;

    static final long CKK_RSA = 0x00;
    static final long CKK_GENERIC_SECRET = 0x10;
    static final long CKK_AES = 0x1F;

    static final long CKA_CLASS = 0x00;
    static final long CKA_TOKEN = 0x01;
    static final long CKA_PRIVATE = 0x02;
    static final long CKA_LABEL = 0x03;
    static final long CKA_VALUE = 0x11;
    static final long CKA_CHECK_VALUE = 0x90;
    static final long CKA_ALLOWED_MECHANISMS = 0x40000600;
    static final long CKA_KEY_TYPE = 0x100;
    static final long CKA_ID = 0x102;
    static final long CKA_SENSITIVE = 0x103;
    static final long CKA_ENCRYPT = 0x104;
    static final long CKA_DECRYPT = 0x105;
    static final long CKA_WRAP = 0x106;
    static final long CKA_UNWRAP = 0x107;
    static final long CKA_MODULUS = 0x120;
    static final long CKA_PUBLIC_EXPONENT = 0x122;
    static final long CKA_PRIVATE_EXPONENT = 0x123;
    static final long CKA_PRIME_1 = 0x124;
    static final long CKA_PRIME_2 = 0x125;
    static final long CKA_EXPONENT_1 = 0x126;
    static final long CKA_EXPONENT_2 = 0x127;
    static final long CKA_COEFFICIENT = 0x128;
    static final long CKA_VALUE_LEN = 0x161;
    static final long CKA_EXTRACTABLE = 0x162;

    static final long CKM_RSA_PKCS = 0x01;
    static final long CKM_RSA_X_509 = 0x03;
    static final long CKM_RSA_PKCS_OAEP = 0x09;
    static final long CKM_SHA_1 = 0x220;
    static final long CKM_SHA256 = 0x250;
    static final long CKM_SHA224 = 0x255;
    static final long CKM_SHA384 = 0x260;
    static final long CKM_SHA512 = 0x270;
    static final long CKM_AES_ECB = 0x1081;
    static final long CKM_AES_CBC = 0x1082;
    static final long CKM_AES_CBC_PAD = 0x1085;
    static final long CKM_AES_GCM = 0x1087;
    static final long CKM_AES_KEY_WRAP = 0x2109;

    /** AWS's, of CloudHSM. */
    static final long CKM_CLOUDHSM_AES_GCM = 0x8000_1087L;

    /** Google's, of libkmsp11. */
    static final long CKM_CLOUDKMS_AES_GCM = 0x8001_E101L;

    static final long CKG_MGF1_SHA1 = 1;
    static final long CKG_MGF1_SHA256 = 2;
    static final long CKG_MGF1_SHA384 = 3;
    static final long CKG_MGF1_SHA512 = 4;
    static final long CKG_MGF1_SHA224 = 5;
    static final long CKZ_DATA_SPECIFIED = 1;

    static final long CK_UNAVAILABLE_INFORMATION = -1;

    private CryptokiConstants() {}
}
