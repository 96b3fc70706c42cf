/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.envelope.Decryption;
import dev.keywright.envelope.Envelope;
import dev.keywright.envelope.InstructionFile;
import dev.keywright.envelope.ObjectDecryptor;
import dev.keywright.envelope.StoredEnvelope;
import dev.keywright.jca.JcaContentCipher;
import dev.keywright.jca.JcaLegacyContentCipher;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.KeywrightException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keywright open}: a body and its envelope back into the file. */
@Command(
        name = "open",
        header = "Decrypts what seal made, or an S3 object that was copied with its metadata.",
        description = "OUT appears only when all of it has been verified.")
final class OpenCommand extends Subcommand {
    @Parameters(index = "0", paramLabel = "IN", description = "the body; its envelope is in IN.envelope.json")
    Path in;

    @Parameters(index = "1", paramLabel = "OUT", description = "where the plaintext goes, or - for standard output")
    String out;

    @Option(names = "--envelope", paramLabel = "FILE", description = "where the envelope is instead")
    @Nullable
    Path envelope;

    @Option(
            names = "--instruction",
            paramLabel = "FILE",
            description = "the instruction file, where the envelope is there; the metadata beside it may be missing")
    @Nullable
    Path instruction;

    @Option(
            names = {"-f", "--force"},
            description = "overwrite what is there")
    boolean force;

    @Mixin
    KeyOptions key = new KeyOptions();

    @Mixin
    PolicyOptions policy = new PolicyOptions();

    @Mixin
    LegacyOptions legacy = new LegacyOptions();

    @Mixin
    ContextOptions context = new ContextOptions();

    @Mixin
    ReadKeyOptions readKeys = new ReadKeyOptions();

    OpenCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    void perform() throws IOException {
        PlaintextTarget target = PlaintextTarget.of(this, out, force);
        InputFile.requireName(in);
        if (!Files.exists(in)) {
            throw new NoSuchFileException(in.toString());
        }
        Envelope stored = stored();
        long bodyBytes = Files.size(in);
        try (OpenKeys keys = OpenKeys.of(terminal, key, readKeys.keys)) {
            ObjectDecryptor.Builder decryptor = ObjectDecryptor.builder(keys.materials(), JcaContentCipher.platform())
                    .commitmentPolicy(policy.policy())
                    .enableLegacyWrappingAlgorithms(legacy.wraps);
            if (legacy.content) {
                decryptor.enableLegacyUnauthenticatedModes(JcaLegacyContentCipher.platform());
            }
            try (Decryption decryption =
                    decryptor.build().begin(new ObjectName("", in.toString()), stored, context.entries)) {
                EnvelopeView view = EnvelopeView.of(decryption.envelope());
                long written;
                try (Progress verifying = progress("verifying " + in, bodyBytes);
                        InputStream plaintext =
                                decryption.verified(verifying.count(Files.newInputStream(in)), bodyBytes)) {
                    verifying.wipe();
                    written = target.write(
                            plaintext,
                            decryption.envelope().plaintextBytes(bodyBytes).orElse(-1));
                }
                report(view, written);
            }
        }
    }

    private Envelope stored() throws IOException {
        Path beside = envelope == null ? EnvelopeFile.beside(in) : envelope;
        if (instruction == null) {
            return parsed(EnvelopeFile.read(beside), null);
        }
        InputFile.requireName(instruction);
        byte[] file;
        try (InputStream stream = Files.newInputStream(instruction)) {
            file = stream.readNBytes(InstructionFile.MAX_BYTES + 1);
        }
        boolean alone = envelope == null && !Files.exists(beside);
        return parsed(alone ? Map.of() : EnvelopeFile.read(beside), file);
    }

    private Envelope parsed(Map<String, String> metadata, byte @Nullable [] file) {
        try {
            StoredEnvelope found = StoredEnvelope.in(metadata);
            return file == null || !found.needsInstructionFile()
                    ? found.complete()
                    : found.with(InstructionFile.parse(file));
        } catch (KeywrightException e) {
            throw e.about("reading " + in);
        }
    }

    private void report(EnvelopeView view, long plaintextBytes) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("in", in.toString());
        result.put("out", out);
        result.put("plaintextBytes", plaintextBytes);
        result.putAll(view.fields());
        done(
                "opened " + in + " (" + view.inShort() + ") to " + (out.equals("-") ? "standard output" : out) + ": "
                        + Sizes.text(plaintextBytes)
                        + Authenticity.ofWhole(view.isAuthenticated()).inWords(),
                result);
    }
}
