/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.envelope.Decryption;
import dev.keywright.envelope.ObjectDecryptor;
import dev.keywright.jca.JcaContentCipher;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
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
            names = {"-f", "--force"},
            description = "overwrite what is there")
    boolean force;

    @Mixin
    KeyOptions key = new KeyOptions();

    @Mixin
    PolicyOptions policy = new PolicyOptions();

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
        if (!Files.exists(in)) {
            throw new NoSuchFileException(in.toString());
        }
        Map<String, String> metadata = EnvelopeFile.read(envelope == null ? EnvelopeFile.beside(in) : envelope);
        long bodyBytes = Files.size(in);
        try (OpenKeys keys = OpenKeys.of(terminal, key, readKeys.keys)) {
            ObjectDecryptor decryptor = ObjectDecryptor.builder(keys.materials(), JcaContentCipher.platform())
                    .commitmentPolicy(policy.policy())
                    .build();
            try (Decryption decryption =
                    decryptor.begin(new ObjectName("", in.toString()), metadata, context.entries)) {
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

    private void report(EnvelopeView view, long plaintextBytes) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("in", in.toString());
        result.put("out", out);
        result.put("plaintextBytes", plaintextBytes);
        result.putAll(view.fields());
        done(
                "opened " + in + " (" + view.inShort() + ") to " + (out.equals("-") ? "standard output" : out) + ": "
                        + Sizes.text(plaintextBytes) + ", verified",
                result);
    }
}
