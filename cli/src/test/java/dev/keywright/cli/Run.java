/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.spi.Bytes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One command run in this process, with streams, environment and terminal of the test's choice. */
final class Run {
    private final Map<String, String> environment = new HashMap<>();
    private InputStream in = InputStream.nullInputStream();
    private Terminal.Prompt prompt = question -> null;
    private boolean watched;
    private boolean outIsFull;

    /** What came of it. */
    record Outcome(int exitCode, Bytes written, String err) {
        byte[] outBytes() {
            return written.toByteArray();
        }

        String out() {
            return new String(outBytes(), StandardCharsets.UTF_8);
        }

        /** The one line on standard error; fails if there are more. */
        String errorLine() {
            String line = err.strip();
            if (line.contains("\n")) {
                throw new AssertionError("more than one line: " + err);
            }
            return line;
        }

        @Override
        public String toString() {
            return "exit code " + exitCode + "\nout: " + out() + "\nerr: " + err;
        }
    }

    static Outcome keywright(Object... arguments) {
        return new Run().run(arguments);
    }

    /** Runs a command that must end with 0. */
    static Outcome succeed(Object... arguments) {
        return new Run().mustSucceed(arguments);
    }

    Outcome mustSucceed(Object... arguments) {
        Outcome outcome = run(arguments);
        if (outcome.exitCode() != 0) {
            throw new AssertionError(outcome);
        }
        return outcome;
    }

    Run environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    Run in(byte[] bytes) {
        in = new ByteArrayInputStream(bytes);
        return this;
    }

    Run prompt(Terminal.Prompt chosen) {
        prompt = chosen;
        return this;
    }

    Run watched() {
        watched = true;
        return this;
    }

    /** Standard output takes nothing, as a full disk, or a pipe that nobody reads any more. */
    Run outIsFull() {
        outIsFull = true;
        return this;
    }

    Outcome run(Object... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        String[] texts = new String[arguments.length];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = arguments[i].toString();
        }
        Terminal.Environment variables = this::variable;
        Terminal terminal = new Terminal(
                in,
                new PrintStream(outIsFull ? new FullOutput() : out, false, StandardCharsets.UTF_8),
                new PrintStream(err, false, StandardCharsets.UTF_8),
                variables,
                prompt,
                watched,
                watched);
        int exitCode = Keywright.run(terminal, texts);
        return new Outcome(exitCode, Bytes.copyOf(out.toByteArray()), err.toString(StandardCharsets.UTF_8));
    }

    private @Nullable String variable(String name) {
        return environment.get(name);
    }

    private static final class FullOutput extends OutputStream {
        @Override
        public void write(int one) throws IOException {
            throw new IOException("no space left on device");
        }
    }
}
