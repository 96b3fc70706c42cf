/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

/** Where a {@link KeyringFactory} gets PINs and passphrases from, by name. */
@FunctionalInterface
public interface Secrets {
    /**
     * The secret of this name, such as {@code pin}. The receiver wipes the array after use.
     *
     * @throws KeyringException with reason MISCONFIGURED if there is none, saying where one was looked for
     */
    char[] secret(String name);

    /** No secrets at all. */
    static Secrets none() {
        return name -> {
            throw new KeyringException(
                    KeyringException.Reason.MISCONFIGURED,
                    "a secret named '" + name + "' is needed, and none is configured");
        };
    }
}
