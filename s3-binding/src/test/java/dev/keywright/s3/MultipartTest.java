/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static dev.keywright.s3.Loopback.BUCKET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.keywright.envelope.CommitmentPolicy;
import dev.keywright.jca.JcaKeyrings;
import dev.keywright.spi.CryptographicMaterialsManager;
import dev.keywright.spi.IntegrityException;
import dev.keywright.testing.Fault;
import dev.keywright.testing.RecordedRequest;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.DelegatingS3Client;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.NoSuchUploadException;
import software.amazon.awssdk.services.s3.model.Part;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.SdkPartType;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/** Uploads part by part, as code for a plain client makes them. */
class MultipartTest {
    @AutoClose
    private static final Loopback LOOPBACK = new Loopback();

    private static final int MIB = 1 << 20;
    private static final int SMALL = 4096;
    private static final int TAG = 16;

    private final EncryptingS3Client client = LOOPBACK.encrypting().build();

    @BeforeEach
    void reset() {
        LOOPBACK.reset();
        LOOPBACK.s3.minimumPartBytes(5 * MIB);
    }

    /** From here on the store takes small parts, as some do. */
    private static void storeOfSmallParts() {
        LOOPBACK.s3.minimumPartBytes(1);
    }

    private static byte[] slice(byte[] whole, int number, int partBytes) {
        int from = (number - 1) * partBytes;
        return Arrays.copyOfRange(whole, from, Math.min(whole.length, from + partBytes));
    }

    private static void assertStored(byte[] plaintext) {
        assertThat(LOOPBACK.stored("k").length()).isEqualTo(plaintext.length + TAG);
        assertThat(LOOPBACK.encrypting
                        .getObjectAsBytes(from -> from.bucket(BUCKET).key("k"))
                        .asByteArrayUnsafe())
                .isEqualTo(plaintext);
    }

    private static boolean isPart(RecordedRequest request) {
        return request.method().equals("PUT") && request.query().containsKey("partNumber");
    }

    /** The lengths of the parts' bodies, by number. */
    private static List<String> partsSent() {
        return LOOPBACK.s3.requests().stream()
                .filter(MultipartTest::isPart)
                .map(request -> request.query().get("partNumber") + ": "
                        + request.headers().getOrDefault("x-amz-decoded-content-length", "-"))
                .sorted()
                .toList();
    }

    @Nested
    class Whole {
        @Test
        @Tag("API-011")
        @Tag("API-012")
        @Tag("API-013")
        @Tag("API-014")
        @Tag("API-017")
        @Tag("API-018")
        @Tag("MPU-004")
        @Tag("MPU-009")
        void upload_asForAPlainClient_isOneObject() {
            byte[] plaintext = Loopback.bytes(5 * MIB + 1000);
            PartsUpload upload = PartsUpload.begin(
                    client, to -> to.metadata(Map.of("author", "me")).contentType("text/plain"));
            upload.part(1, slice(plaintext, 1, 5 * MIB));
            assertThat(client.listParts(of -> of.bucket(BUCKET).key("k").uploadId(upload.id))
                            .parts())
                    .extracting(Part::size)
                    .containsExactly(5L * MIB);
            upload.part(2, slice(plaintext, 2, 5 * MIB));
            assertThat(upload.complete().eTag()).endsWith("-2\"");
            assertThat(partsSent()).containsExactly("1: " + 5 * MIB, "2: 1016");
            assertThat(LOOPBACK.stored("k").metadata())
                    .containsEntry("author", "me")
                    .containsEntry("x-amz-c", "115");
            assertStored(plaintext);
        }

        @Test
        @Tag("API-016")
        @Tag("MPU-009")
        void upload_inFormatV2_isOneObject() {
            storeOfSmallParts();
            EncryptingS3Client v2 = LOOPBACK.encrypting()
                    .commitmentPolicy(CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT)
                    .build();
            byte[] plaintext = Loopback.bytes(SMALL + 1);
            PartsUpload upload = PartsUpload.begin(v2, SMALL);
            upload.part(2, slice(plaintext, 2, SMALL));
            upload.part(1, slice(plaintext, 1, SMALL));
            upload.complete();
            assertThat(v2.getObjectAsBytes(from -> from.bucket(BUCKET).key("k")).asByteArray())
                    .isEqualTo(plaintext);
        }

        /** Shuffled, at once, and each part perhaps twice: any length of the last. */
        @RepeatedTest(12)
        @Tag("API-016")
        @Tag("MPU-009")
        void upload_shuffledParallelRepeatedParts_isOneObject(RepetitionInfo repetition) throws Exception {
            storeOfSmallParts();
            Random random = new Random(repetition.getCurrentRepetition());
            int[] lasts = {0, 1, 15, 16, 17, SMALL - 1, SMALL};
            byte[] plaintext = Loopback.bytes(random.nextInt(5) * SMALL + lasts[random.nextInt(lasts.length)]);
            int parts = Math.max(1, (plaintext.length + SMALL - 1) / SMALL);
            List<Integer> order = new ArrayList<>();
            for (int number = 1; number <= parts; number++) {
                order.add(number);
            }
            Collections.shuffle(order, random);
            PartsUpload upload = PartsUpload.begin(client, SMALL);
            ExecutorService threads = Executors.newFixedThreadPool(3);
            try {
                List<Future<?>> sent = new ArrayList<>();
                for (int number : order) {
                    int times = 1 + random.nextInt(2);
                    sent.add(threads.submit(() -> {
                        for (int i = 0; i < times; i++) {
                            upload.part(number, slice(plaintext, number, SMALL));
                        }
                    }));
                }
                for (Future<?> each : sent) {
                    each.get();
                }
            } finally {
                threads.shutdownNow();
            }
            upload.complete();
            assertStored(plaintext);
        }

