/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import software.amazon.awssdk.core.exception.SdkException;

/** The command {@code keywright}: its subcommands, its exit codes, its errors. */
@Command(
        name = "keywright",
        mixinStandardHelpOptions = true,
        versionProvider = Keywright.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        header = "Seals files and S3 objects under keys that you hold: in an HSM, a KMS, or a file.",
        description = {
            "",
            "What it writes, every Amazon S3 Encryption Client reads; and the other way round.",
            "",
            "Keys are named by URI:",
            "  pkcs11:token=prod;object=s3?module-path=/usr/lib/softhsm/libsofthsm2.so",
            "  aes:FILE             16, 24 or 32 raw bytes, or their base64",
            "  rsa:FILE             PEM, PKCS#12; a public key or certificate writes only",
            "  aws-kms:ID-OR-ARN    key id, key ARN or alias",
            "PINs and passphrases come from the URI's pin-source, from --pin-file, from KEYWRIGHT_PIN, or are asked for.",
            ""
        })
public final class Keywright implements Runnable {
    /** What the platform makes of bytes that are no text in the locale's charset. */
    static final char NOT_DECODED = '\ufffd';

    static final String NOT_TEXT =
            " is not text in this locale, and another would be taken in its place: set LC_ALL=C.UTF-8, or to the locale"
                    + " that it was written in";

    @Spec
    private CommandSpec spec;

    private Keywright() {}

    /** Runs one command and exits with its code. */
    public static void main(String[] arguments) {
        int code = run(Terminal.system(), arguments);
        System.exit(code);
    }

    static int run(Terminal terminal, String... arguments) {
        boolean json = Stream.of(arguments).anyMatch("--json"::equals);
        for (String argument : arguments) {
            if (argument.indexOf(NOT_DECODED) >= 0) {
                return ended(terminal, new Failure(ExitCode.USAGE, null, "'" + argument + "'" + NOT_TEXT), json);
            }
        }
        int code = commandLine(terminal).execute(arguments);
        if (terminal.out().checkError() && code == ExitCode.OK.code) {
            return ended(terminal, new Failure(ExitCode.IO, null, Terminal.OUT_IS_CLOSED), json);
        }
        terminal.err().flush();
        return code;
    }

    private static int ended(Terminal terminal, Failure failure, boolean json) {
        failure.print(terminal, json);
        terminal.err().flush();
        return failure.exitCode().code;
    }

    private static CommandLine commandLine(Terminal terminal) {
        CommandLine token = new CommandLine(new TokenCommand())
                .addSubcommand(new TokenListCommand(terminal))
                .addSubcommand(new TokenCheckCommand(terminal));
        CommandLine vectors = new CommandLine(new VectorsCommand())
                .addSubcommand(new VectorsVerifyCommand(terminal))
                .addSubcommand(new VectorsReportCommand(terminal))
                .addSubcommand(new VectorsListCommand(terminal))
                .addSubcommand(new VectorsAddCommand(terminal))
                .addSubcommand(new WycheproofCommand(terminal));
        CommandLine commands = new CommandLine(new Keywright())
                .addSubcommand(new PutCommand(terminal))
                .addSubcommand(new GetCommand(terminal))
                .addSubcommand(new SealCommand(terminal))
                .addSubcommand(new OpenCommand(terminal))
                .addSubcommand(new InspectCommand(terminal))
                .addSubcommand(token)
                .addSubcommand(vectors)
                .addSubcommand(new DemoCommand(terminal));
        commands.getCommandSpec()
                .usageMessage()
                .exitCodeListHeading("%nExit codes:%n")
                .exitCodeList(Stream.of(ExitCode.values())
                        .collect(
                                LinkedHashMap::new,
                                (list, code) -> list.put(String.valueOf(code.code), code.meaning),
                                Map::putAll));
        commands.setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8));
        commands.setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8));
        commands.setColorScheme(Help.defaultColorScheme(terminal.colour() ? Help.Ansi.ON : Help.Ansi.OFF));
        commands.setUsageHelpAutoWidth(false);
        commands.setUsageHelpWidth(100);
        commands.setParameterExceptionHandler((error, arguments) -> misused(terminal, error, arguments));
        commands.setExecutionExceptionHandler((error, command, result) -> failed(terminal, error, command));
        return commands;
    }

    /** Without a command there is nothing to do. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    private static int misused(Terminal terminal, ParameterException error, String[] arguments) {
        String command = error.getCommandLine().getCommandSpec().qualifiedName();
        String line = error.getMessage() + " (see '" + command + " --help')";
        Failure failure = new Failure(ExitCode.USAGE, null, line);
        failure.print(terminal, Stream.of(arguments).anyMatch("--json"::equals));
        return failure.exitCode().code;
    }

    private static int failed(Terminal terminal, Exception error, CommandLine command) {
        Subcommand subcommand = command.getCommand();
        Failure failure = Failure.of(error);
        String subject = subcommand.subject();
        if (subject != null && error instanceof SdkException) {
            failure = failure.about(subject);
        }
        failure.print(terminal, subcommand.output.json);
        if (subcommand.output.verbose) {
            error.printStackTrace(terminal.err());
        }
        return failure.exitCode().code;
    }

    /** What the jar's manifest says. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Keywright.class.getPackage().getImplementationVersion();
            return new String[] {
                "keywright " + (version == null ? "(from classes)" : version),
                String.format(
                        Locale.ROOT, "Java %s, %s", System.getProperty("java.version"), System.getProperty("os.name"))
            };
        }
    }
}
