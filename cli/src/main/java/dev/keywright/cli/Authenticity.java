/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

/** What a reader is told of what it was given. */
final class Authenticity {
    private Authenticity() {}

    /** The end of a sentence. */
    static String inWords(boolean authenticated) {
        return authenticated
                ? ", verified"
                : ", NOT verified: its content (AES-CBC) has no authentication, anyone may have altered it";
    }
}
