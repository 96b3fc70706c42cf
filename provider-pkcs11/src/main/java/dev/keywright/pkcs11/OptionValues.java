/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.util.Arrays;

/**
 * Reads an option's text.
 *
 * @param subject what it is an option of, for messages
 */
record OptionValues(String subject) {
    /** That of the choices whose name it is. */
    <E extends Enum<E>> E choice(String name, String value, E[] choices) {
        for (E choice : choices) {
            if (choice.toString().equals(value)) {
                return choice;
            }
        }
        throw refused("option " + name + " is none of " + Arrays.toString(choices));
    }

    boolean bool(String name, String value) {
        if (!value.equals("true") && !value.equals("false")) {
            throw refused("option " + name + " is neither true nor false");
        }
        return value.equals("true");
    }

    /** A CK_MECHANISM_TYPE, which has 32 bits in all modules. */
    long mechanism(String name, String value) {
        try {
            long number = Long.decode(value);
            if (number >= 0 && number <= 0xffff_ffffL) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw refused("option " + name + " is no mechanism's number, such as 0x80001087");
    }

    /** How many, or how many milliseconds; what makes sense is not known here. */
    int count(String name, String value) {
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw refused("option " + name + " is no whole number");
        }
    }

    KeyringException refused(String why) {
        return new KeyringException(Reason.MISCONFIGURED, subject + ": " + why);
    }
}
