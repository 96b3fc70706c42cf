/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What every command has: help, the output options, and the two ways to say something. */
@Command(
        mixinStandardHelpOptions = true,
        sortOptions = false,
        descriptionHeading = "%n",
        optionListHeading = "%nOptions:%n")
abstract class Subcommand implements Callable<Integer> {
    final Terminal terminal;

    @Mixin
    OutputOptions output = new OutputOptions();

    @Spec
    private CommandSpec spec;

    Subcommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        perform();
        return ExitCode.OK.code;
    }

    /** Does the command's work; every failure is thrown. */
    abstract void perform() throws IOException;

    /** What an error of S3 is about; null if the error says it itself. */
    @Nullable
    String subject() {
        return null;
    }

    /** What was done: a line for a person on standard error, or all of it for a machine on standard output. */
    void done(String line, Map<String, ? extends @Nullable Object> result) {
        if (output.json) {
            terminal.out().println(Json.write(result));
        } else if (!output.quiet) {
            terminal.err().println(Printable.line(line));
        }
    }

    /** What was asked for: text for a person or JSON for a machine, on standard output. */
    void answer(String text, Object result) {
        terminal.out().println(output.json ? Json.write(result) : Printable.lines(text.stripTrailing()));
    }

    Progress progress(String what, long totalBytes) {
        return new Progress(
                terminal.err(),
                terminal.errWatched() && !output.quiet && !output.json,
                what,
                totalBytes,
                System::nanoTime);
    }

    ParameterException misuse(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
