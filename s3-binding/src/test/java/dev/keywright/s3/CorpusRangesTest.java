/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.jca.JcaKeyrings;
import dev.keywright.spi.PolicyException;
import dev.keywright.vectors.Corpus;
import dev.keywright.vectors.CorpusKeyrings;
import dev.keywright.vectors.RangeCheck;
import dev.keywright.vectors.VectorCase;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Every range that the corpus lists, asked for as such: of both clients, and verified of an object that was opened once. */
class CorpusRangesTest {
    private static final String BUCKET = "corpus";
    /** Asserted, so that none goes missing unseen. */
    private static final int RANGES = 0;

    private static final int VERIFIED = 0;

    private int asked;
    private int verified;

    @Test
    @Tag("RNG-001")
    @Tag("RNG-003")
    @Tag("RNG-004")
    @Tag("RGA-003")
    @Tag("RGA-010")
    void ranges_ofEveryCase_areThoseRecorded() throws IOException {
        Corpus corpus = Corpus.read(Path.of("..", "test-vectors", "corpus"));
        try (AsyncLoopback loopback = new AsyncLoopback();
                CorpusKeyrings keyrings = new CorpusKeyrings(
                        (name, description, key) ->
                                JcaKeyrings.platform().description(description).aes(name, key),
                        (name, description, pair) ->
                                JcaKeyrings.platform().description(description).rsa(name, pair))) {
            loopback.sync.s3.doubleEncode(false);
            loopback.sync.s3.createBucket(BUCKET);
            for (VectorCase vector : corpus.cases()) {
                if (!vector.ranges().isEmpty()) {
                    put(loopback, vector);
                    askForAll(
                            CorpusTest.client(loopback.sync, corpus, keyrings, vector, vector.policy(), null),
                            CorpusTest.asyncClient(loopback, corpus, keyrings, vector, vector.policy()),
                            vector);
                }
            }
        }
        assertThat(List.of(asked, verified)).isEqualTo(List.of(RANGES, VERIFIED));
    }

    private static void put(AsyncLoopback loopback, VectorCase vector) throws IOException {
        try (InputStream body = vector.openBody()) {
            loopback.sync.s3.putObject(BUCKET, vector.id(), body.readAllBytes(), vector.metadata());
        }
        if (vector.instruction().isPresent()) {
            loopback.sync.s3.putObject(
                    BUCKET,
                    vector.id() + vector.instructionSuffix(),
                    vector.instruction().get(),
                    Map.of());
        }
    }

    private void askForAll(EncryptingS3Client client, EncryptingS3AsyncClient async, VectorCase vector)
            throws IOException {
        GetObjectRequest whole = CorpusTest.request(vector, BUCKET);
        for (RangeCheck range : vector.ranges()) {
            asked++;
            GetObjectRequest request = whole.toBuilder().range(range.range()).build();
            String what = vector.id() + " " + range.range();
            if (range.unsatisfiable()) {
                assertNotSatisfiable(() -> client.getObjectUnverified(request).close(), what);
            } else {
                try (InputStream part = client.getObjectUnverified(request)) {
                    assertIs(range, part.readAllBytes(), what);
                }
            }
            askAsynchronously(async, request, range, vector);
        }
        askVerified(client, whole, vector);
    }

    private static void askAsynchronously(
            EncryptingS3AsyncClient async, GetObjectRequest request, RangeCheck range, VectorCase vector) {
        String what = vector.id() + " " + range.range() + ", asynchronous";
        if (vector.suite().tagBytes() == 0) {
            assertThatThrownBy(() -> got(async, request)).as(what).isInstanceOf(UnsupportedOperationException.class);
        } else if (range.unsatisfiable()) {
            assertNotSatisfiable(() -> got(async, request), what);
        } else {
            assertIs(range, got(async, request), what);
        }
    }

    private static byte[] got(EncryptingS3AsyncClient async, GetObjectRequest request) {
        return CorpusTest.ended(async.getObjectUnverified(request, AsyncResponseTransformer.toBytes()))
                .asByteArrayUnsafe();
    }

    private static void assertNotSatisfiable(ThrowingCallable call, String what) {
        assertThatThrownBy(call)
                .as(what)
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(416));
    }

    private void askVerified(EncryptingS3Client client, GetObjectRequest whole, VectorCase vector) throws IOException {
        if (vector.suite().tagBytes() == 0) {
            assertThatThrownBy(() -> client.openVerified(whole)).isInstanceOf(PolicyException.class);
            return;
        }
        try (VerifiedObject object = client.openVerified(whole)) {
            for (RangeCheck range : vector.ranges()) {
                if (!range.unsatisfiable()) {
                    verified++;
                    try (InputStream part = object.range(first(range, object.lengthBytes()), range.bytes())) {
                        assertIs(range, part.readAllBytes(), vector.id() + " " + range.range() + ", verified");
                    }
                }
            }
        }
    }

    private static long first(RangeCheck range, long lengthBytes) {
        String from = range.range().substring("bytes=".length(), range.range().indexOf('-'));
        return from.isEmpty() ? lengthBytes - range.bytes() : Long.parseLong(from);
    }

    private static void assertIs(RangeCheck range, byte[] part, String what) {
        assertThat(part).as(what).hasSize((int) range.bytes());
        try {
            assertThat(HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(part)))
                    .as(what)
                    .isEqualTo(range.sha256());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
