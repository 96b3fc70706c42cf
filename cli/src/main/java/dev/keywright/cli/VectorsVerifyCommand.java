/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;

/** {@code keywright vectors verify}: runs a corpus. */
@Command(
        name = "verify",
        header = "Runs a corpus of stored objects: each must open, or be refused, as it says.",
        description = {
            "Any corpus in the vector format (docs/vectors.md). Each case is read by every way that there is, and each"
                    + " good one again with every permission that it needs withdrawn in turn.",
            "",
            "Exit code 8: a case failed. 5: the folder is no corpus, and nothing was run."
        })
final class VectorsVerifyCommand extends CorpusSubcommand {
    VectorsVerifyCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    void perform() throws IOException {
        VerifiedCorpus verified = verified();
        Map<String, Object> fields = new LinkedHashMap<>(verified.totals());
        fields.put("failures", verified.failures());
        answer(verified.summary(), fields);
        verified.requireAllPassed();
    }
}
