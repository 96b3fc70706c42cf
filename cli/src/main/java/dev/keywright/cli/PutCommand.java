/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.s3.EncryptingS3Client;
import dev.keywright.s3.EncryptionContext;
import dev.keywright.s3.InstructionFileConfig;
import dev.keywright.s3.ResumableUpload;
import dev.keywright.spi.KeywrightException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/** {@code keywright put}: a file into an encrypted object. */
@Command(
        name = "put",
        header = "Encrypts a file into an S3 object.",
        description = "The object and its metadata are what every S3 Encryption Client reads.")
final class PutCommand extends Subcommand {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @Parameters(index = "0", paramLabel = "FILE", description = "the file to encrypt, or - for standard input")
    String file;

    @Parameters(
            index = "1",
            paramLabel = "s3://BUCKET/KEY",
            converter = S3Location.Converter.class,
            description = "the object")
    S3Location object;

    @Option(names = "--content-type", paramLabel = "TYPE", description = "the object's media type")
    @Nullable
    String contentType;

    @Option(
            names = "--metadata",
            paramLabel = "NAME=VALUE",
            description = "user metadata of the object, stored in plain; repeatable")
    Map<String, String> metadata = new LinkedHashMap<>();

    @Option(
            names = "--instruction-file",
            description = "store the envelope in s3://BUCKET/KEY.instruction, not in the object's metadata")
    boolean instructionFile;

    @Option(
            names = "--part-size",
            paramLabel = "SIZE",
            converter = Sizes.Converter.class,
            description = "how long the parts are in which a long file is sent, such as 16MiB; default: 8MiB")
    @Nullable
    Long partSize;

    @Option(
            names = "--resume",
            paramLabel = "STATE",
            description =
                    "keep the upload's state in this file, and go on with the upload if the file is there; it holds"
                            + " no secret in the clear, and is removed at the end")
    @Nullable
    Path resume;

    @Option(names = "--restart", description = "with --resume: give up what was begun, and begin anew")
    boolean restart;

    @Mixin
    S3Options s3 = new S3Options();

    @Mixin
    KeyOptions key = new KeyOptions();

    @Mixin
    FormatOptions format = new FormatOptions();

    @Mixin
    ContextOptions context = new ContextOptions();

    PutCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    String subject() {
        return object.toString();
    }

    @Override
    void perform() throws IOException {
        if (resume != null && file.equals("-")) {
            throw misuse("standard input can't be read again: --resume needs a file");
        }
        if (restart && resume == null) {
            throw misuse("--restart goes with --resume");
        }
        try (InputFile input = InputFile.of(terminal, file);
                OpenKeys keys = OpenKeys.of(terminal, key);
                EncryptingS3Client client = client(keys);
                Progress progress = progress("putting " + input.name(), input.lengthBytes())) {
            PutObjectResponse response =
                    resume == null ? put(client, input, progress) : resume(client, resume, progress);
            progress.wipe();
            report(input, response);
        }
    }

    private EncryptingS3Client client(OpenKeys keys) {
        EncryptingS3Client.Builder client = EncryptingS3Client.builder()
                .client(s3.client())
                .materialsManager(keys.materials())
                .commitmentPolicy(format.policy())
                .suite(format.suite())
                .instructionFiles(InstructionFileConfig.DEFAULT.withWrites(instructionFile));
        if (partSize != null) {
            if (partSize > Integer.MAX_VALUE) {
                throw misuse("--part-size of " + Sizes.text(partSize) + "; up to 1 GiB is possible");
            }
            client.partBytes(partSize.intValue());
        }
        return client.build();
    }

    private PutObjectResponse put(EncryptingS3Client client, InputFile input, Progress progress) {
        return OrderlyStop.during(
                () -> client.putObject(request(), body(input, progress)),
                PATIENCE,
                ended -> say(
                        ended
                                ? "stopped"
                                : "stopped in the middle; of an upload in parts, those that were stored are left at S3 until it is "
                                        + "aborted there"));
    }

    private PutObjectResponse resume(EncryptingS3Client client, Path state, Progress progress) throws IOException {
        InputFile.requireName(state);
        String goOn = "the upload can go on: repeat the command with --resume " + state;
        ResumableUpload upload =
                ResumableUpload.of(request(), Path.of(file), state, reached -> progress.reach(reached.bytes()));
        try {
            if (restart) {
                client.discard(upload);
            }
            return OrderlyStop.during(
                    () -> client.putObject(upload),
                    Duration.ZERO, // what it needs to go on is on the disk
                    ended -> say("stopped; " + goOn));
        } catch (KeywrightException e) {
            throw e;
        } catch (IllegalStateException e) { // of the state file, and said there
            throw new IOException(e.getMessage(), e);
        } catch (RuntimeException e) {
            if (Files.isRegularFile(state)) {
                e.addSuppressed(new IllegalStateException(goOn));
            }
            throw e;
        }
    }

    private void say(String line) {
        terminal.err().println("keywright: " + Printable.line(line));
    }

    private PutObjectRequest request() {
        return PutObjectRequest.builder()
                .bucket(object.bucket())
                .key(object.key())
                .contentType(contentType)
                .metadata(metadata)
                .overrideConfiguration(EncryptionContext.of(context.entries))
                .build();
    }

    private static RequestBody body(InputFile input, Progress progress) {
        return RequestBody.fromContentProvider(
                () -> {
                    try {
                        return progress.count(input.open());
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                input.lengthBytes(),
                "application/octet-stream");
    }

    private void report(InputFile input, PutObjectResponse response) {
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        result.put("in", file);
        result.put("object", object.toString());
        result.put("plaintextBytes", input.lengthBytes());
        result.put("suite", format.suite().name());
        result.put("etag", response.eTag());
        result.put("versionId", response.versionId());
        done("put " + input.name() + " (" + Sizes.text(input.lengthBytes()) + ") to " + object, result);
    }
}
