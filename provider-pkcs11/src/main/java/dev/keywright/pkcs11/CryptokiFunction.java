/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

/** The functions used, with their places in CK_FUNCTION_LIST (PKCS #11 v2.40, section 3.6). */
enum CryptokiFunction {
    C_INITIALIZE(0),
    C_FINALIZE(1),
    C_GET_INFO(2),
    C_GET_SLOT_LIST(4),
    C_GET_TOKEN_INFO(6),
    C_GET_MECHANISM_LIST(7),
    C_GET_MECHANISM_INFO(8),
    C_OPEN_SESSION(12),
    C_CLOSE_SESSION(13),
    C_GET_SESSION_INFO(15),
    C_LOGIN(18),
    C_LOGOUT(19),
    C_GET_ATTRIBUTE_VALUE(24),
    C_FIND_OBJECTS_INIT(26),
    C_FIND_OBJECTS(27),
    C_FIND_OBJECTS_FINAL(28),
    C_ENCRYPT_INIT(29),
    C_ENCRYPT(30),
    C_DECRYPT_INIT(33),
    C_DECRYPT(34);

    final int index;

    CryptokiFunction(int index) {
        this.index = index;
    }
}
