/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import java.util.List;

/**
 * What a module, a token and a key on it are, and which wraps of the S3 format the key can do: the first thing to look at when
 * something does not work. Holds no secret.
 *
 * @param module the module's library
 * @param moduleInfo manufacturer, description and versions, as the module gives them
 * @param mechanisms those that have to do with wrapping data keys, with their flags
 * @param verdicts one for each current wrap
 * @param legacy one for each legacy wrap of the key's type, which is only read; none if the key can't do its current wrap
 * @param warnings what is unsafe, though it works
 */
public record Pkcs11Description(
        String module,
        String moduleInfo,
        Pkcs11TokenInfo token,
        List<Mechanism> mechanisms,
        Pkcs11KeyInfo key,
        List<Verdict> verdicts,
        List<Verdict> legacy,
        List<String> warnings) {

    /** A mechanism that the token has. */
    public record Mechanism(String name, boolean encrypt, boolean decrypt, boolean wrap, boolean unwrap) {}

    /**
     * Whether the key can do a wrap.
     *
     * @param wrap the wrap's name in the format
     * @param why in words
     */
    public record Verdict(String wrap, boolean possible, String why) {
        @Override
        public String toString() {
            return wrap + (possible ? ": yes, " : ": no, ") + why;
        }
    }

    /** Copies the lists. */
    public Pkcs11Description {
        mechanisms = List.copyOf(mechanisms);
        verdicts = List.copyOf(verdicts);
        legacy = List.copyOf(legacy);
        warnings = List.copyOf(warnings);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append("module     ")
                .append(module)
                .append(" (")
                .append(moduleInfo)
                .append(")\n");
        text.append("token      ").append(token).append('\n');
        text.append("key        ").append(key).append('\n');
        for (Mechanism mechanism : mechanisms) {
            text.append("mechanism  ")
                    .append(mechanism.name())
                    .append(mechanism.encrypt() ? " encrypt" : "")
                    .append(mechanism.decrypt() ? " decrypt" : "")
                    .append(mechanism.wrap() ? " wrap" : "")
                    .append(mechanism.unwrap() ? " unwrap" : "")
                    .append('\n');
        }
        verdicts.forEach(verdict -> text.append("wrap       ").append(verdict).append('\n'));
        legacy.forEach(verdict -> text.append("to read    ").append(verdict).append('\n'));
        warnings.forEach(warning -> text.append("warning    ").append(warning).append('\n'));
        return text.toString();
    }
}
