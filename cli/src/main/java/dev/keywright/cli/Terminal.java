/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What the command line talks to.
 *
 * @param outWatched whether standard output is a terminal, so that colour and layout are for a person
 * @param errWatched whether standard error is one, so that progress may be drawn on it
 */
record Terminal(
        InputStream in,
        PrintStream out,
        PrintStream err,
        Environment environment,
        Prompt prompt,
        boolean outWatched,
        boolean errWatched) {

    /** What an error says where not all that was written could be. */
    static final String OUT_IS_CLOSED = "standard output was closed, or is full, before all was written";

    /** Environment variables. */
    @FunctionalInterface
    interface Environment {
        /** The variable's value, or null. */
        @Nullable
        String get(String name);
    }

    /** Asks a person for a secret. */
    @FunctionalInterface
    interface Prompt {
        /** What was typed, without echo; null if there is nobody to ask. The receiver wipes it. */
        char @Nullable [] ask(String question);
    }

    /** This process's own. Text is UTF-8. */
    static Terminal system() {
        return new Terminal(
                System.in,
                print(FileDescriptor.out),
                print(FileDescriptor.err),
                System::getenv,
                Terminal::askOnConsole,
                isTerminal(1),
                isTerminal(2));
    }

    /** Whether colour is wanted on standard output. */
    boolean colour() {
        String refused = environment.get("NO_COLOR");
        return outWatched && (refused == null || refused.isEmpty()) && !"dumb".equals(environment.get("TERM"));
    }

    private static PrintStream print(FileDescriptor descriptor) {
        return new PrintStream(new FileOutputStream(descriptor), false, StandardCharsets.UTF_8);
    }

    /** Never when standard input is a pipe: a newer JDK's console would read the secret from the data. */
    private static char @Nullable [] askOnConsole(String question) {
        Console console = isTerminal(0) ? System.console() : null;
        return console == null ? null : console.readPassword("%s", question);
    }

    /** Asks the kernel; where there is no /proc, the JDK, which knows less of it. */
    @SuppressWarnings("SystemConsoleNull")
    private static boolean isTerminal(int descriptor) {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException e) {
            return System.console() != null;
        }
    }
}
