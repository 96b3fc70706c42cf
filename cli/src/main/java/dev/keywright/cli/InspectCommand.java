/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.envelope.Envelope;
import dev.keywright.spi.KeywrightException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code keywright inspect}: what an envelope says, without any key. */
@Command(
        name = "inspect",
        header = "Says how something was sealed, and under which master key. Needs no key.",
        description = "What it says is not authenticated: only opening proves it.")
final class InspectCommand extends Subcommand {
    @Parameters(paramLabel = "WHAT", description = "a body with its envelope beside it, or an envelope file")
    String what;

    InspectCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    void perform() throws IOException {
        Path file = Path.of(what);
        Path beside = EnvelopeFile.beside(file);
        boolean isBody = Files.exists(beside);
        Envelope envelope;
        Map<String, String> metadata = EnvelopeFile.read(isBody ? beside : file);
        try {
            envelope = Envelope.parse(metadata);
        } catch (KeywrightException e) {
            throw e.about(what);
        }
        StringBuilder text = new StringBuilder();
        EnvelopeView.line(text, "file", what);
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("file", what);
        EnvelopeView view = EnvelopeView.of(envelope);
        text.append(view.text());
        fields.putAll(view.fields());
        if (isBody) {
            long plaintextBytes = envelope.plaintextBytes(Files.size(file));
            EnvelopeView.line(text, "plaintext", Sizes.text(plaintextBytes));
            fields.put("plaintextBytes", plaintextBytes);
        }
        answer(text.toString(), fields);
    }
}
