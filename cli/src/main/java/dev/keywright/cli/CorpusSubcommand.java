/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.vectors.CaseResult;
import dev.keywright.vectors.Corpus;
import dev.keywright.vectors.VectorCase;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** A command on the cases of a corpus. */
abstract class CorpusSubcommand extends Subcommand {
    @Parameters(paramLabel = "CORPUS", description = "the folder of the corpus")
    Path folder;

    @Mixin
    CaseFilter filter = new CaseFilter();

    CorpusSubcommand(Terminal terminal) {
        super(terminal);
    }

    /** The cases that are meant; at least one. */
    List<VectorCase> cases(Corpus corpus) {
        List<VectorCase> cases = filter.of(corpus);
        if (cases.isEmpty()) {
            throw misuse("no case of " + folder + " is meant: of its "
                    + corpus.cases().size() + " cases, none fulfils all that was asked for");
        }
        return cases;
    }

    /** Reads the corpus and runs the cases that are meant. */
    VerifiedCorpus verified() throws IOException {
        Corpus corpus = Corpus.read(folder);
        List<VectorCase> cases = cases(corpus);
        long begun = System.nanoTime();
        boolean drawn = terminal.errWatched() && !output.quiet && !output.json;
        try (CorpusVerification verification = new CorpusVerification(corpus);
                CaseProgress progress = new CaseProgress(terminal.err(), drawn, cases.size())) {
            List<CaseResult> results = verification.run(cases, result -> progress.add(result.passed()));
            return new VerifiedCorpus(corpus, verification.ways(), results, (System.nanoTime() - begun) / 1e9);
        }
    }
}