        /** The same randomness gives the same bytes, whichever way the object is put. */
        @Test
        @Tag("MPU-009")
        void upload_underTheRandomnessOfAPut_storesWhatThatStored() {
            storeOfSmallParts();
            byte[] plaintext = Loopback.bytes(2 * SMALL + 5);
            fixed().putObject(to -> to.bucket(BUCKET).key("put"), RequestBody.fromBytes(plaintext));
            PartsUpload upload = PartsUpload.begin(fixed(), SMALL);
            for (int number : new int[] {3, 1, 2}) {
                upload.part(number, slice(plaintext, number, SMALL));
            }
            upload.complete();
            assertThat(LOOPBACK.stored("k").bytes())
                    .isEqualTo(LOOPBACK.stored("put").bytes());
            Map<String, String> envelope = new TreeMap<>(LOOPBACK.stored("k").metadata());
            assertThat(envelope.remove("x-amz-3"))
                    .as("its nonce is the keyring's own")
                    .isNotNull();
            assertThat(envelope).hasSize(4);
            assertThat(LOOPBACK.stored("put").metadata()).containsAllEntriesOf(envelope);
        }

        private EncryptingS3Client fixed() {
            return EncryptingS3Client.builder()
                    .client(LOOPBACK.plain)
                    .materialsManager(CryptographicMaterialsManager.rotating(
                            JcaKeyrings.platform().aes("test key", KnownAnswers.AES_MASTER_KEY),
                            List.of(),
                            new FixedRandom()))
                    .random(new FixedRandom())
                    .build();
        }
    }

    @Nested
    class WhereTheTagGoes {
        @Test
        void lastPartSentLast_holdsTheTag() {
            storeOfSmallParts();
            PartsUpload upload = PartsUpload.begin(client, SMALL);
            upload.part(2, Loopback.bytes(SMALL));
            upload.part(1, Loopback.bytes(SMALL));
            upload.part(3, Loopback.bytes(1));
            upload.complete();
            assertThat(partsSent()).containsExactly("1: 4096", "2: 4096", "3: 17");
        }

        /** As a part that is not the last it would be too small for S3: so it waits. */
        @Test
        void shortLastPartSentFirst_isHeldAndSentWithTheTagAtTheEnd() {
            byte[] plaintext = Loopback.bytes(5 * MIB + 3);
            PartsUpload upload = PartsUpload.begin(client, 5 * MIB);
            UploadPartResponse held = upload.part(2, slice(plaintext, 2, 5 * MIB));
            assertThat(held.eTag()).contains("held");
            assertThat(partsSent()).isEmpty();
            upload.part(2, slice(plaintext, 2, 5 * MIB));
            upload.part(1, slice(plaintext, 1, 5 * MIB));
            upload.complete();
            assertThat(partsSent()).containsExactly("1: " + 5 * MIB, "2: 19");
            assertStored(plaintext);
        }

        @Test
        void heldPartSentAgainWhenTheOthersAreThere_isNoLongerHeld() {
            storeOfSmallParts();
            byte[] plaintext = Loopback.bytes(SMALL + 3);
            PartsUpload upload = PartsUpload.begin(client, SMALL);
            upload.part(2, slice(plaintext, 2, SMALL));
            upload.part(1, slice(plaintext, 1, SMALL));
            assertThat(upload.part(2, slice(plaintext, 2, SMALL)).eTag()).doesNotContain("held");
            upload.complete();
            assertThat(partsSent()).containsExactly("1: 4096", "2: 19");
            assertStored(plaintext);
        }

        @Test
        void longLastPartSentFirst_isSentBareAndTheTagIsAPartOfItsOwn() {
            byte[] plaintext = Loopback.bytes(11 * MIB + 3);
            PartsUpload upload = PartsUpload.begin(client, 6 * MIB);
            upload.part(2, slice(plaintext, 2, 6 * MIB));
            upload.part(1, slice(plaintext, 1, 6 * MIB));
            assertThat(upload.complete().eTag()).endsWith("-3\"");
            assertThat(partsSent()).containsExactly("1: " + 6 * MIB, "2: " + (5 * MIB + 3), "3: 16");
            assertStored(plaintext);
        }

