/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;

/**
 * How a token is used by this process.
 *
 * @param maxSessions besides the one that holds the login
 * @param waitMillis how long a call waits for a session, or for others to mend the token
 * @param readWrite whether sessions are read-write
 * @param firstBackOffMillis between the first and the second try to mend the token
 * @param largestBackOffMillis what that grows to
 */
record TokenOptions(
        int maxSessions, long waitMillis, boolean readWrite, long firstBackOffMillis, long largestBackOffMillis) {
    static final TokenOptions DEFAULT = new TokenOptions(32, 30_000, false, 500, 30_000);

    TokenOptions {
        if (maxSessions < 1) {
            throw refused("maxSessions is " + maxSessions + ", and at least 1 is wanted");
        }
        if (waitMillis < 0) {
            throw refused("sessionWaitMillis is " + waitMillis + ", and 0 or more is wanted");
        }
        if (firstBackOffMillis < 1 || largestBackOffMillis < firstBackOffMillis) {
            throw refused("the recovery's back-off is " + firstBackOffMillis + " to " + largestBackOffMillis
                    + " ms; the first is at least 1, and the largest not below it");
        }
    }

    private static KeyringException refused(String why) {
        return new KeyringException(Reason.MISCONFIGURED, "PKCS#11: " + why);
    }

    TokenOptions withMaxSessions(int chosen) {
        return new TokenOptions(chosen, waitMillis, readWrite, firstBackOffMillis, largestBackOffMillis);
    }

    TokenOptions withWaitMillis(long chosen) {
        return new TokenOptions(maxSessions, chosen, readWrite, firstBackOffMillis, largestBackOffMillis);
    }

    TokenOptions withReadWrite() {
        return new TokenOptions(maxSessions, waitMillis, true, firstBackOffMillis, largestBackOffMillis);
    }

    TokenOptions withBackOff(long firstMillis, long largestMillis) {
        return new TokenOptions(maxSessions, waitMillis, readWrite, firstMillis, largestMillis);
    }
}
