/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.vectors.Corpus;
import dev.keywright.vectors.VectorCase;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** {@code keywright vectors list}: what is in a corpus. */
@Command(
        name = "list",
        header = "Lists the cases of a corpus, with what must come of each.",
        description = "Reads the corpus as strictly as verify does, and opens nothing.")
final class VectorsListCommand extends CorpusSubcommand {
    VectorsListCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    void perform() throws IOException {
        Corpus corpus = Corpus.read(folder);
        List<VectorCase> cases = cases(corpus);
        int width =
                cases.stream().mapToInt(vector -> vector.id().length()).max().orElse(0);
        StringBuilder text = new StringBuilder();
        for (VectorCase vector : cases) {
            text.append(String.format(
                    Locale.ROOT,
                    "%-" + width + "s  %s %s %-11s %-13s %s%n",
                    vector.id(),
                    vector.format(),
                    vector.suiteId(),
                    vector.location().word(),
                    vector.expect().word(),
                    vector.wrap().wireName()));
        }
        text.append(cases.size()).append(" of ").append(corpus.cases().size()).append(" cases");
        answer(text.toString(), cases.stream().map(VectorsListCommand::fields).toList());
    }

    private static Map<String, @Nullable Object> fields(VectorCase vector) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("id", vector.id());
        fields.put("comment", vector.comment());
        fields.put("producer", vector.producer().name());
        fields.put("sdk", vector.producer().sdk());
        fields.put("sdkVersion", vector.producer().version());
        fields.put("format", vector.format().name());
        fields.put("suite", vector.suiteId());
        fields.put("wrap", vector.wrap().wireName());
        fields.put("location", vector.location().word());
        fields.put("key", vector.key());
        fields.put("expect", vector.expect().word());
        fields.put("derivedFrom", vector.derivedFrom());
        fields.put("fault", vector.fault());
        fields.put("flags", vector.flags());
        return fields;
    }
}
