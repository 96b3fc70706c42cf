/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.envelope.Envelope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What an envelope says, without any key: format, suite, wrap, master key. Never an encryption context's values. */
final class EnvelopeView {
    private final Envelope envelope;

    private EnvelopeView(Envelope envelope) {
        this.envelope = envelope;
    }

    static EnvelopeView of(Envelope envelope) {
        return new EnvelopeView(envelope);
    }

    /** Whether the content's suite has a tag. */
    boolean isAuthenticated() {
        return envelope.suite().tagBytes() > 0;
    }

    String inShort() {
        return envelope.format() + ", " + envelope.wrapped().algorithm().wireName();
    }

    Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("format", envelope.format().name());
        fields.put("suite", envelope.suite().name());
        fields.put("suiteId", String.format("0x%04x", envelope.suite().id()));
        fields.put("authenticated", isAuthenticated());
        fields.put("committing", envelope.suite().isCommitting());
        fields.put("wrap", envelope.wrapped().algorithm().wireName());
        if (envelope.wrapped().algorithm().isKms()) {
            fields.put("encryptionContextNames", contextNames());
        } else {
            fields.put("materialsDescription", description());
        }
        return fields;
    }

    String text() {
        StringBuilder text = new StringBuilder();
        line(text, "format", envelope.format() + (envelope.suite().isCommitting() ? ", with key commitment" : ""));
        line(
                text,
                "suite",
                String.format("0x%04x %s", envelope.suite().id(), envelope.suite())
                        + (isAuthenticated() ? "" : ", without authentication"));
        line(
                text,
                "wrap",
                envelope.wrapped().algorithm().wireName() + ", "
                        + envelope.wrapped().ciphertext().size() + " bytes");
        if (envelope.wrapped().algorithm().isKms()) {
            line(text, "master key", "an AWS KMS key; the wrapped key names it to KMS only");
            line(text, "context names", String.join(", ", contextNames()));
        } else {
            line(
                    text,
                    "master key",
                    description().isEmpty()
                            ? "not named: an empty materials description"
                            : "materials description " + description());
        }
        return text.toString();
    }

    /** One line of a table of names and values. */
    static void line(StringBuilder text, String name, String value) {
        text.append(String.format("%-14s %s%n", name, Printable.line(value)));
    }

    private Map<String, String> description() {
        return new TreeMap<>(envelope.wrapped().description());
    }

    private List<String> contextNames() {
        List<String> names = new ArrayList<>(envelope.wrapped().description().keySet());
        names.sort(null);
        return names;
    }
}
