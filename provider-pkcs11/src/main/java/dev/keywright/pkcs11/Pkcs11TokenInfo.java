/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

/**
 * What a token says of itself; had without logging in.
 *
 * @param slotId the slot's number, which may change from start to start
 * @param flags CK_TOKEN_INFO's flags
 * @param maxSessions how many sessions one process may have open; 0 if there is no limit, or none is told
 */
public record Pkcs11TokenInfo(
        long slotId,
        String label,
        String manufacturer,
        String model,
        String serial,
        long flags,
        String firmwareVersion,
        long maxSessions) {

    /** Whether its objects need a login. */
    public boolean loginRequired() {
        return (flags & CryptokiConstants.CKF_LOGIN_REQUIRED) != 0;
    }

    /** Whether one more wrong PIN locks it. */
    public boolean finalTry() {
        return (flags & CryptokiConstants.CKF_USER_PIN_FINAL_TRY) != 0;
    }

    /** Whether a wrong PIN was given since the last right one. */
    public boolean pinCountLow() {
        return (flags & CryptokiConstants.CKF_USER_PIN_COUNT_LOW) != 0;
    }

    /** Whether its user PIN is locked. */
    public boolean pinLocked() {
        return (flags & CryptokiConstants.CKF_USER_PIN_LOCKED) != 0;
    }

    /** Whether it has been set up; a slot may show a blank one. */
    public boolean initialized() {
        return (flags & CryptokiConstants.CKF_TOKEN_INITIALIZED) != 0;
    }

    /** Whether the PIN is entered at the token, not by us. */
    public boolean protectedAuthenticationPath() {
        return (flags & CryptokiConstants.CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
    }

    /** Whether this is the same token, in whatever slot, now or before. */
    boolean isSameToken(Pkcs11TokenInfo other) {
        return label.equals(other.label)
                && manufacturer.equals(other.manufacturer)
                && model.equals(other.model)
                && serial.equals(other.serial);
    }

    @Override
    public String toString() {
        return "token '" + label + "' (serial " + serial + ", " + manufacturer + " " + model + ", slot " + slotId + ")";
    }
}
