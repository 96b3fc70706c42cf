/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code ./bench} was told.
 *
 * @param only ids of scenarios, {@code cipher}, or the beginning of one; empty for everything
 * @param profile the scenario to profile instead of measuring
 */
record Settings(
        boolean quick,
        int rounds,
        List<String> only,
        List<Jdk> jdks,
        boolean resume,
        boolean reportOnly,
        @Nullable String profile,
        List<String> providers) {
    static final String USAGE = "usage: ./bench [--quick] [--rounds N] [--only SCENARIO]... [--jdk HOME]... [--resume]"
            + " [--provider NAME]... | --report | --profile SCENARIO";

    private static final int DEFAULT_ROUNDS = 3;

    static final class UsageException extends RuntimeException {
        private static final long serialVersionUID = 1;

        UsageException(String message) {
            super(message + "\n" + USAGE);
        }
    }

    static Settings parse(String... args) throws IOException {
        boolean quick = false;
        boolean resume = false;
        boolean reportOnly = false;
        int rounds = 0;
        String profile = null;
        List<String> only = new ArrayList<>();
        List<Jdk> jdks = new ArrayList<>();
        List<String> providers = new ArrayList<>(List.of(CipherSubject.DEFAULT_PROVIDER));
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--quick" -> quick = true;
                case "--resume" -> resume = true;
                case "--report" -> reportOnly = true;
                case "--rounds" -> rounds = positive(argument(args, ++i));
                case "--only" -> only.add(argument(args, ++i));
                case "--jdk" -> jdks.add(Jdk.at(Path.of(argument(args, ++i))));
                case "--profile" -> profile = argument(args, ++i);
                case "--provider" -> providers.add(argument(args, ++i));
                default -> throw new UsageException("no option " + args[i]);
            }
        }
        if (jdks.isEmpty()) {
            jdks.add(Jdk.at(Path.of(System.getProperty("java.home"))));
        }
        return new Settings(
                quick,
                rounds > 0 ? rounds : quick ? 1 : DEFAULT_ROUNDS,
                only,
                jdks,
                resume,
                reportOnly,
                profile,
                providers);
    }

    private static String argument(String[] args, int i) {
        if (i == args.length) {
            throw new UsageException(args[i - 1] + " takes an argument");
        }
        return args[i];
    }

    private static int positive(String text) {
        if (!text.matches("[1-9][0-9]?")) {
            throw new UsageException("--rounds takes a number from 1 to 99, not " + text);
        }
        return Integer.parseInt(text);
    }

    boolean wants(String id) {
        return only.isEmpty() || only.stream().anyMatch(id::startsWith);
    }

    /** Whether this is a run whose figures may stand in the documentation. */
    boolean isWhole() {
        return !quick && only.isEmpty();
    }
}
