/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.vectors.Corpus;
import dev.keywright.vectors.VectorCase;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which cases of a corpus are meant: those that fulfil every condition given. */
final class CaseFilter {
    @Option(names = "--only", paramLabel = "GLOB", description = "cases whose id matches, such as 'ruby*-V2-*'")
    @Nullable
    String only;

    @Option(names = "--producer", paramLabel = "NAME", description = "cases of this producer, by its folder's name")
    @Nullable
    String producer;

    @Option(names = "--format", paramLabel = "V1|V2|V3", description = "cases of this format")
    @Nullable
    String format;

    @Option(names = "--suite", paramLabel = "SUITE", description = "cases of this suite, such as 0x0073")
    @Nullable
    String suite;

    @Option(names = "--wrap", paramLabel = "WRAP", description = "cases of this wrap, such as AES/GCM")
    @Nullable
    String wrap;

    @Option(
            names = "--location",
            paramLabel = "WHERE",
            description = "cases whose envelope is in the metadata, or in an instruction file: metadata or instruction")
    @Nullable
    String location;

    @Option(
            names = "--expect",
            paramLabel = "OUTCOME",
            description = "cases that must end so: success, refused, or a layer such as integrity")
    @Nullable
    String expect;

    @Option(names = "--flag", paramLabel = "FLAG", description = "cases with this flag")
    @Nullable
    String flag;

    /** The cases that are meant, in the corpus's order. */
    List<VectorCase> of(Corpus corpus) {
        Predicate<VectorCase> meant = globbed();
        return corpus.cases().stream()
                .filter(meant)
                .filter(vector -> is(producer, vector.producer().name()))
                .filter(vector -> is(format, vector.format().name()))
                .filter(vector -> is(suite, vector.suiteId()))
                .filter(vector -> is(wrap, vector.wrap().wireName()))
                .filter(vector -> is(location, vector.location().word()))
                .filter(vector -> is(expect, vector.expect().word()))
                .filter(vector -> flag == null || vector.flags().contains(flag))
                .toList();
    }

    private static boolean is(@Nullable String wanted, String found) {
        return wanted == null || wanted.equals(found);
    }

    private Predicate<VectorCase> globbed() {
        if (only == null) {
            return vector -> true;
        }
        PathMatcher glob = FileSystems.getDefault().getPathMatcher("glob:" + only);
        return vector -> glob.matches(Path.of(vector.id()));
    }
}
