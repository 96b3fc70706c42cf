/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

/** The two answers of a {@link KeyUnwrapper}. Anything else (denied, unreachable, altered) is thrown. */
public sealed interface Unwrap {
    /** The key opened. The receiver closes it. */
    record Opened(DataKey dataKey) implements Unwrap {}

    /**
     * The wrapped key belongs to another master key.
     *
     * @param why the keyring's name and what rules the key out, for the error that lists all that declined
     */
    record NotMine(String why) implements Unwrap {}
}
