/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

/** What happens while letting go, when there is nobody left to tell: the platform's logging, level DEBUG. */
final class Log {
    private static final System.Logger LOGGER = System.getLogger("dev.keywright.pkcs11");

    private Log() {}

    static void debug(String what, CryptokiException e) {
        LOGGER.log(System.Logger.Level.DEBUG, () -> what + ": " + e.getMessage());
    }
}
