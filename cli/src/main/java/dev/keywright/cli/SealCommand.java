/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.envelope.EncryptedObject;
import dev.keywright.envelope.ObjectEncryptor;
import dev.keywright.envelope.PlaintextSource;
import dev.keywright.jca.JcaContentCipher;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keywright seal}: a file into a body and its envelope, for any transport. */
@Command(
        name = "seal",
        header = "Encrypts a file, without S3.",
        description =
                "The body goes to OUT and its envelope to OUT.envelope.json; both are needed to open it. Stored as an"
                        + " S3 object's content and user metadata, every S3 Encryption Client reads them.")
final class SealCommand extends Subcommand {
    @Parameters(index = "0", paramLabel = "IN", description = "the file to encrypt, or - for standard input")
    String in;

    @Parameters(index = "1", paramLabel = "OUT", description = "where the body goes")
    Path out;

    @Option(names = "--envelope", paramLabel = "FILE", description = "where the envelope goes instead")
    @Nullable
    Path envelope;

    @Option(
            names = {"-f", "--force"},
            description = "overwrite what is there")
    boolean force;

    @Mixin
    KeyOptions key = new KeyOptions();

    @Mixin
    FormatOptions format = new FormatOptions();

    @Mixin
    ContextOptions context = new ContextOptions();

    SealCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    void perform() throws IOException {
        Path envelopeFile = envelope == null ? EnvelopeFile.beside(out) : envelope;
        if (envelopeFile
                .toAbsolutePath()
                .normalize()
                .equals(out.toAbsolutePath().normalize())) {
            throw misuse("body and envelope can't be one file");
        }
        OutputFile.requireFree(out, force);
        OutputFile.requireFree(envelopeFile, force);
        try (InputFile input = InputFile.of(terminal, in);
                OpenKeys keys = OpenKeys.of(terminal, key);
                Progress progress = progress("sealing " + input.name(), input.lengthBytes())) {
            ObjectEncryptor encryptor = ObjectEncryptor.builder(keys.materials(), JcaContentCipher.platform())
                    .commitmentPolicy(format.policy())
                    .suite(format.suite())
                    .build();
            PlaintextSource counted = PlaintextSource.of(input.lengthBytes(), () -> progress.count(input.open()));
            try (EncryptedObject sealed =
                            encryptor.encrypt(new ObjectName("", input.name()), counted, context.entries);
                    OutputFile beside = new OutputFile(envelopeFile, force);
                    OutputFile body = new OutputFile(out, force)) {
                EnvelopeFile.write(sealed.metadata(), beside.stream());
                try (InputStream stream = sealed.openBody()) {
                    stream.transferTo(body.stream());
                }
                // The envelope first: a body that is there can be opened.
                beside.keep();
                body.keep();
                progress.wipe();
                report(input, envelopeFile, sealed);
            }
        }
    }

    private void report(InputFile input, Path envelopeFile, EncryptedObject sealed) {
        EnvelopeView view = EnvelopeView.of(sealed.envelope());
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("in", in);
        result.put("out", out.toString());
        result.put("envelope", envelopeFile.toString());
        result.put("plaintextBytes", input.lengthBytes());
        result.put("bodyBytes", sealed.bodyBytes());
        result.putAll(view.fields());
        done(
                "sealed " + input.name() + " (" + Sizes.text(input.lengthBytes()) + ", " + view.inShort() + ") to "
                        + out + " and " + envelopeFile,
                result);
    }
}
