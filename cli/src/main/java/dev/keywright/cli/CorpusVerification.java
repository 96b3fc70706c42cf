/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.envelope.InstructionFile;
import dev.keywright.envelope.RequestedRange;
import dev.keywright.jca.JcaContentCipher;
import dev.keywright.jca.JcaKeyrings;
import dev.keywright.jca.JcaLegacyContentCipher;
import dev.keywright.kms.KmsKeyring;
import dev.keywright.s3.EncryptingS3Client;
import dev.keywright.s3.EncryptionContext;
import dev.keywright.s3.InstructionFileSuffix;
import dev.keywright.s3.VerifiedObject;
import dev.keywright.testing.MiniS3;
import dev.keywright.vectors.CaseResult;
import dev.keywright.vectors.Corpus;
import dev.keywright.vectors.CorpusKeyrings;
import dev.keywright.vectors.CorpusRun;
import dev.keywright.vectors.EnvelopeReading;
import dev.keywright.vectors.LoopbackReading;
import dev.keywright.vectors.Outcome;
import dev.keywright.vectors.Permissions;
import dev.keywright.vectors.RangedReading;
import dev.keywright.vectors.VectorCase;
import dev.keywright.vectors.WayOfReading;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Reads a corpus's cases by every way that this build has: with keyrings on the JDK's providers, the KMS keyring over the
 * answers that the cases record, and through the encrypting client out of a loopback S3. Holds what that needs.
 */
final class CorpusVerification implements AutoCloseable {
    private static final String BUCKET = "corpus";
    private static final int RANGE_NOT_SATISFIABLE = 416;

    private final Corpus corpus;
    private final CorpusKeyrings keyrings = keyrings();
    private final MiniS3 s3 = MiniS3.start();
    private final S3Client client;
    private final CorpusRun run;

    CorpusVerification(Corpus corpus) {
        this.corpus = corpus;
        this.client = S3Client.builder()
                .endpointOverride(s3.endpoint())
                .region(Region.US_EAST_1)
                .credentialsProvider(AnonymousCredentialsProvider.create())
                .forcePathStyle(true)
                .httpClient(UrlConnectionHttpClient.create())
                .build();
        List<WayOfReading> ways = new ArrayList<>(
                EnvelopeReading.of(corpus, keyrings, JcaContentCipher.platform(), JcaLegacyContentCipher.platform()));
        ways.add(throughClient("S3 client, verified", true));
        ways.add(throughClient("S3 client, unverified", false));
        ways.add(new RangedReading("S3 client, verified ranges", true, s3, BUCKET, this::verifiedRanges));
        ways.add(new RangedReading("S3 client, unverified ranges", false, s3, BUCKET, this::unverifiedRanges));
        this.run = new CorpusRun(ways);
    }

    /** What opens wrapped keys with a corpus's master keys: on the JDK's providers, and by recorded answers of KMS. */
    static CorpusKeyrings keyrings() {
        return new CorpusKeyrings(
                (name, description, key) ->
                        JcaKeyrings.platform().description(description).aes(name, key),
                (name, description, pair) ->
                        JcaKeyrings.platform().description(description).rsa(name, pair),
                (key, recorded) -> KmsKeyring.of(new RecordedKmsClient(recorded), key.keyId()));
    }

    /** The names of the ways, in their order. */
    List<String> ways() {
        return run.ways().stream().map(WayOfReading::name).toList();
    }

    List<CaseResult> run(List<VectorCase> cases, Consumer<CaseResult> each) {
        return run.run(cases, each);
    }

    private LoopbackReading throughClient(String name, boolean verified) {
        return new LoopbackReading(name, verified, s3, BUCKET, (vector, allowed, bucket, plaintext) -> {
            EncryptingS3Client encrypting = encrypting(vector, allowed);
            GetObjectRequest request = request(vector, bucket);
            try (InputStream opened = verified
                    ? encrypting.getObject(request, ResponseTransformer.toInputStream())
                    : encrypting.getObjectUnverified(request)) {
                opened.transferTo(plaintext);
            }
            return new Outcome.Opened();
        });
    }

    private RangedReading.Ranges verifiedRanges(VectorCase vector, Permissions allowed, String bucket) {
        VerifiedObject whole = encrypting(vector, allowed).openVerified(request(vector, bucket));
        return new RangedReading.Ranges() {
            @Override
            public Optional<byte[]> read(String range) {
                return RequestedRange.parse(range)
                        .of(whole.lengthBytes())
                        .map(part -> whole.read(part.offset(), Math.toIntExact(part.length())));
            }

            @Override
            public void close() {
                whole.close();
            }
        };
    }

    private RangedReading.Ranges unverifiedRanges(VectorCase vector, Permissions allowed, String bucket) {
        EncryptingS3Client encrypting = encrypting(vector, allowed);
        return range -> {
            GetObjectRequest part =
                    request(vector, bucket).toBuilder().range(range).build();
            try (InputStream opened = encrypting.getObjectUnverified(part)) {
                return Optional.of(opened.readAllBytes());
            } catch (S3Exception e) {
                if (e.statusCode() == RANGE_NOT_SATISFIABLE) {
                    return Optional.empty();
                }
                throw e;
            }
        };
    }

    /** Not to be closed, as that would close the client below, which all share. */
    private EncryptingS3Client encrypting(VectorCase vector, Permissions allowed) {
        return EncryptingS3Client.builder()
                .client(client)
                .materialsManager(EnvelopeReading.materials(corpus, keyrings, vector))
                .commitmentPolicy(allowed.commitment())
                .enableLegacyWrappingAlgorithms(allowed.legacyWrap())
                .enableLegacyUnauthenticatedModes(allowed.legacyContent())
                .build();
    }

    private static GetObjectRequest request(VectorCase vector, String bucket) {
        return GetObjectRequest.builder()
                .bucket(bucket)
                .key(vector.id())
                .overrideConfiguration(configuration -> {
                    configuration.applyMutation(EncryptionContext.of(vector.encryptionContext()));
                    if (!vector.instructionSuffix().equals(InstructionFile.SUFFIX)) {
                        configuration.applyMutation(InstructionFileSuffix.of(vector.instructionSuffix()));
                    }
                })
                .build();
    }

    @Override
    public void close() {
        client.close();
        s3.close();
        keyrings.close();
    }
}
