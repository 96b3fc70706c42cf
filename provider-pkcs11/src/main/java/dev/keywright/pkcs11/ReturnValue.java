/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.KeyringException.Reason;
import java.util.Optional;

/** The CK_RV values that are told apart (PKCS #11 version 2.40 and, for the last, 3.0), and what they say to an operator. */
enum ReturnValue {
    HOST_MEMORY(0x02, Reason.UNAVAILABLE, "the module is out of memory"),
    SLOT_ID_INVALID(0x03, Reason.UNAVAILABLE, "the slot is gone"),
    GENERAL_ERROR(0x05, Reason.UNAVAILABLE, "the module failed"),
    FUNCTION_FAILED(0x06, Reason.UNAVAILABLE, "the module failed"),
    ARGUMENTS_BAD(0x07, Reason.MISCONFIGURED, "the module does not take these parameters"),
    ACTION_PROHIBITED(0x1B, Reason.DENIED, "the token's policy forbids it"),
    ATTRIBUTE_SENSITIVE(0x11, Reason.MISCONFIGURED, "the object does not give this attribute out"),
    ATTRIBUTE_TYPE_INVALID(0x12, Reason.MISCONFIGURED, "the object does not have this attribute"),
    ATTRIBUTE_READ_ONLY(0x10, Reason.MISCONFIGURED, "the token does not make a key with these attributes"),
    ATTRIBUTE_VALUE_INVALID(0x13, Reason.MISCONFIGURED, "the token does not make a key with these attributes"),
    DATA_INVALID(0x20, Reason.MISCONFIGURED, "the token does not take this input"),
    DATA_LEN_RANGE(0x21, Reason.MISCONFIGURED, "the token does not take input of this length"),
    DEVICE_ERROR(0x30, Reason.UNAVAILABLE, "the token failed, or can't be reached"),
    DEVICE_MEMORY(0x31, Reason.UNAVAILABLE, "the token is out of memory"),
    DEVICE_REMOVED(0x32, Reason.UNAVAILABLE, "the token was removed"),
    ENCRYPTED_DATA_INVALID(0x40, Reason.UNAVAILABLE, "the token does not take this ciphertext"),
    ENCRYPTED_DATA_LEN_RANGE(0x41, Reason.UNAVAILABLE, "the token does not take a ciphertext of this length"),
    FUNCTION_CANCELED(0x50, Reason.UNAVAILABLE, "it was cancelled, at the token or by its application"),
    FUNCTION_NOT_SUPPORTED(0x54, Reason.MISCONFIGURED, "the module does not have this function"),
    KEY_HANDLE_INVALID(0x60, Reason.UNAVAILABLE, "the key is gone"),
    KEY_SIZE_RANGE(0x62, Reason.MISCONFIGURED, "the mechanism does not take a key of this length"),
    KEY_TYPE_INCONSISTENT(0x63, Reason.MISCONFIGURED, "the mechanism does not take a key of this type"),
    KEY_FUNCTION_NOT_PERMITTED(
            0x68, Reason.DENIED, "the key may not be used for this: see its CKA_ENCRYPT, CKA_DECRYPT, CKA_UNWRAP"),
    MECHANISM_INVALID(
            0x70, Reason.MISCONFIGURED, "the token does not have this mechanism, or the key may not be used with it"),
    MECHANISM_PARAM_INVALID(0x71, Reason.MISCONFIGURED, "the token does not take these parameters of the mechanism"),
    OBJECT_HANDLE_INVALID(0x82, Reason.UNAVAILABLE, "the key is gone"),
    OPERATION_ACTIVE(0x90, Reason.UNAVAILABLE, "another operation is not finished in the session"),
    OPERATION_NOT_INITIALIZED(0x91, Reason.UNAVAILABLE, "the operation begun is gone from the session"),
    PIN_INCORRECT(0xA0, Reason.DENIED, "the PIN is wrong; it was tried once, and tokens lock after a few wrong ones"),
    PIN_INVALID(0xA1, Reason.DENIED, "the PIN has characters that the token does not take"),
    PIN_LEN_RANGE(0xA2, Reason.DENIED, "the PIN is longer or shorter than the token's PINs can be"),
    PIN_EXPIRED(0xA3, Reason.DENIED, "the PIN must be changed first"),
    PIN_LOCKED(0xA4, Reason.DENIED, "the PIN is locked; the token's security officer can set a new one"),
    SESSION_CLOSED(0xB0, Reason.UNAVAILABLE, "the session is gone"),
    SESSION_COUNT(0xB1, Reason.UNAVAILABLE, "the token has no more sessions"),
    SESSION_HANDLE_INVALID(0xB3, Reason.UNAVAILABLE, "the session is gone"),
    SIGNATURE_INVALID(0xC0, Reason.UNAVAILABLE, "the token does not take this ciphertext"),
    TEMPLATE_INCOMPLETE(0xD0, Reason.MISCONFIGURED, "the token does not make a key with these attributes"),
    TEMPLATE_INCONSISTENT(0xD1, Reason.MISCONFIGURED, "the token does not make a key with these attributes"),
    TOKEN_NOT_PRESENT(0xE0, Reason.UNAVAILABLE, "there is no token in the slot"),
    TOKEN_NOT_RECOGNIZED(0xE1, Reason.UNAVAILABLE, "the module does not know the token in the slot"),
    UNWRAPPING_KEY_HANDLE_INVALID(0xF0, Reason.UNAVAILABLE, "the key is gone"),
    UNWRAPPING_KEY_SIZE_RANGE(0xF1, Reason.MISCONFIGURED, "the mechanism does not take a key of this length"),
    UNWRAPPING_KEY_TYPE_INCONSISTENT(0xF2, Reason.MISCONFIGURED, "the mechanism does not take a key of this type"),
    USER_ALREADY_LOGGED_IN(0x100, Reason.DENIED, "this process is logged in already"),
    USER_NOT_LOGGED_IN(0x101, Reason.DENIED, "this process is not logged in, or not any more"),
    USER_PIN_NOT_INITIALIZED(0x102, Reason.DENIED, "the token's user has no PIN yet"),
    USER_ANOTHER_ALREADY_LOGGED_IN(0x104, Reason.DENIED, "another user is logged in on this token from this process"),
    WRAPPED_KEY_INVALID(0x110, Reason.UNAVAILABLE, "the token does not take this wrapped key"),
    WRAPPED_KEY_LEN_RANGE(0x112, Reason.UNAVAILABLE, "the token does not take a wrapped key of this length"),
    BUFFER_TOO_SMALL(0x150, Reason.UNAVAILABLE, "the token gave more than fits"),
    CRYPTOKI_NOT_INITIALIZED(0x190, Reason.UNAVAILABLE, "other code in this process has finalised the module"),
    CRYPTOKI_ALREADY_INITIALIZED(0x191, Reason.UNAVAILABLE, "other code in this process has initialised the module"),
    AEAD_DECRYPT_FAILED(0x35, Reason.UNAVAILABLE, "the token does not take this ciphertext");

    static final long OK = 0;

    final long code;
    final Reason reason;
    final String words;

    ReturnValue(long code, Reason reason, String words) {
        this.code = code;
        this.reason = reason;
        this.words = words;
    }

    static Optional<ReturnValue> of(long code) {
        for (ReturnValue value : values()) {
            if (value.code == code) {
                return Optional.of(value);
            }
        }
        return Optional.empty();
    }

    /** As the specification writes it; a vendor's own value in hex. */
    static String nameOf(long code) {
        return code == OK
                ? "CKR_OK"
                : of(code).map(value -> "CKR_" + value.name()).orElseGet(() -> "CKR 0x%08X".formatted(code));
    }
}
