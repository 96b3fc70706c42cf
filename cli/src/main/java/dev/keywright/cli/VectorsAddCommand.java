/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.envelope.Decryption;
import dev.keywright.envelope.Envelope;
import dev.keywright.envelope.InstructionFile;
import dev.keywright.envelope.ObjectDecryptor;
import dev.keywright.envelope.StoredEnvelope;
import dev.keywright.jca.JcaContentCipher;
import dev.keywright.jca.JcaKeyrings;
import dev.keywright.jca.JcaLegacyContentCipher;
import dev.keywright.spi.CryptographicMaterialsManager;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.KeyringFactory;
import dev.keywright.spi.KeywrightException;
import dev.keywright.vectors.CaseResult;
import dev.keywright.vectors.Corpus;
import dev.keywright.vectors.NewCase;
import dev.keywright.vectors.Permissions;
import dev.keywright.vectors.VectorCase;
import dev.keywright.vectors.VectorCase.KmsRecord;
import dev.keywright.vectors.VectorCase.Location;
import dev.keywright.vectors.VectorCase.Plaintext;
import dev.keywright.vectors.VectorCase.Producer;
import dev.keywright.vectors.VectorKey;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keywright vectors add}: a stored object becomes a case of a corpus. */
@Command(
        name = "add",
        header = "Opens a stored object, and records it in a corpus as a case that must open.",
        description = {
            "Recorded are the body, the metadata, the instruction file, the plaintext's length and hash, and the least that"
                    + " a reader must be allowed. Then the case is run; if it fails, it is taken out again.",
            "",
            "A corpus is there to be published, and its keys with it. A key that is not in its keys.json yet is recorded"
                    + " only if --include-key says under which name. With a KMS key, the object's data key is recorded."
        })
final class VectorsAddCommand extends Subcommand {
    private static final String AES = "aes:";
    private static final String RSA = "rsa:";
    private static final String KMS = "aws-kms:";

    @Parameters(paramLabel = "CORPUS", description = "the folder of the corpus")
    Path folder;

    @Option(names = "--id", required = true, paramLabel = "ID", description = "the new case's id")
    String id;

    @Option(names = "--body", required = true, paramLabel = "FILE", description = "the body as S3 stores it")
    Path body;

    @Option(
            names = "--metadata",
            required = true,
            paramLabel = "FILE",
            description = "the object's user metadata, as a JSON object of names without x-amz-meta- and texts")
    Path metadata;

    @Option(names = "--instruction", paramLabel = "FILE", description = "the instruction file, if there is one")
    @Nullable
    Path instruction;

    @Option(
            names = "--instruction-suffix",
            paramLabel = "SUFFIX",
            description = "what the instruction file's key ends with (default: .instruction)")
    String suffix = InstructionFile.SUFFIX;

    @Option(
            names = {"-k", "--key"},
            required = true,
            paramLabel = "ID|URI",
            description = "the master key: an id in the corpus's keys.json; or aes:FILE, rsa:FILE, aws-kms:KEY-ARN")
    String key;

    @Option(
            names = "--include-key",
            paramLabel = "ID",
            description = "record the key of that URI in keys.json under this id, for everybody to see")
    @Nullable
    String includeKey;

    @Option(
            names = "--key-option",
            paramLabel = "NAME=VALUE",
            description = "a further setting of an aws-kms: key, such as region=eu-central-1; repeatable")
    Map<String, String> keyOptions = new LinkedHashMap<>();

    @Option(
            names = "--pin-file",
            paramLabel = "FILE",
            description = "where the passphrase of an rsa: file is; else it is taken from KEYWRIGHT_PIN, or asked for")
    @Nullable
    Path pinFile;

    @Mixin
    ContextOptions context = new ContextOptions();

    @Option(
            names = "--comment",
            required = true,
            paramLabel = "TEXT",
            description = "one sentence: what the case is for")
    String comment;

    @Option(
            names = "--producer",
            required = true,
            paramLabel = "NAME",
            description = "the folder for its writer's cases")
    String producer;

    @Option(names = "--sdk", required = true, paramLabel = "NAME", description = "what wrote the object")
    String sdk;

    @Option(names = "--sdk-version", required = true, paramLabel = "VERSION", description = "and which version of it")
    String sdkVersion;

    @Option(names = "--script", paramLabel = "NAME", description = "the program that wrote it (default: none)")
    String script = "none";

    VectorsAddCommand(Terminal terminal) {
        super(terminal);
    }

    /** What opening gave. */
    private record Read(Plaintext plaintext, List<KmsRecord> kms) {}

    @Override
    void perform() throws IOException {
        InputFile.requireName(body);
        if (instruction != null) {
            InputFile.requireName(instruction);
        }
        Corpus corpus = Corpus.read(folder);
        VectorKey chosen = key(corpus);
        Map<String, String> names = EnvelopeFile.read(metadata);
        StoredEnvelope stored = StoredEnvelope.in(names);
        Envelope envelope = envelope(stored);
        Read read = read(envelope, chosen);
        NewCase made = new NewCase(
                id,
                comment,
                new Producer(producer, sdk, sdkVersion, script),
                body,
                names,
                stored.needsInstructionFile() ? instruction : null,
                suffix,
                stored.needsInstructionFile() ? Location.INSTRUCTION : Location.METADATA,
                envelope,
                chosen,
                context.entries,
                read.kms(),
                read.plaintext());
        Corpus with = made.recordIn(corpus, VectorsAddCommand::requirePassed);
        warn(chosen, corpus);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("id", id);
        result.put("cases", with.cases().size());
        result.put("plaintextBytes", read.plaintext().bytes());
        result.put("key", chosen.id());
        result.putAll(EnvelopeView.of(envelope).fields());
        done(
                "recorded " + id + " (" + EnvelopeView.of(envelope).inShort() + "): "
                        + Sizes.text(read.plaintext().bytes()) + ", opened under " + chosen.id() + "; the corpus has "
                        + with.cases().size() + " cases",
                result);
    }

