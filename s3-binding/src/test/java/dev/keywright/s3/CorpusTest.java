/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.jca.JcaKeyrings;
import dev.keywright.vectors.CaseResult;
import dev.keywright.vectors.Corpus;
import dev.keywright.vectors.CorpusKeyrings;
import dev.keywright.vectors.CorpusRun;
import dev.keywright.vectors.EnvelopeReading;
import dev.keywright.vectors.LoopbackReading;
import dev.keywright.vectors.MasterKeys;
import dev.keywright.vectors.Outcome;
import dev.keywright.vectors.Permissions;
import dev.keywright.vectors.VectorCase;
import dev.keywright.vectors.WayOfReading;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;

/** All of the corpus, through the clients, out of MiniS3. */
class CorpusTest {
    private static final String BUCKET = "corpus";
    /** Asserted, so that no case goes missing unseen. */
    private static final int CASES = 1948;

    private static final int READINGS = 13_256;
    /** Texts that only a client without HTTP can hand over, by every way. */
    private static final int ABSENT = 116;

    @Test
    void corpus_everyCaseThroughTheClient_endsAsItMust() throws IOException {
        Corpus corpus = Corpus.read(Path.of("..", "test-vectors", "corpus"));
        assertThat(corpus.cases()).hasSize(CASES);
        try (AsyncLoopback async = new AsyncLoopback();
                CorpusKeyrings keyrings = new CorpusKeyrings(
                        (name, description, key) ->
                                JcaKeyrings.platform().description(description).aes(name, key),
                        (name, description, pair) ->
                                JcaKeyrings.platform().description(description).rsa(name, pair))) {
            Loopback loopback = async.sync;
            CorpusRun run = new CorpusRun(List.of(
                    way(loopback, corpus, keyrings, "getObject", VerifiedRelease.AUTOMATIC),
                    way(loopback, corpus, keyrings, "getObject, read twice", VerifiedRelease.READ_TWICE),
                    way(loopback, corpus, keyrings, "getObjectUnverified", null),
                    asynchronous(async, corpus, keyrings)));
            List<CaseResult> results = run.run(corpus.cases(), each -> {});
            assertThat(results).filteredOn(result -> !result.passed()).isEmpty();
            assertThat(results.stream().mapToInt(CaseResult::readings).sum()).isEqualTo(READINGS);
            assertThat(results.stream()
                            .mapToInt(result -> result.absences().size())
                            .sum())
                    .isEqualTo(ABSENT);
        }
    }

    private static WayOfReading way(
            Loopback loopback, Corpus corpus, MasterKeys keyrings, String name, @Nullable VerifiedRelease release) {
        return new LoopbackReading(name, release != null, loopback.s3, BUCKET, (vector, allowed, bucket, plaintext) -> {
            EncryptingS3Client client = client(loopback, corpus, keyrings, vector, allowed, release);
            GetObjectRequest request = request(vector, bucket);
            try (InputStream opened =
                    release != null ? client.getObject(request) : client.getObjectUnverified(request)) {
                opened.transferTo(plaintext);
            }
            return new Outcome.Opened();
        });
    }

    private static WayOfReading asynchronous(AsyncLoopback loopback, Corpus corpus, MasterKeys keyrings) {
        return new LoopbackReading(
                "asynchronous getObject", true, loopback.sync.s3, BUCKET, (vector, allowed, bucket, plaintext) -> {
                    EncryptingS3AsyncClient client = asyncClient(loopback, corpus, keyrings, vector, allowed);
                    plaintext.write(ended(client.getObject(request(vector, bucket), AsyncResponseTransformer.toBytes()))
                            .asByteArrayUnsafe());
                    return new Outcome.Opened();
                });
    }

    /** What came of it, or the error as the blocking client would have thrown it. */
    static <T> T ended(CompletableFuture<T> call) {
        try {
            return call.get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new AssertionError(e);
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    /** Not to be closed, as that would close the client below. */
    static EncryptingS3AsyncClient asyncClient(
            AsyncLoopback loopback, Corpus corpus, MasterKeys keyrings, VectorCase vector, Permissions allowed) {
        return EncryptingS3AsyncClient.builder()
                .client(loopback.plain)
                .executor(loopback.executor)
                .materialsManager(EnvelopeReading.materials(corpus, keyrings, vector))
                .commitmentPolicy(allowed.commitment())
                .enableLegacyWrappingAlgorithms(allowed.legacyWrap())
                .enableLegacyUnauthenticatedModes(allowed.legacyContent())
                .build();
    }

    static EncryptingS3Client client(
            Loopback loopback,
            Corpus corpus,
            MasterKeys keyrings,
            VectorCase vector,
            Permissions allowed,
            @Nullable VerifiedRelease release) {
        return EncryptingS3Client.builder()
                .client(loopback.plain)
                .materialsManager(EnvelopeReading.materials(corpus, keyrings, vector))
                .commitmentPolicy(allowed.commitment())
                .enableLegacyWrappingAlgorithms(allowed.legacyWrap())
                .enableLegacyUnauthenticatedModes(allowed.legacyContent())
                .verifiedRelease(release == null ? VerifiedRelease.AUTOMATIC : release)
                .build();
    }

    static GetObjectRequest request(VectorCase vector, String bucket) {
        return GetObjectRequest.builder()
                .bucket(bucket)
                .key(vector.id())
                .overrideConfiguration(configuration -> {
                    configuration.applyMutation(EncryptionContext.of(vector.encryptionContext()));
                    if (!vector.instructionSuffix().equals(".instruction")) {
                        configuration.applyMutation(InstructionFileSuffix.of(vector.instructionSuffix()));
                    }
                })
                .build();
    }
}