        @Test
        void noShortPart_theTagIsAPartOfItsOwn() {
            byte[] plaintext = Loopback.bytes(10 * MIB);
            PartsUpload upload = PartsUpload.begin(client);
            upload.part(1, slice(plaintext, 1, 5 * MIB));
            upload.part(2, slice(plaintext, 2, 5 * MIB));
            upload.complete();
            assertThat(partsSent()).containsExactly("1: " + 5 * MIB, "2: " + 5 * MIB, "3: 16");
            assertStored(plaintext);
        }

        @Test
        void partMarkedLast_holdsTheTagAlsoIfItIsFull() {
            byte[] plaintext = Loopback.bytes(5 * MIB);
            PartsUpload upload = PartsUpload.begin(client);
            upload.part(1, RequestBody.fromBytes(plaintext), to -> to.sdkPartType(SdkPartType.LAST));
            upload.complete();
            assertThat(partsSent()).containsExactly("1: " + (5 * MIB + TAG));
            assertStored(plaintext);
        }

        @Test
        @Tag("MPU-005")
        void partMarkedLast_sentAgainWithoutTheMark_isTheSameOnTheWire() {
            byte[] plaintext = Loopback.bytes(5 * MIB);
            PartsUpload upload = PartsUpload.begin(client);
            upload.part(1, RequestBody.fromBytes(plaintext), to -> to.sdkPartType(SdkPartType.LAST));
            upload.part(1, plaintext);
            upload.complete();
            assertThat(partsSent()).containsExactly("1: " + (5 * MIB + TAG), "1: " + (5 * MIB + TAG));
            assertStored(plaintext);
        }

        @Test
        void fullLastPartSentFirst_isNotHeld() {
            storeOfSmallParts();
            byte[] plaintext = Loopback.bytes(2 * SMALL);
            PartsUpload upload = PartsUpload.begin(client, SMALL);
            upload.part(2, RequestBody.fromBytes(slice(plaintext, 2, SMALL)), to -> to.sdkPartType(SdkPartType.LAST));
            assertThat(partsSent()).containsExactly("2: 4096");
            upload.part(1, slice(plaintext, 1, SMALL));
            upload.complete();
            assertThat(partsSent()).containsExactly("1: 4096", "2: 4096", "3: 16");
            assertStored(plaintext);
        }

        @Test
        void noPartAtAll_isEmptyContent() {
            PartsUpload upload = PartsUpload.begin(client);
            upload.complete();
            assertThat(partsSent()).containsExactly("1: 16");
            assertStored(new byte[0]);
        }

        @Test
        @Tag("MPU-004")
        void emptyPart_isEmptyContent() {
            PartsUpload upload = PartsUpload.begin(client);
            upload.part(1, new byte[0]);
            upload.complete();
            assertThat(partsSent()).containsExactly("1: 16");
            assertStored(new byte[0]);
        }

        @Test
        void partsMarkedDefault_mayBeSmallWithoutADeclaredSize() {
            storeOfSmallParts();
            byte[] plaintext = Loopback.bytes(48);
            PartsUpload upload = PartsUpload.begin(client);
            upload.part(1, RequestBody.fromBytes(slice(plaintext, 1, 32)), to -> to.sdkPartType(SdkPartType.DEFAULT));
            upload.part(2, slice(plaintext, 2, 32));
            upload.complete();
            assertStored(plaintext);
        }
    }

    @Nested
    class Refused {
        @ParameterizedTest
        @CsvSource({"0", "-16", "15", "5242881", "5368709136"})
        void partSize_thatNoPartCanHave_isRefused(long bytes) {
            assertThatThrownBy(() -> MultipartPartSize.of(bytes))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(String.valueOf(bytes));
        }

        private void assertRefused(PartsUpload upload, int number, int length, String... words) {
            int before = LOOPBACK.s3.requests().size();
            assertThatThrownBy(() -> upload.part(number, Loopback.bytes(length)))
                    .isInstanceOfAny(IllegalStateException.class, IllegalArgumentException.class)
                    .hasMessageContainingAll(words)
                    .hasMessageContainingAll("part " + number + " ", upload.id, "s3://bucket/k");
            assertThat(LOOPBACK.s3.requests()).hasSize(before);
        }

