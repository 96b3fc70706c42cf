/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.util.Optional;

/** A call that a module did not answer with CKR_OK. Holds function and value, and nothing of what was passed. */
final class CryptokiException extends Exception {
    private static final long serialVersionUID = 1L;

    private final CryptokiFunction function;
    private final long code;
    private long epoch;

    CryptokiException(CryptokiFunction function, long code) {
        super(function.cName + " gave " + ReturnValue.nameOf(code)
                + ReturnValue.of(code).map(value -> ": " + value.words).orElse(""));
        this.function = function;
        this.code = code;
    }

    boolean is(ReturnValue value) {
        return code == value.code;
    }

    /** Notes in which of its token's epochs it was, so that what was mended since is told from what is not. */
    CryptokiException in(long tokenEpoch) {
        epoch = tokenEpoch;
        return this;
    }

    /** In which of its token's epochs it was. */
    long epoch() {
        return epoch;
    }

    /** Whether this function answered. */
    boolean from(CryptokiFunction asked) {
        return function == asked;
    }

    /** Whether another session can do what this one couldn't. */
    boolean isSessionGone() {
        return is(ReturnValue.SESSION_HANDLE_INVALID) || is(ReturnValue.SESSION_CLOSED);
    }

    /** Whether an earlier operation still occupies the session, or the one begun is gone from it. */
    boolean isSessionSpoilt() {
        return is(ReturnValue.OPERATION_ACTIVE) || is(ReturnValue.OPERATION_NOT_INITIALIZED);
    }

    /** Whether token, slot or module are gone, so that only beginning anew can help. */
    boolean isDeviceGone() {
        return is(ReturnValue.DEVICE_ERROR)
                || is(ReturnValue.DEVICE_REMOVED)
                || is(ReturnValue.TOKEN_NOT_PRESENT)
                || is(ReturnValue.TOKEN_NOT_RECOGNIZED)
                || is(ReturnValue.SLOT_ID_INVALID)
                || is(ReturnValue.CRYPTOKI_NOT_INITIALIZED);
    }

    /** Whether a login's PIN had no part in its failing. */
    boolean saysNothingOfThePin() {
        return isDeviceGone()
                || isSessionGone()
                || is(ReturnValue.HOST_MEMORY)
                || is(ReturnValue.DEVICE_MEMORY)
                || is(ReturnValue.FUNCTION_CANCELED);
    }

    /** Whether it may be a broken device or anything else, which only asking for something simple can tell. */
    boolean isVague() {
        return is(ReturnValue.GENERAL_ERROR) || is(ReturnValue.FUNCTION_FAILED);
    }

    /** Whether the key has to be found again. */
    boolean isKeyHandleGone() {
        return is(ReturnValue.OBJECT_HANDLE_INVALID)
                || is(ReturnValue.KEY_HANDLE_INVALID)
                || is(ReturnValue.UNWRAPPING_KEY_HANDLE_INVALID);
    }

    /**
     * Whether a bad ciphertext can be the cause. Tokens do not agree on a value for it: some use those that others keep for
     * broken devices.
     */
    boolean mayComeFromCiphertext() {
        Optional<ReturnValue> value = ReturnValue.of(code);
        return value.isPresent()
                && switch (value.get()) {
                    case ENCRYPTED_DATA_INVALID,
                            ENCRYPTED_DATA_LEN_RANGE,
                            DATA_INVALID,
                            DATA_LEN_RANGE,
                            SIGNATURE_INVALID,
                            FUNCTION_FAILED,
                            GENERAL_ERROR ->
                        function == CryptokiFunction.DECRYPT || function == CryptokiFunction.UNWRAP_KEY;
                    case AEAD_DECRYPT_FAILED, BUFFER_TOO_SMALL, ARGUMENTS_BAD, MECHANISM_PARAM_INVALID ->
                        function == CryptokiFunction.DECRYPT;
                    case WRAPPED_KEY_INVALID, WRAPPED_KEY_LEN_RANGE -> function == CryptokiFunction.UNWRAP_KEY;
                    default -> false;
                };
    }

    /** Whether the token can't be asked any more, so that this says nothing of what it was asked. */
    boolean isTokenGone() {
        Optional<ReturnValue> value = ReturnValue.of(code);
        return value.isPresent()
                && switch (value.get()) {
                    case HOST_MEMORY,
                            SLOT_ID_INVALID,
                            DEVICE_ERROR,
                            DEVICE_MEMORY,
                            DEVICE_REMOVED,
                            SESSION_CLOSED,
                            SESSION_COUNT,
                            SESSION_HANDLE_INVALID,
                            TOKEN_NOT_PRESENT,
                            TOKEN_NOT_RECOGNIZED,
                            USER_NOT_LOGGED_IN,
                            CRYPTOKI_NOT_INITIALIZED -> true;
                    default -> false;
                };
    }

    /** Whether only key and parameters had been seen. */
    boolean isBeforeInput() {
        return function == CryptokiFunction.ENCRYPT_INIT || function == CryptokiFunction.DECRYPT_INIT;
    }

    /** The same, said of a keyring. */
    KeyringException of(String keyringName) {
        Reason reason = ReturnValue.of(code).map(value -> value.reason).orElse(Reason.UNAVAILABLE);
        return new KeyringException(reason, keyringName + ": " + getMessage(), this);
    }
}
