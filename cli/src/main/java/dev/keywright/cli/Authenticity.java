/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

/** What a reader is told of what it was given. */
enum Authenticity {
    VERIFIED(", verified"),
    UNAUTHENTICATED_CONTENT(", NOT verified: its content (AES-CBC) has no authentication, anyone may have altered it"),
    UNVERIFIED_RANGE(", NOT verified: a range has no authentication of its own, anyone may have altered it");

    private final String words;

    Authenticity(String words) {
        this.words = words;
    }

    /** The end of a sentence. */
    String inWords() {
        return words;
    }

    static Authenticity ofWhole(boolean authenticated) {
        return authenticated ? VERIFIED : UNAUTHENTICATED_CONTENT;
    }
}
