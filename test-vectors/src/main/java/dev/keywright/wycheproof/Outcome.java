/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.wycheproof;

import java.util.Locale;

/** What came of a case. */
public enum Outcome {
    /**
     * Valid, and done right; or invalid, and refused. Bad PKCS #1 v1.5 padding may be refused implicitly: by other bytes than
     * the message, the same each time.
     */
    PASS,
    /**
     * Valid, and refused or done wrong; or invalid, and accepted; or answered with an unchecked exception, which is no
     * orderly refusal.
     */
    FAIL,
    /** Wycheproof leaves it open; it was accepted, and done right. */
    ACCEPTABLE_ACCEPTED,
    /** Wycheproof leaves it open; it was refused. */
    ACCEPTABLE_REJECTED,
    /** The implementation says that it does not do this: algorithm, key size, or parameters. */
    NOT_OFFERED;

    /** As it is written in results: {@code not-offered}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