        @Test
        @Tag("MPU-001")
        void partThatIsNotTheLast_ofNoMultipleOf16_isRefused() {
            PartsUpload upload = PartsUpload.begin(client);
            assertThatThrownBy(() -> upload.part(
                            1, RequestBody.fromBytes(new byte[17]), to -> to.sdkPartType(SdkPartType.DEFAULT)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("multiples of 16");
            upload.part(1, Loopback.bytes(5 * MIB + 1));
            assertRefused(upload, 2, 5 * MIB, "after part 1, the last", "multiple of 16", "MultipartPartSize");
        }

        @Test
        @Tag("MPU-001")
        void partThatIsNotTheLast_ofAnotherLengthThanDeclared_isRefused() {
            PartsUpload upload = PartsUpload.begin(client, SMALL);
            assertRefused(upload, 1, SMALL + 16, "parts of 4096");
            assertThatThrownBy(() -> upload.part(
                            1, RequestBody.fromBytes(new byte[32]), to -> to.sdkPartType(SdkPartType.DEFAULT)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("parts of 4096");
        }

        @Test
        @Tag("MPU-003")
        void secondLastPart_orAPartAfterTheLast_isRefused() {
            PartsUpload upload = PartsUpload.begin(client, SMALL);
            upload.part(3, Loopback.bytes(10));
            assertRefused(upload, 2, 10, "so was part 3");
            assertRefused(upload, 4, SMALL, "after part 3, the last");
            assertThatThrownBy(() -> upload.part(
                            1, RequestBody.fromBytes(new byte[SMALL]), to -> to.sdkPartType(SdkPartType.LAST)))
                    .hasMessageContaining("so was part 3");
        }

        @Test
        @Tag("MPU-003")
        void lastPart_beforeOneThatWasSent_isRefused() {
            PartsUpload upload = PartsUpload.begin(client, SMALL);
            upload.part(3, Loopback.bytes(SMALL));
            assertRefused(upload, 2, 10, "part 3 was begun");
        }

        @Test
        void partsOutOfOrder_withoutADeclaredSize_areRefused() {
            PartsUpload upload = PartsUpload.begin(client);
            assertRefused(upload, 2, 5 * MIB, "out of order, 1 is next", "MultipartPartSize");
            upload.part(1, Loopback.bytes(5 * MIB));
            assertRefused(upload, 3, 5 * MIB, "out of order, 2 is next");
        }

        @ParameterizedTest
        @ValueSource(ints = {0, -1, 10_001})
        void partNumber_thatS3DoesNotHave_isRefused(int number) {
            assertRefused(PartsUpload.begin(client, SMALL), number, SMALL, "from 1 to 10000");
        }

        /** No part comes after it, not even one for the tag. */
        @Test
        void lastNumberOfAll_beforeTheOthers_isRefused() {
            assertRefused(PartsUpload.begin(client, SMALL), 10_000, SMALL, "must hold the tag", "when all the others");
        }

        @Test
        @Tag("MPU-006")
        void uploadId_unknown_isRefused() {
            PartsUpload theirs = PartsUpload.begin(LOOPBACK.encrypting().build());
            assertThatThrownBy(() -> client.uploadPart(
                            to -> to.bucket(BUCKET).key("k").uploadId(theirs.id).partNumber(1),
                            RequestBody.fromString("plaintext")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContainingAll(theirs.id, "s3://bucket/k", "not under way in this client");
            assertThatThrownBy(() -> client.completeMultipartUpload(
                            to -> to.bucket(BUCKET).key("k").uploadId(theirs.id)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("not under way in this client");
            assertThatThrownBy(() -> client.uploadPart(
                            to -> to.bucket(BUCKET).key("k").partNumber(1), RequestBody.fromString("plaintext")))
                    .isInstanceOf(IllegalStateException.class);
        }

        @Test
        void uploadId_ofAnotherObject_isRefused() {
            PartsUpload upload = PartsUpload.begin(client);
            assertThatThrownBy(() -> client.uploadPart(
                            to -> to.bucket(BUCKET)
                                    .key("other")
                                    .uploadId(upload.id)
                                    .partNumber(1),
                            RequestBody.fromString("plaintext")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("is not to s3://bucket/other");
        }

        /** Part 14 of 5 GiB each would begin at 65 GiB. */
        @Test
        @Tag("MPU-007")
        void parts_beyondTheSuitesLimit_areRefusedAndNothingIsSent() {
            PartsUpload upload = PartsUpload.begin(client, MultipartPartSize.MAX_OF_S3);
            assertRefused(upload, 14, 16, "68719476704 in all parts");
            upload.part(13, Loopback.bytes(16));
        }

        @Test
        void part_ofUnknownLength_isRefused() {
            PartsUpload upload = PartsUpload.begin(client);
            assertThatThrownBy(() -> upload.part(
                            1,
                            RequestBody.fromContentProvider(
                                    () -> new ByteArrayInputStream(new byte[1]), "application/octet-stream"),
                            to -> {}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("length of part 1 is not known");
        }

        @Test
        void metadata_ofTheEnvelope_isRefused() {
            assertThatThrownBy(() -> PartsUpload.begin(client, to -> to.metadata(Map.of("X-Amz-C", "115"))))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> PartsUpload.begin(client, to -> to.metadata(Map.of("a", "b".repeat(1900)))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("2048");
            assertThat(LOOPBACK.s3.requests()).isEmpty();
        }
    }

    @Nested
    class SentAgain {
        private final WireTap wire = new WireTap();
        private final EncryptingS3Client tapped = LOOPBACK.encrypting()
                .client(wire.client(LOOPBACK.s3.endpoint()))
                .build();
        private final byte[] plaintext = Loopback.bytes(2 * MIB + MIB / 2);

        @BeforeEach
        void small() {
            storeOfSmallParts();
        }

        private byte[] attempt(int index) {
            return wire.attempts.get(wire.attempts.size() + index).bytes();
        }

        @Test
        @Tag("MPU-005")
        void part_answered503_sendsTheSameCiphertextAgain() {
            LOOPBACK.s3.inject(MultipartTest::isPart, 1, Fault.status(503));
            PartsUpload upload = PartsUpload.begin(tapped);
            upload.part(1, plaintext);
            assertThat(attempt(-1)).hasSize(plaintext.length + TAG).isEqualTo(attempt(-2));
            upload.complete();
            assertStored(plaintext);
        }

        @Test
        @Tag("MPU-005")
        void part_changedBetweenTwoCalls_isRefusedAndNothingOfTheChangeIsSent() {
            PartsUpload upload = PartsUpload.begin(tapped, 4 * MIB);
            upload.part(1, plaintext);
            byte[] sent = attempt(-1);
            byte[] changed = plaintext.clone();
            changed[MIB + 5] ^= 1;
            assertThatThrownBy(() -> upload.part(1, changed))
                    .isInstanceOfSatisfying(
                            IntegrityException.class,
                            e -> assertThat(e.stage()).isEqualTo(IntegrityException.Stage.CONTENT))
                    .hasMessageContainingAll(
                            "part 1 of upload " + upload.id, "s3://bucket/k", "near byte " + MIB, "abort the upload");
            byte[] refused = attempt(-1);
            assertThat(refused.length).isLessThanOrEqualTo(MIB);
            assertThat(refused).isEqualTo(Arrays.copyOf(sent, refused.length));
        }

        @Test
        @Tag("MPU-005")
        void part_ofAnotherLengthThanBefore_isRefused() {
            PartsUpload upload = PartsUpload.begin(tapped, 4 * MIB);
            upload.part(1, plaintext);
            assertThatThrownBy(() -> upload.part(1, Arrays.copyOf(plaintext, plaintext.length - 1)))
                    .isInstanceOf(IntegrityException.class)
                    .hasMessageContainingAll("part 1 ", "abort the upload");
        }

        /** All of it was encrypted before: only its length tells. */
        @Test
        @Tag("MPU-005")
        void part_thatIsTheBeginningOfWhatItWas_isRefused() {
            PartsUpload upload = PartsUpload.begin(tapped, 4 * MIB);
            upload.part(1, plaintext);
            assertThatThrownBy(() -> upload.part(1, Arrays.copyOf(plaintext, MIB)))
                    .isInstanceOf(IntegrityException.class)
                    .hasMessageContainingAll("part 1 ", "abort the upload");
        }

        @Test
        @Tag("MPU-005")
        void heldPart_changed_isRefused() {
            PartsUpload upload = PartsUpload.begin(tapped, SMALL);
            upload.part(2, new byte[10]);
            byte[] changed = {1, 0, 0, 0, 0, 0, 0, 0, 0, 0};
            assertThatThrownBy(() -> upload.part(2, changed))
                    .isInstanceOf(IntegrityException.class)
                    .hasMessageContainingAll("part 2 of upload", "abort the upload");
        }

        @Test
        void part_failingMidway_leavesTheUploadUsable() {
            LOOPBACK.s3.injectAlways(MultipartTest::isPart, Fault.cutRequestAfter(MIB));
            PartsUpload upload = PartsUpload.begin(tapped);
            assertThatThrownBy(() -> upload.part(1, plaintext))
                    .isInstanceOf(software.amazon.awssdk.core.exception.SdkClientException.class);
            assertThatThrownBy(upload::complete)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("part 1 of");
            LOOPBACK.s3.clearFaults();
            upload.part(1, plaintext);
            upload.complete();
            assertStored(plaintext);
        }

        @Test
        void part_sentByTwoCallsAtOnce_isRefusedToTheSecond() throws Exception {
            PartsUpload upload = PartsUpload.begin(tapped, SMALL);
            CountDownLatch reading = new CountDownLatch(1);
            CountDownLatch goOn = new CountDownLatch(1);
            ExecutorService thread = Executors.newSingleThreadExecutor();
            try {
                Future<?> first = thread.submit(() -> upload.part(
                        1,
                        RequestBody.fromContentProvider(
                                () -> new WaitingStream(reading, goOn), SMALL, "application/octet-stream"),
                        to -> {}));
                reading.await();
                assertThatThrownBy(() -> upload.part(1, new byte[SMALL]))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("is being sent by another call");
                assertThatThrownBy(upload::complete)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("still being sent");
                goOn.countDown();
                first.get();
            } finally {
                thread.shutdownNow();
            }
            upload.complete();
            assertStored(new byte[SMALL]);
        }
    }

    @Nested
    class Checksums {
        private static String md5(byte[] bytes) throws Exception {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("MD5").digest(bytes));
        }

        @Test
        @Tag("INT-024")
        void part_withItsPlaintextsMd5_isCheckedAndTheMd5IsNotSent() throws Exception {
            byte[] plaintext = Loopback.bytes(1000);
            PartsUpload upload = PartsUpload.begin(client);
            String wrong = md5(new byte[1]);
            assertThatThrownBy(() -> upload.part(1, RequestBody.fromBytes(plaintext), to -> to.contentMD5(wrong)))
                    .isInstanceOf(IntegrityException.class)
                    .hasMessageContaining("Content-MD5");
            String right = md5(plaintext);
            upload.part(1, RequestBody.fromBytes(plaintext), to -> to.contentMD5(right));
            upload.complete();
            assertThat(LOOPBACK.s3.requests())
                    .filteredOn(MultipartTest::isPart)
                    .noneMatch(request -> request.headers().containsKey("content-md5"));
            assertStored(plaintext);
        }

        @Test
        @Tag("INT-024")
        void part_withTheAnswersChecksum_isCompleted() {
            byte[] plaintext = Loopback.bytes(5 * MIB + 1);
            PartsUpload upload = PartsUpload.begin(
                    client,
                    to -> to.checksumAlgorithm(ChecksumAlgorithm.SHA256)
                            .overrideConfiguration(MultipartPartSize.of(5 * MIB)));
            List<CompletedPart> parts = new ArrayList<>();
            for (int number : new int[] {1, 2}) {
                UploadPartResponse response = upload.part(
                        number,
                        RequestBody.fromBytes(slice(plaintext, number, 5 * MIB)),
                        to -> to.checksumAlgorithm(ChecksumAlgorithm.SHA256));
                assertThat(response.checksumSHA256()).isNotNull();
                parts.add(CompletedPart.builder()
                        .partNumber(number)
                        .eTag(response.eTag())
                        .checksumSHA256(response.checksumSHA256())
                        .build());
            }
            List<CompletedPart> others = List.of(
                    parts.get(0),
                    parts.get(1).toBuilder().checksumSHA256("AAAA").build());
            assertThatThrownBy(() -> upload.complete(to -> to.multipartUpload(list -> list.parts(others))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("ChecksumSHA256 of part 2", "of the ciphertext");
            upload.complete(to -> to.multipartUpload(list -> list.parts(parts)));
            assertStored(plaintext);
        }

        @Test
        @Tag("INT-024")
        void completion_withAChecksumOfTheWhole_isRefused() {
            PartsUpload upload = PartsUpload.begin(client);
            upload.part(1, new byte[10]);
            assertThatThrownBy(() -> upload.complete(to -> to.checksumCRC32("AAAAAA==")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("ChecksumCRC32", "can't be checked any more");
            assertThat(LOOPBACK.s3.keys(BUCKET)).isEmpty();
        }

        @Test
        void completion_withTheObjectsSize_checksThatOfThePlaintext() {
            PartsUpload upload = PartsUpload.begin(client);
            upload.part(1, new byte[10]);
            assertThatThrownBy(() -> upload.complete(to -> to.mpuObjectSize(26L)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("26", "10");
            upload.complete(to -> to.mpuObjectSize(10L));
            assertStored(new byte[10]);
        }
    }

    @Nested
    class End {
        @Test
        void completion_withAPartMissing_isRefusedNamingIt() {
            PartsUpload upload = PartsUpload.begin(client, SMALL);
            upload.part(3, new byte[SMALL]);
            upload.part(1, new byte[SMALL]);
            assertThatThrownBy(upload::complete)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("part 2 of");
        }

        /** The tag is over all that was sent. */
        @Test
        void completion_withoutAPartThatWasSent_isRefused() {
            storeOfSmallParts();
            PartsUpload upload = PartsUpload.begin(client, SMALL);
            upload.part(3, new byte[5]);
            String first = upload.part(1, new byte[SMALL]).eTag();
            upload.part(2, new byte[SMALL]);
            List<CompletedPart> one =
                    List.of(CompletedPart.builder().partNumber(1).eTag(first).build());
            assertThatThrownBy(() -> upload.complete(to -> to.multipartUpload(list -> list.parts(one))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("parts [2] were sent and are not in the list");
            List<CompletedPart> two =
                    List.of(one.get(0), one.get(0).toBuilder().partNumber(2).build());
            assertThatThrownBy(() -> upload.complete(to -> to.multipartUpload(list -> list.parts(two))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("part 3 was sent and is not in the list");
            List<CompletedPart> four =
                    List.of(one.get(0).toBuilder().partNumber(4).build());
            assertThatThrownBy(() -> upload.complete(to -> to.multipartUpload(list -> list.parts(four))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("part 4 was not sent");
            upload.complete();
            assertStored(new byte[2 * SMALL + 5]);
        }

        @Test
        void completion_thatFailed_canBeCalledAgain() {
            storeOfSmallParts();
            PartsUpload upload = PartsUpload.begin(client, SMALL);
            upload.part(1, new byte[SMALL]);
            LOOPBACK.s3.injectAlways(request -> request.method().equals("POST"), Fault.status(503));
            assertThatThrownBy(upload::complete).isInstanceOf(S3Exception.class);
            assertThatThrownBy(() -> upload.part(2, new byte[SMALL]))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("after the tag");
            LOOPBACK.s3.clearFaults();
            upload.complete();
            assertThat(partsSent()).as("the tag, once").containsExactly("1: 4096", "2: 16");
            assertStored(new byte[SMALL]);
        }

        /** By now it could hold the tag; but there is one already. */
        @ParameterizedTest
        @CsvSource({"1,2", "2,1"})
        @Tag("MPU-009")
        void lastPart_sentAgainAfterTheTagsOwnPart_bringsNoSecondTag(int first, int second) {
            storeOfSmallParts();
            byte[] plaintext = Loopback.bytes(2 * SMALL);
            PartsUpload upload = PartsUpload.begin(client, SMALL);
            upload.part(first, slice(plaintext, first, SMALL));
            upload.part(second, slice(plaintext, second, SMALL));
            LOOPBACK.s3.injectAlways(request -> request.method().equals("POST"), Fault.status(503));
            assertThatThrownBy(upload::complete).isInstanceOf(S3Exception.class);
            LOOPBACK.s3.clearFaults();
            upload.part(2, RequestBody.fromBytes(slice(plaintext, 2, SMALL)), to -> to.sdkPartType(SdkPartType.LAST));
            upload.complete();
            assertStored(plaintext);
        }

        @Test
        void completionUnderWay_letsInNoPartAndNoOtherCompletion() {
            List<Throwable> meanwhile = new ArrayList<>();
            PartsUpload[] upload = new PartsUpload[1];
            EncryptingS3Client over = LOOPBACK.encrypting()
                    .client(new DelegatingS3Client(LOOPBACK.plain) {
                        @Override
                        public CompleteMultipartUploadResponse completeMultipartUpload(
                                CompleteMultipartUploadRequest request) {
                            meanwhile.add(catchThrowable(() -> upload[0].part(1, new byte[10])));
                            meanwhile.add(catchThrowable(() -> upload[0].complete()));
                            return super.completeMultipartUpload(request);
                        }
                    })
                    .build();
            upload[0] = PartsUpload.begin(over);
            upload[0].part(1, new byte[10]);
            upload[0].complete();
            assertThat(meanwhile).hasSize(2).allMatch(IllegalStateException.class::isInstance);
            assertThat(meanwhile.get(0)).hasMessageContaining("is being completed; part 1 comes too late");
            assertThat(meanwhile.get(1)).hasMessageContaining("is being completed by another call");
            assertStored(new byte[10]);
        }

        @Test
        @Tag("API-019")
        @Tag("API-020")
        @Tag("MPU-006")
        @Tag("MPU-008")
        void abortion_endsTheUploadHereAndThere() {
            PartsUpload upload = PartsUpload.begin(client);
            upload.part(1, new byte[10]);
            upload.abort();
            assertThat(LOOPBACK.uploads()).isEmpty();
            assertThatThrownBy(() -> upload.part(1, new byte[10]))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("not under way in this client");
            assertThatThrownBy(upload::abort).isInstanceOf(NoSuchUploadException.class);
        }

        @Test
        @Tag("MPU-006")
        @Tag("MPU-008")
        void completion_dropsTheUpload() {
            PartsUpload upload = PartsUpload.begin(client);
            upload.part(1, new byte[10]);
            upload.complete();
            assertThatThrownBy(() -> upload.part(1, new byte[10]))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("not under way in this client");
        }

        @Test
        void completion_ofAnUploadThatIsGone_dropsIt() {
            PartsUpload upload = PartsUpload.begin(client);
            upload.part(1, new byte[10]);
            LOOPBACK.plain.abortMultipartUpload(of -> of.bucket(BUCKET).key("k").uploadId(upload.id));
            assertThatThrownBy(upload::complete).isInstanceOf(NoSuchUploadException.class);
            assertThatThrownBy(upload::complete).hasMessageContaining("not under way in this client");
        }

        @Test
        @Tag("MPU-008")
        void keysAndDigests_afterCompletionAbortionAndClose_areWiped() {
            storeOfSmallParts();
            WatchedCipher cipher = new WatchedCipher();
            EncryptingS3Client watched =
                    LOOPBACK.encrypting().contentCipher(cipher).build();
            PartsUpload completed = PartsUpload.begin(watched, SMALL);
            completed.part(1, new byte[SMALL]);
            cipher.assertAlive(1);
            completed.complete();
            cipher.assertAllWiped(1);
            PartsUpload aborted = PartsUpload.begin(watched);
            aborted.part(1, new byte[10]);
            aborted.abort();
            cipher.assertAllWiped(2);
            PartsUpload.begin(watched).part(1, new byte[10]);
            cipher.assertAlive(1);
            new EncryptingS3Client[] {watched}[0].close();
            cipher.assertAllWiped(3);
        }

        /** Else one upload's parts would go into another's object. */
        @Test
        void creation_withoutAnIdOfItsOwn_isRefused() {
            for (String id : new String[] {"id", null}) {
                S3Client store = new RecordingS3Client(
                                arguments -> arguments.get(0) instanceof CreateMultipartUploadRequest
                                        ? CreateMultipartUploadResponse.builder()
                                                .uploadId(id)
                                                .build()
                                        : null)
                        .client;
                EncryptingS3Client one = LOOPBACK.encrypting().client(store).build();
                if (id != null) {
                    one.createMultipartUpload(to -> to.bucket(BUCKET).key("first"));
                }
                assertThatThrownBy(() -> PartsUpload.begin(one))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContainingAll("s3://bucket/k", "upload id " + id);
                if (id != null) {
                    one.abortMultipartUpload(
                            of -> of.bucket(BUCKET).key("first").uploadId(id));
                    assertThat(PartsUpload.begin(one).id).isEqualTo(id);
                }
            }
        }

        /** A key each, and none of them is ever freed by itself. */
        @Test
        void uploads_moreThanAThousandAtOnce_areRefusedUntilOneEnds() {
            S3Client store = new RecordingS3Client(
                            arguments -> arguments.get(0) instanceof CreateMultipartUploadRequest create
                                    ? CreateMultipartUploadResponse.builder()
                                            .uploadId("id of " + create.key())
                                            .build()
                                    : null)
                    .client;
            EncryptingS3Client many = LOOPBACK.encrypting().client(store).build();
            for (int i = 0; i < UploadsUnderWay.MAX_UPLOADS; i++) {
                String key = "k" + i;
                many.createMultipartUpload(to -> to.bucket(BUCKET).key(key));
            }
            assertThatThrownBy(() -> PartsUpload.begin(many))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("1000 multipart uploads under way");
            many.abortMultipartUpload(to -> to.bucket(BUCKET).key("k5").uploadId("id of k5"));
            assertThat(PartsUpload.begin(many).id).isEqualTo("id of k");
            assertThatThrownBy(() -> PartsUpload.begin(many)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Nested
    class WithInstructionFile {
        private final EncryptingS3Client files = LOOPBACK.encrypting()
                .instructionFiles(InstructionFileConfig.DEFAULT.withWrites(true))
                .build();

        @Test
        void upload_putsTheFileJustBeforeTheObjectAppears() {
            PartsUpload upload = PartsUpload.begin(files, to -> to.metadata(Map.of("author", "me")));
            upload.part(1, new byte[10]);
            assertThat(LOOPBACK.s3.keys(BUCKET)).isEmpty();
            LOOPBACK.s3.clearRequests();
            upload.complete();
            assertThat(LOOPBACK.s3.requests())
                    .extracting(request -> request.method() + " " + request.key())
                    .containsExactly("PUT k.instruction", "POST k");
            assertThat(LOOPBACK.stored("k").metadata())
                    .containsEntry("author", "me")
                    .doesNotContainKey("x-amz-3");
            assertStored(new byte[10]);
        }

        @Test
        void completion_failingAfterTheFile_saysWhatWasLeftBehind() {
            PartsUpload upload = PartsUpload.begin(files);
            upload.part(1, new byte[10]);
            LOOPBACK.s3.injectAlways(request -> request.method().equals("POST"), Fault.status(503));
            assertThatThrownBy(upload::complete)
                    .satisfies(e -> assertThat(e.getSuppressed())
                            .anySatisfy(
                                    left -> assertThat(left).hasMessageContaining("its instruction file was written")));
            LOOPBACK.s3.clearFaults();
            upload.complete();
            assertStored(new byte[10]);
        }

        @Test
        void completion_ofAnUploadThatIsGone_saysWhatWasLeftBehind() {
            PartsUpload upload = PartsUpload.begin(files);
            upload.part(1, new byte[10]);
            LOOPBACK.plain.abortMultipartUpload(of -> of.bucket(BUCKET).key("k").uploadId(upload.id));
            assertThatThrownBy(upload::complete)
                    .isInstanceOf(NoSuchUploadException.class)
                    .satisfies(e -> assertThat(e.getSuppressed())
                            .anySatisfy(
                                    left -> assertThat(left).hasMessageContaining("its instruction file was written")));
        }

        @Test
        void condition_isRefused() {
            PartsUpload upload = PartsUpload.begin(files);
            assertThatThrownBy(() -> upload.complete(to -> to.ifNoneMatch("*")))
                    .isInstanceOf(UnsupportedOperationException.class);
        }
    }

    @Test
    void condition_withTheEnvelopeInMetadata_isS3s() {
        LOOPBACK.s3.putObject(BUCKET, "k", new byte[1], Map.of());
        PartsUpload upload = PartsUpload.begin(client);
        upload.part(1, new byte[10]);
        assertThatThrownBy(() -> upload.complete(to -> to.ifNoneMatch("*")))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(412));
        assertThat(ByteBuffer.wrap(LOOPBACK.stored("k").bytes()).remaining()).isEqualTo(1);
    }

    private static final class FixedRandom extends SecureRandom {
        private static final long serialVersionUID = 1L;

        @Override
        public void nextBytes(byte[] bytes) {
            Arrays.fill(bytes, (byte) 7);
        }
    }

    /** Zeros; the first read says so and waits. */
    private static final class WaitingStream extends FilterInputStream {
        private final CountDownLatch reading;
        private final CountDownLatch goOn;

        WaitingStream(CountDownLatch reading, CountDownLatch goOn) {
            super(new ByteArrayInputStream(new byte[SMALL]));
            this.reading = reading;
            this.goOn = goOn;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            reading.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            return super.read(into, offset, length);
        }
    }
}
