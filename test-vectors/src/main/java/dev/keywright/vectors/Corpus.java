/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A folder of compatibility vectors, read whole and strictly: an unknown field or file, a missing one, a wrong count, an
 * unexplained flag, an id used twice, an unknown key, are errors, never a skipped case. Bodies stay where they are.
 * Immutable.
 *
 * @param flags what each flag means
 * @param keys the test master keys, by id
 * @param cases in the order of producers and ids
 */
public record Corpus(
        Path folder,
        String licence,
        List<String> producers,
        Map<String, String> flags,
        Map<String, VectorKey> keys,
        List<VectorCase> cases) {
    static final String SUMMARY = "corpus.json";
    static final String FLAGS = "flags.json";
    static final String SCHEMA = "corpus-1";

    /** Files that may stand beside the producers' folders, for people. */
    private static final String FOR_PEOPLE = "README.*|LICEN[CS]E.*|NOTICE.*|\\..*";

    /** Copies lists and maps. */
    public Corpus {
        producers = List.copyOf(producers);
        flags = Map.copyOf(flags);
        keys = Map.copyOf(keys);
        cases = List.copyOf(cases);
    }

    /**
     * Reads a corpus.
     *
     * @throws CorpusException if it is not in the format; says all that is wrong
     * @throws IOException if a file can't be read
     */
    public static Corpus read(Path folder) throws IOException {
        for (String needed : List.of(SUMMARY, KeyFile.NAME, FLAGS)) {
            if (!Files.exists(folder.resolve(needed))) {
                throw Files.exists(folder)
                        ? new CorpusException(folder + " is no corpus: it has no " + needed)
                        : new NoSuchFileException(folder.toString());
            }
        }
        return new Reader(folder).read();
    }

    /** The key that a case is read with. */
    public VectorKey key(VectorCase vector) {
        VectorKey key = keys.get(vector.key());
        if (key == null) {
            throw new IllegalArgumentException(vector.id() + " is no case of this corpus");
        }
        return key;
    }

    private static final class Reader {
        private final Path folder;
        private final List<String> problems = new ArrayList<>();

        Reader(Path folder) {
            this.folder = folder;
        }

        Corpus read() throws IOException {
            Fields summary = Fields.read(folder.resolve(SUMMARY), SUMMARY);
            if (!summary.text("schema").equals(SCHEMA)) {
                throw summary.wrong("schema is not " + SCHEMA);
            }
            long count = summary.number("cases");
            List<String> producers = summary.textList("producers");
            String licence = summary.text("licence");
            summary.done();
            Map<String, VectorKey> keys = KeyFile.read(folder);
            Map<String, String> flags =
                    new TreeMap<>(Fields.read(folder.resolve(FLAGS), FLAGS).texts());

            Set<String> found = producersFound();
            if (!found.equals(new TreeSet<>(producers)) || producers.size() != found.size()) {
                problems.add(SUMMARY + " lists the producers " + producers + ", and there are folders of " + found);
            }
            List<VectorCase> cases = new ArrayList<>();
            int directories = 0;
            for (String producer : found) {
                for (Path each : sorted(folder.resolve(producer))) {
                    directories++;
                    try {
                        cases.add(read(each, producer));
                    } catch (CorpusException e) {
                        problems.addAll(e.problems());
                    }
                }
            }
            if (directories != count) {
                problems.add(SUMMARY + " says " + count + " cases, and there are " + directories);
            }
            judgeTogether(cases, keys, flags);
            if (!problems.isEmpty()) {
                throw new CorpusException(problems);
            }
            return new Corpus(folder, licence, producers, flags, keys, cases);
        }

        private static VectorCase read(Path each, String producer) throws IOException {
            if (!Files.isDirectory(each, LinkOption.NOFOLLOW_LINKS)) {
                throw new CorpusException(producer + "/" + each.getFileName() + ": a folder of one case is wanted");
            }
            return CaseFile.read(each, producer);
        }

        private Set<String> producersFound() throws IOException {
            Set<String> producers = new TreeSet<>();
            for (Path each : sorted(folder)) {
                String name = each.getFileName().toString();
                if (Files.isDirectory(each) && !name.startsWith(".")) {
                    producers.add(name);
                } else if (!Set.of(SUMMARY, FLAGS, KeyFile.NAME).contains(name) && !name.matches(FOR_PEOPLE)) {
                    problems.add("unknown file " + name);
                }
            }
            return producers;
        }

        private static List<Path> sorted(Path folder) throws IOException {
            try (Stream<Path> list = Files.list(folder)) {
                return list.sorted().toList();
            }
        }

        private void judgeTogether(List<VectorCase> cases, Map<String, VectorKey> keys, Map<String, String> flags) {
            Map<String, String> producerOf = new HashMap<>();
            for (VectorCase vector : cases) {
                String before = producerOf.put(vector.id(), vector.producer().name());
                if (before != null) {
                    problems.add(vector.id() + ": in " + before + " and in "
                            + vector.producer().name());
                }
                VectorKey key = keys.get(vector.key());
                if (key == null) {
                    problems.add(vector.id() + ": its key '" + vector.key() + "' is not in " + KeyFile.NAME);
                } else if (vector.expect().isSuccess() && !key.type().equals(CaseFile.keyType(vector.wrap()))) {
                    problems.add(vector.id() + ": a key of type " + key.type() + " does not open the wrap "
                            + vector.wrap().wireName());
                }
                vector.flags().stream()
                        .filter(flag -> !flags.containsKey(flag))
                        .forEach(flag ->
                                problems.add(vector.id() + ": its flag '" + flag + "' is not explained in " + FLAGS));
            }
            for (VectorCase vector : cases) {
                String origin = vector.derivedFrom();
                if (origin != null && !producerOf.containsKey(origin)) {
                    problems.add(vector.id() + ": derived from '" + origin + "', which is not there");
                }
            }
        }
    }
}
