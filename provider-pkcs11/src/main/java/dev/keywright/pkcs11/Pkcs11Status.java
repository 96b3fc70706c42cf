/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import java.util.OptionalLong;

/**
 * What a token has been doing in this process, all keyrings on it together: a snapshot, for a metrics library to read. Counts
 * begin when the token's first keyring opens it, and only grow until its last is closed. They are read one after the other,
 * so those of one moment may differ by what happened between.
 *
 * @param token label, serial and slot, as in error messages
 * @param trouble what was lost last, in the words of the error; empty if nothing was
 * @param nextTryMillis until it is tried again to mend a token that is {@link State#DOWN}; empty otherwise
 * @param operations uses of keys begun: wraps, unwraps, and searches for keys
 * @param failures those that the token failed, replays included; refused ciphertexts are not among them
 * @param sessionsMax how many sessions may be lent at once; it shrinks if the token turns out to have fewer
 * @param sessionsOpen sessions open now, with the one that holds the login
 * @param sessionsIdle those that wait for use
 * @param callsWaiting calls that wait for a session
 * @param logins times that C_Login was called
 * @param recoveriesTried times that something lost was mended, or that was tried
 * @param recoveriesSucceeded those that went well
 */
public record Pkcs11Status(
        State state,
        String token,
        String trouble,
        OptionalLong nextTryMillis,
        long operations,
        long failures,
        int sessionsMax,
        int sessionsOpen,
        int sessionsIdle,
        int callsWaiting,
        long logins,
        long recoveriesTried,
        long recoveriesSucceeded) {

    /** Whether a token can be used. */
    public enum State {
        /** It can, as far as is known. */
        UP,
        /** A thread is mending it; others wait for that. */
        RECOVERING,
        /** It could not be mended: calls fail at once until it is tried again. */
        DOWN,
        /** A login was refused, and none is tried again before another keyring is built on the token. */
        DENIED,
        /** No keyring uses it any more. */
        CLOSED
    }
}