    // ---- the key ---------------------------------------------------------------------------------------------------

    private VectorKey key(Corpus corpus) throws IOException {
        VectorKey known = corpus.keys().get(key);
        if (known != null) {
            if (includeKey != null) {
                throw misuse("--include-key: " + key + " is a key of the corpus already");
            }
            return known;
        }
        if (includeKey == null) {
            throw misuse(
                    "--key: '" + key + "' is no key in the corpus's keys.json. To record it, and so to publish it with"
                            + " the corpus, add --include-key ID; never do so with a key that protects anything");
        }
        if (corpus.keys().containsKey(includeKey)) {
            throw misuse("--include-key: the corpus has another key " + includeKey);
        }
        if (key.startsWith(AES)) {
            return new VectorKey.Aes(includeKey, AesKeyFile.read(Path.of(key.substring(AES.length()))));
        }
        if (key.startsWith(RSA)) {
            RsaKeyFile pair = RsaKeyFile.read(
                    key, Path.of(key.substring(RSA.length())), new KeySecrets(terminal, pinFile, "--pin-file", key));
            if (pair.privateKey() == null) {
                throw misuse("--key: " + key + " is a public key only, and opens nothing");
            }
            return new VectorKey.Rsa(includeKey, pair.pair());
        }
        if (key.startsWith(KMS + "arn:")) {
            return new VectorKey.Kms(includeKey, key.substring(KMS.length()), List.of());
        }
        throw misuse("--key: only aes:FILE, rsa:FILE and aws-kms:KEY-ARN can be recorded");
    }

    private void warn(VectorKey chosen, Corpus before) {
        if (output.quiet) {
            return;
        }
        if (chosen instanceof VectorKey.Kms) {
            terminal.err()
                    .println(
                            "keywright: warning: the object's data key is recorded in the case: who has the corpus reads"
                                    + " the object");
        } else if (!before.keys().containsKey(chosen.id())) {
            terminal.err()
                    .println("keywright: warning: the master key itself is recorded in keys.json as " + chosen.id()
                            + ": who has the corpus reads all that it protects");
        }
    }

    // ---- the object ------------------------------------------------------------------------------------------------

    private Envelope envelope(StoredEnvelope stored) throws IOException {
        try {
            if (!stored.needsInstructionFile()) {
                return stored.complete();
            }
            if (instruction == null) {
                throw stored.withoutInstructionFile("no --instruction is given");
            }
            return stored.with(InstructionFile.parse(Files.readAllBytes(instruction)));
        } catch (KeywrightException e) {
            throw e.about("reading " + body);
        }
    }

    private Read read(Envelope envelope, VectorKey chosen) throws IOException {
        Map<String, String> description = envelope.wrapped().description();
        if (chosen instanceof VectorKey.Aes aes) {
            try (Keyring keyring = JcaKeyrings.platform()
                    .description(description)
                    .aes(aes.id(), aes.key().toByteArray())) {
                return new Read(open(envelope, CryptographicMaterialsManager.of(keyring)), List.of());
            }
        }
        if (chosen instanceof VectorKey.Rsa rsa) {
            try (Keyring keyring =
                    JcaKeyrings.platform().description(description).rsa(rsa.id(), rsa.pair())) {
                return new Read(open(envelope, CryptographicMaterialsManager.of(keyring)), List.of());
            }
        }
        String keyArn = ((VectorKey.Kms) chosen).keyId();
        try (Keyring keyring = KeyringFactory.openUri(
                KMS + keyArn, keyOptions, new KeySecrets(terminal, pinFile, "--pin-file", key))) {
            CapturedKms captured = new CapturedKms(keyring, keyArn);
            Plaintext plaintext = open(
                    envelope, CryptographicMaterialsManager.rotating(keyring, List.of(captured), new SecureRandom()));
            return new Read(plaintext, captured.records());
        }
    }

    private Plaintext open(Envelope envelope, CryptographicMaterialsManager materials) throws IOException {
        Permissions least = Permissions.leastFor(envelope);
        ObjectDecryptor.Builder decryptor = ObjectDecryptor.builder(materials, JcaContentCipher.platform())
                .commitmentPolicy(least.commitment())
                .enableLegacyWrappingAlgorithms(least.legacyWrap());
        if (least.legacyContent()) {
            decryptor.enableLegacyUnauthenticatedModes(JcaLegacyContentCipher.platform());
        }
        MessageDigest sha256;
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
        try (Decryption decryption =
                        decryptor.build().begin(new ObjectName("", body.toString()), envelope, context.entries);
                InputStream plaintext = decryption.verified(Files.newInputStream(body), Files.size(body));
                OutputStream sink = new DigestOutputStream(OutputStream.nullOutputStream(), sha256)) {
            long bytes = plaintext.transferTo(sink);
            return new Plaintext(bytes, HexFormat.of().formatHex(sha256.digest()), null);
        }
    }

    private static void requirePassed(Corpus with, VectorCase recorded) {
        try (CorpusVerification verification = new CorpusVerification(with)) {
            CaseResult result = verification.run(List.of(recorded), each -> {}).get(0);
            if (!result.passed()) {
                throw new VectorsFailedException("not recorded, as the case does not run as it must: " + result);
            }
        }
    }
}
