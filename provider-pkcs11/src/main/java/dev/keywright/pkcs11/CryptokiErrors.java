/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;

/** What a return value means to the keys' operator. */
final class CryptokiErrors {
    private CryptokiErrors() {}

    /** The error for a call that failed for another cause than bad data. */
    static KeyringException of(String subject, CryptokiException e) {
        return switch ((int) e.rv()) {
            case (int) Ck.CKR_PIN_INCORRECT, (int) Ck.CKR_PIN_INVALID, (int) Ck.CKR_PIN_LEN_RANGE ->
                error(Reason.DENIED, subject, "the PIN is wrong; it was tried once, and is not tried again", e);
            case (int) Ck.CKR_PIN_LOCKED ->
                error(Reason.DENIED, subject, "the user PIN is locked; the SO unlocks it", e);
            case (int) Ck.CKR_PIN_EXPIRED -> error(Reason.DENIED, subject, "the PIN has expired", e);
            case (int) Ck.CKR_USER_PIN_NOT_INITIALIZED ->
                error(Reason.MISCONFIGURED, subject, "the token's user PIN has not been set", e);
            case (int) Ck.CKR_USER_NOT_LOGGED_IN ->
                error(Reason.DENIED, subject, "nobody is logged in to the token", e);
            case (int) Ck.CKR_KEY_FUNCTION_NOT_PERMITTED ->
                error(Reason.MISCONFIGURED, subject, "the key may not be used for this (CKA_ENCRYPT, CKA_DECRYPT)", e);
            case (int) Ck.CKR_MECHANISM_INVALID, (int) Ck.CKR_MECHANISM_PARAM_INVALID ->
                error(Reason.MISCONFIGURED, subject, "the token refuses the mechanism or its parameters", e);
            case (int) Ck.CKR_KEY_TYPE_INCONSISTENT, (int) Ck.CKR_KEY_SIZE_RANGE ->
                error(Reason.MISCONFIGURED, subject, "the key's type or size does not fit the mechanism", e);
            case (int) Ck.CKR_SESSION_COUNT -> error(Reason.UNAVAILABLE, subject, "the token has no more sessions", e);
            default -> error(Reason.UNAVAILABLE, subject, "the token does not do its work just now", e);
        };
    }

    private static KeyringException error(Reason reason, String subject, String what, CryptokiException e) {
        return new KeyringException(reason, subject + ": " + what + " (" + e.getMessage() + ")", e);
    }

    /**
     * Whether a failed decryption can mean bad data. Tokens answer general errors for a bad tag or padding, and for trouble
     * of their own: the session's being alive tells which.
     */
    static boolean maybeBadData(CryptokiException e) {
        if (e.function() != CryptokiFunction.C_DECRYPT) {
            return false;
        }
        return switch ((int) e.rv()) {
            case (int) Ck.CKR_ENCRYPTED_DATA_INVALID,
                    (int) Ck.CKR_ENCRYPTED_DATA_LEN_RANGE,
                    (int) Ck.CKR_DATA_INVALID,
                    (int) Ck.CKR_DATA_LEN_RANGE,
                    (int) Ck.CKR_ARGUMENTS_BAD,
                    (int) Ck.CKR_GENERAL_ERROR,
                    (int) Ck.CKR_FUNCTION_FAILED -> true;
            default -> false;
        };
    }
}
