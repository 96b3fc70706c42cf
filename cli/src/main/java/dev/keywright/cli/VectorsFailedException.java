/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

/** Test vectors were run to the end, and some failed; which, was printed. */
final class VectorsFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    VectorsFailedException(String message) {
        super(message);
    }
}
