/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

/** What the process ends with: by who must act. */
enum ExitCode {
    /** Done. */
    OK(0, "ok", "done, and verified where something was read"),
    /** A fault of this program. */
    UNEXPECTED(1, "unexpected", "an unexpected error: --verbose tells more"),
    /** The command line is wrong. */
    USAGE(2, "usage", "wrong usage"),
    /** A {@link dev.keywright.spi.KeyringException}. */
    KEYRING(3, "keyring", "the key: denied, unavailable, not the one, or wrongly set up"),
    /** An {@link dev.keywright.spi.IntegrityException}. */
    INTEGRITY(4, "integrity", "integrity: wrapped key, commitment or content does not verify"),
    /** A {@link dev.keywright.spi.FormatException}. */
    FORMAT(5, "format", "format: not encrypted, or a malformed envelope"),
    /** A {@link dev.keywright.spi.PolicyException}. */
    POLICY(6, "policy", "policy: readable, but not allowed"),
    /** Files, network, S3. */
    IO(7, "io", "S3, network or file error"),
    /** A {@link VectorsFailedException}. */
    VECTORS(8, "vectors", "vectors: a case failed");

    final int code;
    final String word;
    final String meaning;

    ExitCode(int code, String word, String meaning) {
        this.code = code;
        this.word = word;
        this.meaning = meaning;
    }
}
