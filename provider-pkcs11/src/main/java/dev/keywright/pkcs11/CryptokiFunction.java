/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

/** The functions used, with their places in CK_FUNCTION_LIST (PKCS #11 version 2.40, section 3.6). */
enum CryptokiFunction {
    INITIALIZE("C_Initialize", 0),
    FINALIZE("C_Finalize", 1),
    GET_INFO("C_GetInfo", 2),
    GET_SLOT_LIST("C_GetSlotList", 4),
    GET_SLOT_INFO("C_GetSlotInfo", 5),
    GET_TOKEN_INFO("C_GetTokenInfo", 6),
    GET_MECHANISM_LIST("C_GetMechanismList", 7),
    GET_MECHANISM_INFO("C_GetMechanismInfo", 8),
    OPEN_SESSION("C_OpenSession", 12),
    CLOSE_SESSION("C_CloseSession", 13),
    GET_SESSION_INFO("C_GetSessionInfo", 15),
    LOGIN("C_Login", 18),
    LOGOUT("C_Logout", 19),
    CREATE_OBJECT("C_CreateObject", 20),
    DESTROY_OBJECT("C_DestroyObject", 22),
    GET_ATTRIBUTE_VALUE("C_GetAttributeValue", 24),
    FIND_OBJECTS_INIT("C_FindObjectsInit", 26),
    FIND_OBJECTS("C_FindObjects", 27),
    FIND_OBJECTS_FINAL("C_FindObjectsFinal", 28),
    ENCRYPT_INIT("C_EncryptInit", 29),
    ENCRYPT("C_Encrypt", 30),
    DECRYPT_INIT("C_DecryptInit", 33),
    DECRYPT("C_Decrypt", 34),
    WRAP_KEY("C_WrapKey", 60),
    UNWRAP_KEY("C_UnwrapKey", 61);

    final String cName;
    final int place;

    CryptokiFunction(String cName, int place) {
        this.cName = cName;
        this.place = place;
    }
}
