/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.envelope.PlaintextRange;
import dev.keywright.envelope.RequestedRange;
import dev.keywright.s3.EncryptingS3Client;
import dev.keywright.s3.EncryptionContext;
import dev.keywright.s3.InstructionFileSuffix;
import dev.keywright.s3.VerifiedObject;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
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
    ReadingOptions reading = new ReadingOptions();

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
        reading.requireSense(this);
        PlaintextTarget target = PlaintextTarget.of(this, out, force);
        try (OpenKeys keys = OpenKeys.of(terminal, key, readKeys.keys);
                EncryptingS3Client client = EncryptingS3Client.builder()
                        .client(new WatchedS3Client(s3.client(), this, "getting " + object))
                        .materialsManager(keys.materials())
                        .commitmentPolicy(policy.policy())
                        .enableLegacyWrappingAlgorithms(legacy.wraps)
                        .enableLegacyUnauthenticatedModes(legacy.content)
                        .build();
                VerifiedObject whole = isVerifiedRange() ? client.openVerified(request()) : null;
                ResponseInputStream<GetObjectResponse> plaintext = whole == null ? plaintext(client) : part(whole)) {
            // The length of CBC content, the one kind that is not authenticated, is not known beforehand.
            Long length = plaintext.response().contentLength();
            long written = target.write(plaintext, length == null ? -1 : length);
            report(plaintext.response(), written, authenticity(length != null));
        }
    }

    private boolean isVerifiedRange() {
        return reading.range != null && !reading.unverifiedRange;
    }

    private ResponseInputStream<GetObjectResponse> plaintext(EncryptingS3Client client) {
        return reading.range == null
                ? client.getObject(request())
                : client.getObjectUnverified(
                        request().toBuilder().range(reading.range.toString()).build());
    }

    private ResponseInputStream<GetObjectResponse> part(VerifiedObject whole) throws IOException {
        RequestedRange wanted = Objects.requireNonNull(reading.range);
        PlaintextRange range = wanted.of(whole.lengthBytes())
                .orElseThrow(() -> new IOException(
                        wanted + " asks for none of the " + whole.lengthBytes() + " bytes of the plaintext"));
        return whole.range(range.offset(), range.length());
    }

    private Authenticity authenticity(boolean lengthKnown) {
        if (reading.unverifiedRange) {
            return Authenticity.UNVERIFIED_RANGE;
        }
        return Authenticity.ofWhole(lengthKnown);
    }

    private GetObjectRequest request() {
        Consumer<AwsRequestOverrideConfiguration.Builder> configuration = EncryptionContext.of(context.entries);
        if (instructionSuffix != null) {
            if (instructionSuffix.isEmpty()) {
                throw misuse("--instruction-suffix is empty, and that is the object itself");
            }
            configuration = configuration.andThen(InstructionFileSuffix.of(instructionSuffix));
        }
        if (reading.release != null) {
            configuration = configuration.andThen(reading.release);
        }
        return GetObjectRequest.builder()
                .bucket(object.bucket())
                .key(object.key())
                .versionId(versionId)
                .overrideConfiguration(configuration)
                .build();
    }

    private void report(GetObjectResponse response, long plaintextBytes, Authenticity authenticity) {
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        result.put("object", object.toString());
        result.put("out", out);
        result.put("plaintextBytes", plaintextBytes);
        if (response.contentRange() != null) {
            result.put("contentRange", response.contentRange());
        }
        result.put("authenticated", authenticity == Authenticity.VERIFIED);
        result.put("contentType", response.contentType());
        result.put("metadata", response.metadata());
        result.put("etag", response.eTag());
        result.put("versionId", response.versionId());
        done(
                "got " + object + " to " + (out.equals("-") ? "standard output" : out) + ": "
                        + Sizes.text(plaintextBytes) + authenticity.inWords(),
                result);
    }
}
