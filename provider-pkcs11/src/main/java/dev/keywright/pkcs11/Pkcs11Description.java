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
 * @param warnings what is unsafe, though it works
 */
public record Pkcs11Description(
        String module,
        String moduleInfo,
        Pkcs11TokenInfo token,
        List<Mechanism> mechanisms,
        Pkcs11KeyInfo key,
        List<Verdict> verdicts,
        List<String> warnings) {

    /** A mechanism that the token has. */
    public record Mechanism(String name, boolean encrypt, boolean decrypt, boolean wrap, boolean unwrap) {}

    /**
     * Whether the key can do a wrap.
     *
     * @param wrap the wrap's name in the format
     * @param why in words
     */
    public record Verdict(String wrap, boolean possible, String why) {}

    /** Copies the lists. */
    public Pkcs11Description {
        mechanisms = List.copyOf(mechanisms);
        verdicts = List.copyOf(verdicts);
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
        for (Verdict verdict : verdicts) {
            text.append("wrap       ")
                    .append(verdict.wrap())
                    .append(verdict.possible() ? ": yes, " : ": no, ")
                    .append(verdict.why())
                    .append('\n');
        }
        warnings.forEach(warning -> text.append("warning    ").append(warning).append('\n'));
        return text.toString();
    }
}
