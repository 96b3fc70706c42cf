/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.s3.EncryptingS3Client;
import dev.keywright.s3.EncryptionContext;
import dev.keywright.s3.InstructionFileSuffix;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** {@code keywright get}: an encrypted object back into a file. */
@Command(
        name = "get",
        header = "Decrypts an S3 object into a file.",
        description = "FILE appears only when all of the object has been verified.")
final class GetCommand extends Subcommand {
    @Parameters(
            index = "0",
            paramLabel = "s3://BUCKET/KEY",
            converter = S3Location.Converter.class,
            description = "the object")
    S3Location object;

    @Parameters(index = "1", paramLabel = "FILE", description = "where the plaintext goes, or - for standard output")
    String out;

    @Option(names = "--version-id", paramLabel = "ID", description = "a version of the object other than the latest")
    @Nullable
    String versionId;

    @Option(
            names = {"-f", "--force"},
            description = "overwrite what is there")
    boolean force;

    @Mixin
    S3Options s3 = new S3Options();

    @Mixin
    KeyOptions key = new KeyOptions();

    @Mixin
    PolicyOptions policy = new PolicyOptions();

    @Mixin
    LegacyOptions legacy = new LegacyOptions();

    @Option(
            names = "--instruction-suffix",
            paramLabel = "SUFFIX",
            description = "which instruction file to read where the metadata is not enough (default: .instruction)")
    @Nullable
    String instructionSuffix;

    @Mixin
    ContextOptions context = new ContextOptions();

    @Mixin
    ReadKeyOptions readKeys = new ReadKeyOptions();

    GetCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    String subject() {
        return object.toString();
    }

    @Override
    void perform() throws IOException {
        PlaintextTarget target = PlaintextTarget.of(this, out, force);
        try (OpenKeys keys = OpenKeys.of(terminal, key, readKeys.keys);
                EncryptingS3Client client = EncryptingS3Client.builder()
                        .client(new WatchedS3Client(s3.client(), this, "getting " + object))
                        .materialsManager(keys.materials())
                        .commitmentPolicy(policy.policy())
                        .enableLegacyWrappingAlgorithms(legacy.wraps)
                        .enableLegacyUnauthenticatedModes(legacy.content)
                        .build();
                ResponseInputStream<GetObjectResponse> plaintext = client.getObject(request())) {
            // The length of CBC content, the one kind that is not authenticated, is not known beforehand.
            Long length = plaintext.response().contentLength();
            long written = target.write(plaintext, length == null ? -1 : length);
            report(plaintext.response(), written, length != null);
        }
    }

    private GetObjectRequest request() {
        Consumer<AwsRequestOverrideConfiguration.Builder> configuration = EncryptionContext.of(context.entries);
        if (instructionSuffix != null) {
            if (instructionSuffix.isEmpty()) {
                throw misuse("--instruction-suffix is empty, and that is the object itself");
            }
            configuration = configuration.andThen(InstructionFileSuffix.of(instructionSuffix));
        }
        return GetObjectRequest.builder()
                .bucket(object.bucket())
                .key(object.key())
                .versionId(versionId)
                .overrideConfiguration(configuration)
                .build();
    }

    private void report(GetObjectResponse response, long plaintextBytes, boolean authenticated) {
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        result.put("object", object.toString());
        result.put("out", out);
        result.put("plaintextBytes", plaintextBytes);
        result.put("authenticated", authenticated);
        result.put("contentType", response.contentType());
        result.put("metadata", response.metadata());
        result.put("etag", response.eTag());
        result.put("versionId", response.versionId());
        done(
                "got " + object + " to " + (out.equals("-") ? "standard output" : out) + ": "
                        + Sizes.text(plaintextBytes) + Authenticity.inWords(authenticated),
                result);
    }
}
