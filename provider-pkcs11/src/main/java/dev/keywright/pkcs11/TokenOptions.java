/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

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
    static final String MAX_SESSIONS = "max-sessions";
    static final String SESSION_WAIT = "session-wait-millis";
    static final String READ_WRITE = "read-write-sessions";
    static final String FIRST_BACK_OFF = "back-off-millis";
    static final String LARGEST_BACK_OFF = "largest-back-off-millis";

    /** As a keyring's options. */
    static final List<String> NAMES = List.of(MAX_SESSIONS, SESSION_WAIT, READ_WRITE, FIRST_BACK_OFF, LARGEST_BACK_OFF);

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

    /**
     * Reads those options that are here, and leaves the rest as by default.
     *
     * @param subject what they are options of, for messages
     * @throws KeyringException with reason MISCONFIGURED if a value can't be
     */
    static TokenOptions of(String subject, Map<String, String> options) {
        OptionValues values = new OptionValues(subject);
        String profile = options.get(Pkcs11Options.PROFILE);
        boolean profileSaysReadWrite = profile != null
                && values.choice(Pkcs11Options.PROFILE, profile, Pkcs11Profile.values())
                        .readWriteSessions();
        TokenOptions read = DEFAULT;
        String sessions = options.get(MAX_SESSIONS);
        if (sessions != null) {
            read = read.withMaxSessions(values.count(MAX_SESSIONS, sessions));
        }
        String wait = options.get(SESSION_WAIT);
        if (wait != null) {
            read = read.withWaitMillis(values.count(SESSION_WAIT, wait));
        }
        String readWrite = options.get(READ_WRITE);
        if (readWrite == null ? profileSaysReadWrite : values.bool(READ_WRITE, readWrite)) {
            read = read.withReadWrite();
        }
        String first = options.get(FIRST_BACK_OFF);
        String largest = options.get(LARGEST_BACK_OFF);
        return read.withBackOff(
                first == null ? read.firstBackOffMillis : values.count(FIRST_BACK_OFF, first),
                largest == null ? read.largestBackOffMillis : values.count(LARGEST_BACK_OFF, largest));
    }

    /** As options, those that are not as by default. */
    Map<String, String> named() {
        Map<String, String> named = new TreeMap<>();
        putUnless(named, MAX_SESSIONS, maxSessions, DEFAULT.maxSessions);
        putUnless(named, SESSION_WAIT, waitMillis, DEFAULT.waitMillis);
        if (readWrite) {
            named.put(READ_WRITE, "true");
        }
        putUnless(named, FIRST_BACK_OFF, firstBackOffMillis, DEFAULT.firstBackOffMillis);
        putUnless(named, LARGEST_BACK_OFF, largestBackOffMillis, DEFAULT.largestBackOffMillis);
        return named;
    }

    private static void putUnless(Map<String, String> named, String name, long value, long usual) {
        if (value != usual) {
            named.put(name, Long.toString(value));
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
