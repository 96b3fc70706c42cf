/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.envelope.Envelope;
import dev.keywright.envelope.InstructionFile;
import dev.keywright.envelope.StoredEnvelope;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.KeywrightException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/** {@code keywright inspect}: what an envelope says, without any key. */
@Command(
        name = "inspect",
        header = "Says how something was sealed, and under which master key. Needs no key.",
        description = "What it says is not authenticated: only opening proves it.")
final class InspectCommand extends Subcommand {
    private static final String NOT_READ = "no instruction file is read beside a file";

    @Parameters(
            paramLabel = "WHAT",
            description = "s3://BUCKET/KEY, or a body with its envelope beside it, or an envelope file")
    String what;

    @Option(
            names = "--instruction-suffix",
            paramLabel = "SUFFIX",
            description = "which instruction file to read where the metadata is not enough (default: .instruction)")
    String instructionSuffix = InstructionFile.SUFFIX;

    @Mixin
    S3Options s3 = new S3Options();

    InspectCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    String subject() {
        return what;
    }

    @Override
    void perform() throws IOException {
        Envelope envelope;
        OptionalLong plaintextBytes;
        try {
            Stored stored = what.startsWith(S3Location.SCHEME) ? object() : file();
            envelope = stored.envelope();
            plaintextBytes =
                    stored.bodyBytes() == null ? OptionalLong.empty() : envelope.plaintextBytes(stored.bodyBytes());
        } catch (KeywrightException e) {
            throw e.about(what);
        }
        EnvelopeView view = EnvelopeView.of(envelope);
        StringBuilder text = new StringBuilder();
        EnvelopeView.line(text, "object", what);
        text.append(view.text());
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("object", what);
        fields.putAll(view.fields());
        if (plaintextBytes.isPresent()) {
            EnvelopeView.line(text, "plaintext", Sizes.text(plaintextBytes.getAsLong()));
            fields.put("plaintextBytes", plaintextBytes.getAsLong());
        }
        answer(text.toString(), fields);
    }

    /**
     * What is at hand.
     *
     * @param bodyBytes null if the body is not
     * @param instructionFile null if there is none
     * @param noFile why there is none
     */
    private record Stored(
            Map<String, String> metadata,
            @Nullable Long bodyBytes,
            @Nullable Bytes instructionFile,
            String noFile) {
        Envelope envelope() {
            StoredEnvelope found = StoredEnvelope.in(metadata);
            if (!found.needsInstructionFile()) {
                return found.complete();
            }
            if (instructionFile == null) {
                throw found.withoutInstructionFile(noFile);
            }
            return found.with(InstructionFile.parse(instructionFile.toByteArray()));
        }
    }

    private Stored object() {
        S3Location object = location();
        try (S3Client client = s3.client()) {
            HeadObjectResponse head =
                    client.headObject(request -> request.bucket(object.bucket()).key(object.key()));
            String key = object.key() + instructionSuffix;
            String noFile = "there is no instruction file " + new S3Location(object.bucket(), key);
            Bytes file = null;
            if (StoredEnvelope.in(head.metadata()).needsInstructionFile()) {
                try {
                    file = client.getObject(
                            request -> request.bucket(object.bucket()).key(key),
                            (response, stream) -> Bytes.copyOf(stream.readNBytes(InstructionFile.MAX_BYTES + 1)));
                } catch (NoSuchKeyException e) {
                    file = null;
                }
            }
            return new Stored(head.metadata(), head.contentLength(), file, noFile);
        }
    }

    private S3Location location() {
        try {
            return S3Location.parse(what);
        } catch (TypeConversionException e) {
            throw misuse(String.valueOf(e.getMessage()));
        }
    }

    private Stored file() throws IOException {
        Path file = Path.of(what);
        InputFile.requireName(file);
        Path beside = EnvelopeFile.beside(file);
        return Files.exists(beside)
                ? new Stored(EnvelopeFile.read(beside), Files.size(file), null, NOT_READ)
                : new Stored(EnvelopeFile.read(file), null, null, NOT_READ);
    }
}
