/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static dev.keywright.s3.Loopback.BUCKET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.keywright.envelope.CommitmentPolicy;
import dev.keywright.jca.JcaKeyrings;
import dev.keywright.spi.FormatException;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.KeywrightException;
import dev.keywright.spi.PolicyException;
import dev.keywright.testing.Fault;
import dev.keywright.testing.RecordedRequest;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.DelegatingS3Client;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/** An upload goes on where it stopped, and never encrypts two plaintexts in one place. */
class ResumableUploadTest {
    @AutoClose
    private static final Loopback LOOPBACK = new Loopback();

    private static final int PART = 64 << 10;
    private static final int LENGTH = 5 * PART + 7;

    private final WireTap wire = new WireTap();
    private final byte[] plaintext = Loopback.bytes(LENGTH);

    @TempDir
    private Path folder;

    private Path file;
    private Path state;

    @BeforeEach
    void start() throws IOException {
        LOOPBACK.reset();
        LOOPBACK.s3.minimumPartBytes(PART);
        file = Files.write(folder.resolve("file"), plaintext);
        state = folder.resolve("state");
    }

    /** One thread, so that the order of parts is known. */
    private EncryptingS3Client.Builder builder() {
        return LOOPBACK.encrypting()
                .client(wire.client(LOOPBACK.s3.endpoint()))
                .partBytes(PART)
                .multipartThreads(1);
    }

    private static PutObjectRequest request() {
        return PutObjectRequest.builder()
                .bucket(BUCKET)
                .key("k")
                .metadata(Map.of("author", "me"))
                .build();
    }

    private ResumableUpload upload() {
        return ResumableUpload.of(request(), file, state);
    }

    private static boolean isPart(RecordedRequest request) {
        return request.method().equals("PUT") && request.query().containsKey("partNumber");
    }

    private static boolean isPart(RecordedRequest request, int number) {
        return isPart(request) && request.query().get("partNumber").equals(String.valueOf(number));
    }

    /** Whether it is that part; if it is, says so and lets it wait before it is answered. */
    private static boolean holdBack(RecordedRequest request, int number, CountDownLatch arrived, CountDownLatch goOn) {
        if (!isPart(request, number)) {
            return false;
        }
        arrived.countDown();
        try {
            goOn.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return true;
    }

    private static List<String> partsSent() {
        return LOOPBACK.s3.requests().stream()
                .filter(ResumableUploadTest::isPart)
                .map(request -> request.query().get("partNumber"))
                .toList();
    }

    /** Begins, and fails when the part is sent. */
    private void beginAndFailAt(int part) {
        LOOPBACK.s3.injectAlways(request -> isPart(request, part), Fault.status(503));
        assertThatThrownBy(() -> builder().build().putObject(upload())).isInstanceOf(S3Exception.class);
        LOOPBACK.s3.clearFaults();
        assertThat(state).exists();
        assertThat(LOOPBACK.uploads()).hasSize(1);
        LOOPBACK.s3.clearRequests();
        wire.attempts.clear();
    }

    private void assertStoredAndNothingLeft(byte[] expected) throws IOException {
        assertThat(LOOPBACK.encrypting
                        .getObjectAsBytes(from -> from.bucket(BUCKET).key("k"))
                        .asByteArrayUnsafe())
                .isEqualTo(expected);
        assertThat(LOOPBACK.stored("k").metadata()).containsEntry("author", "me");
        assertOnlyTheFileIsLeft();
        assertThat(LOOPBACK.uploads()).isEmpty();
    }

    private void assertOnlyTheFileIsLeft() throws IOException {
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).containsExactly(file);
        }
    }

    private void assertNothingSent() {
        assertThat(wire.attempts).isEmpty();
        assertThat(LOOPBACK.s3.keys(BUCKET)).isEmpty();
    }

    @Nested
    class GoingOn {
        @ParameterizedTest
        @ValueSource(ints = {0, 1, PART - 1, PART, PART + 1, 3 * PART, LENGTH})
        void putObject_withoutInterruption_storesTheFile(int length) throws IOException {
            Files.write(file, Arrays.copyOf(plaintext, length));
            List<ResumableUpload.Progress> progress = new ArrayList<>();
            builder().multipartThreads(3).build().putObject(ResumableUpload.of(request(), file, state, progress::add));
            assertStoredAndNothingLeft(Arrays.copyOf(plaintext, length));
            int parts = Math.max(1, (length + PART - 1) / PART);
            assertThat(progress)
                    .hasSize(parts)
                    .last()
                    .isEqualTo(new ResumableUpload.Progress(length, length, parts, parts));
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 2, 4, 6})
        void putObject_afterAFailure_sendsOnlyWhatIsMissing(int failing) throws IOException {
            beginAndFailAt(failing);
            List<ResumableUpload.Progress> progress = new ArrayList<>();
            builder().build().putObject(ResumableUpload.of(request(), file, state, progress::add));
            assertThat(partsSent())
                    .isEqualTo(Stream.iterate(failing, number -> number + 1)
                            .limit(6L - failing + 1)
                            .map(String::valueOf)
                            .toList());
            assertThat(progress).hasSize(6);
            assertStoredAndNothingLeft(plaintext);
        }

        @Test
        void putObject_inFormatV2_goesOn() throws IOException {
            EncryptingS3Client v2 = builder()
                    .commitmentPolicy(CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT)
                    .build();
            LOOPBACK.s3.injectAlways(request -> isPart(request, 3), Fault.status(503));
            assertThatThrownBy(() -> v2.putObject(upload())).isInstanceOf(S3Exception.class);
            LOOPBACK.s3.clearFaults();
            v2.putObject(upload());
            assertThat(v2.getObjectAsBytes(from -> from.bucket(BUCKET).key("k")).asByteArray())
                    .isEqualTo(plaintext);
        }

        @Test
        void putObject_aPartWhoseAnswerWasLost_isSentAgainAsItWas() throws IOException {
            LOOPBACK.s3.injectAlways(request -> isPart(request, 2), Fault.noAnswer());
            assertThatThrownBy(() -> builder().build().putObject(upload()))
                    .isInstanceOf(software.amazon.awssdk.core.exception.SdkClientException.class);
            byte[] before = wire.attempts.get(wire.attempts.size() - 1).bytes();
            LOOPBACK.s3.clearFaults();
            wire.attempts.clear();
            builder().build().putObject(upload());
            assertThat(wire.attempts.stream().map(WireTap.Attempt::bytes)).contains(before);
            assertStoredAndNothingLeft(plaintext);
        }

        /** The server says when: the third part has arrived, and is never answered. */
        @Test
        @Timeout(value = 2, unit = TimeUnit.MINUTES)
        void putObject_inAProcessThatWasKilled_goesOnInAnother() throws Exception {
            CountDownLatch arrived = new CountDownLatch(1);
            CountDownLatch killed = new CountDownLatch(1);
            LOOPBACK.s3.injectAlways(request -> holdBack(request, 3, arrived, killed), Fault.noAnswer());
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx64m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            ResumableMain.class.getName(),
                            LOOPBACK.s3.endpoint().toString(),
                            file.toString(),
                            state.toString(),
                            String.valueOf(PART))
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("said").toFile())
                    .start();
            arrived.await();
            process.destroyForcibly().waitFor();
            killed.countDown();
            assertThat(folder.resolve("said")).isEmptyFile();
            Files.delete(folder.resolve("said"));
            LOOPBACK.s3.clearFaults();
            LOOPBACK.s3.clearRequests();
            assertThat(state).exists();
            builder().build().putObject(upload());
            assertThat(partsSent()).contains("3").doesNotContain("1");
            assertStoredAndNothingLeft(plaintext);
        }

        @Test
        void putObject_cancelled_stopsBetweenPartsAndGoesOnLater() throws IOException {
            ResumableUpload[] one = new ResumableUpload[1];
            one[0] = ResumableUpload.of(request(), file, state, progress -> {
                if (progress.parts() == 2) {
                    one[0].cancel();
                }
            });
            assertThatThrownBy(() -> builder().build().putObject(one[0])).isInstanceOf(CancellationException.class);
            assertThat(partsSent()).containsExactly("1", "2");
            builder().build().putObject(upload());
            assertStoredAndNothingLeft(plaintext);
        }

        @Test
        void putObject_interrupted_isAnAbortAndGoesOnLater() throws IOException {
            ResumableUpload one = ResumableUpload.of(request(), file, state, progress -> {
                if (progress.parts() == 2) {
                    Thread.currentThread().interrupt();
                }
            });
            Throwable thrown = catchThrowable(() -> builder().build().putObject(one));
            assertThat(Thread.interrupted()).isTrue();
            assertThat(thrown)
                    .isInstanceOf(AbortedException.class)
                    .hasMessageContainingAll("s3://bucket/k", "interrupted");
            builder().build().putObject(upload());
            assertStoredAndNothingLeft(plaintext);
        }

        /** It has nothing left to send, and waits for the other, which would wait for ever. */
        @Test
        @Timeout(60)
        void putObject_interruptedWhileAnotherThreadSends_endsThatToo() throws IOException {
            Files.write(file, Arrays.copyOf(plaintext, PART + 1));
            Thread caller = Thread.currentThread();
            CountDownLatch sending = new CountDownLatch(1);
            CountDownLatch never = new CountDownLatch(1);
            S3Client below = new DelegatingS3Client(LOOPBACK.plain) {
                @Override
                public UploadPartResponse uploadPart(UploadPartRequest request, RequestBody body) {
                    try {
                        if (Thread.currentThread() == caller) {
                            sending.await();
                        } else {
                            sending.countDown();
                            never.await();
                        }
                    } catch (InterruptedException e) {
                        throw AbortedException.create("interrupted", e);
                    }
                    UploadPartResponse response = super.uploadPart(request, body);
                    caller.interrupt();
                    return response;
                }
            };
            Throwable thrown = catchThrowable(
                    () -> builder().client(below).multipartThreads(2).build().putObject(upload()));
            assertThat(Thread.interrupted()).isTrue();
            assertThat(thrown).isInstanceOf(AbortedException.class);
            builder().build().putObject(upload());
            assertStoredAndNothingLeft(Arrays.copyOf(plaintext, PART + 1));
        }

        @Test
        void putObject_completedButTheAnswerWasLost_isDone() throws IOException {
            LOOPBACK.s3.injectAlways(
                    request ->
                            request.method().equals("POST") && request.query().containsKey("uploadId"),
                    Fault.statusAfterEffect(500));
            assertThatThrownBy(() -> builder().build().putObject(upload())).isInstanceOf(S3Exception.class);
            LOOPBACK.s3.clearFaults();
            LOOPBACK.s3.clearRequests();
            assertThat(builder().build().putObject(upload()).eTag())
                    .isEqualTo(LOOPBACK.stored("k").etag());
            assertThat(partsSent()).isEmpty();
            assertStoredAndNothingLeft(plaintext);
        }

        @Test
        void putObject_withInstructionFile_putsItAtTheEnd() throws IOException {
            EncryptingS3Client files = builder()
                    .instructionFiles(InstructionFileConfig.DEFAULT.withWrites(true))
                    .build();
            LOOPBACK.s3.injectAlways(request -> isPart(request, 3), Fault.status(503));
            assertThatThrownBy(() -> files.putObject(upload())).isInstanceOf(S3Exception.class);
            assertThat(LOOPBACK.s3.keys(BUCKET)).isEmpty();
            LOOPBACK.s3.clearFaults();
            files.putObject(upload());
            assertThat(LOOPBACK.s3.keys(BUCKET)).containsExactly("k", "k.instruction");
            assertStoredAndNothingLeft(plaintext);
        }

        /** Where the envelope goes was decided, and half of it sent, when the upload began. */
        @ParameterizedTest
        @ValueSource(booleans = {true, false})
        void putObject_byAClientThatPutsEnvelopesElsewhere_goesOnAsItWasBegun(boolean toFile) throws IOException {
            EncryptingS3Client.Builder[] clients = {builder(), builder()};
            clients[toFile ? 0 : 1].instructionFiles(InstructionFileConfig.DEFAULT.withWrites(true));
            LOOPBACK.s3.injectAlways(request -> isPart(request, 3), Fault.status(503));
            assertThatThrownBy(() -> clients[0].build().putObject(upload())).isInstanceOf(S3Exception.class);
            LOOPBACK.s3.clearFaults();
            clients[1].build().putObject(upload());
            assertStoredAndNothingLeft(plaintext);
            assertThat(LOOPBACK.s3.keys(BUCKET))
                    .containsExactly(toFile ? new String[] {"k", "k.instruction"} : new String[] {"k"});
        }
    }

    @Nested
    class ChangedFile {
        /** Sent and stored, sent without success, and never encrypted. */
        @ParameterizedTest
        @ValueSource(ints = {5, 2 * PART + 5})
        @Tag("MPU-005")
        void putObject_fileChangedInAPartThatWasEncrypted_isRefusedAndNothingOfTheChangeIsSent(int at)
                throws IOException {
            beginAndFailAt(3);
            plaintext[at] ^= 1;
            Files.write(file, plaintext);
            assertThatThrownBy(() -> builder().build().putObject(upload()))
                    .isInstanceOfSatisfying(
                            IntegrityException.class,
                            e -> assertThat(e.stage()).isEqualTo(IntegrityException.Stage.CONTENT))
                    .hasMessageContainingAll(
                            file.toString(),
                            "changed between two attempts",
                            "near byte " + at / PART * PART,
                            "discard");
            assertThat(partsSent()).isEmpty();
            assertNothingSent();
        }

        @ParameterizedTest
        @ValueSource(ints = {LENGTH - 1, LENGTH + 1, 0})
        void putObject_fileOfAnotherLength_isRefused(int length) throws IOException {
            beginAndFailAt(3);
            Files.write(file, Arrays.copyOf(plaintext, length));
            assertThatThrownBy(() -> builder().build().putObject(upload()))
                    .isInstanceOf(IntegrityException.class)
                    .hasMessageContainingAll(length + " bytes, and had " + LENGTH, "begin anew");
            assertNothingSent();
        }

        /** What no state knows of was never encrypted: it may be what it likes. */
        @Test
        void putObject_fileChangedWhereNothingWasEncrypted_isStoredAsItIs() throws IOException {
            beginAndFailAt(2);
            plaintext[4 * PART] ^= 1;
            Files.write(file, plaintext);
            builder().build().putObject(upload());
            assertStoredAndNothingLeft(plaintext);
        }
    }

    @Nested
    class State {
        private Properties properties() throws IOException {
            Properties properties = new Properties();
            properties.load(new StringReader(Files.readString(state)));
            return properties;
        }

        private void write(Properties properties) throws IOException {
            StringWriter text = new StringWriter();
            properties.store(text, null);
            Files.writeString(state, text.toString());
        }

        private void assertRefused(Class<? extends Exception> type) {
            assertThatThrownBy(() -> builder().build().putObject(upload())).isInstanceOf(type);
            assertNothingSent();
        }

        @Test
        void state_ofAnotherLayoutOfLines_isTheSame() throws IOException {
            beginAndFailAt(3);
            write(properties());
            builder().build().putObject(upload());
            assertStoredAndNothingLeft(plaintext);
        }

        @Test
        void state_alteredInAnyField_isRefusedAndNothingIsSent() throws IOException {
            beginAndFailAt(3);
            byte[] good = Files.readAllBytes(state);
            for (String name : properties().stringPropertyNames()) {
                Properties altered = properties();
                String value = altered.getProperty(name);
                char first = value.charAt(0);
                altered.setProperty(
                        name, (char) (first == '1' ? '2' : first == 'A' ? 'B' : first + 1) + value.substring(1));
                write(altered);
                Throwable thrown = catchThrowable(() -> builder().build().putObject(upload()));
                assertThat(thrown)
                        .as(name)
                        .isInstanceOfAny(KeywrightException.class, IllegalArgumentException.class)
                        .hasMessageContaining(state.toString());
                assertNothingSent();
                Files.write(state, good);
            }
            Properties more = properties();
            more.setProperty("etag.5", "\"0\"");
            write(more);
            assertRefused(IntegrityException.class);
            Properties fewer = properties();
            fewer.remove("etag.1");
            write(fewer);
            assertRefused(IntegrityException.class);
        }

        @Test
        void state_truncatedAnywhere_isRefusedAndNothingIsSent() throws IOException {
            beginAndFailAt(3);
            byte[] whole = Files.readAllBytes(state);
            int lastThatMatters =
                    new String(whole, StandardCharsets.UTF_8).stripTrailing().length() - 1;
            for (int length = 0; length <= lastThatMatters; length += 41) {
                Files.write(state, Arrays.copyOf(whole, length));
                Throwable thrown = catchThrowable(() -> builder().build().putObject(upload()));
                assertThat(thrown)
                        .as("%d of %d bytes", length, whole.length)
                        .isInstanceOfAny(FormatException.class, IntegrityException.class);
                assertNothingSent();
            }
        }

        @Test
        void state_ofAnotherObject_isRefused() throws IOException {
            beginAndFailAt(3);
            assertThatThrownBy(() -> builder()
                            .build()
                            .putObject(ResumableUpload.of(
                                    request().toBuilder().key("other").build(), file, state)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("s3://bucket/k", "s3://bucket/other");
            assertNothingSent();
        }

        @Test
        void state_ofAnotherMasterKey_isRefused() throws IOException {
            beginAndFailAt(3);
            try (Keyring other = JcaKeyrings.platform().aes("other", new byte[32])) {
                assertThatThrownBy(() -> builder().keyring(other).build().putObject(upload()))
                        .isInstanceOf(KeywrightException.class)
                        .hasMessageContaining(state.toString());
            }
            assertNothingSent();
        }

        @Test
        void state_ofAnotherSuite_isRefusedByPolicy() throws IOException {
            beginAndFailAt(3);
            assertThatThrownBy(() -> builder()
                            .commitmentPolicy(CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT)
                            .build()
                            .putObject(upload()))
                    .isInstanceOf(PolicyException.class)
                    .hasMessageContaining("the settings that it was begun with");
            assertNothingSent();
        }

        /** What was created has half an envelope: without its file nobody could open it. */
        @Test
        void state_thatForgotItsInstructionFile_isRefused() throws IOException {
            EncryptingS3Client files = builder()
                    .instructionFiles(InstructionFileConfig.DEFAULT.withWrites(true))
                    .build();
            LOOPBACK.s3.injectAlways(request -> isPart(request, 3), Fault.status(503));
            assertThatThrownBy(() -> files.putObject(upload())).isInstanceOf(S3Exception.class);
            LOOPBACK.s3.clearFaults();
            wire.attempts.clear();
            assertThatThrownBy(() -> builder()
                            .build()
                            .putObject(ResumableUpload.of(
                                    request().toBuilder().ifNoneMatch("*").build(), file, state)))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("condition");
            assertNothingSent();
            Properties without = properties();
            assertThat(without.remove("instruction-file")).isEqualTo("true");
            write(without);
            assertRefused(IntegrityException.class);
        }

        /** An older copy: S3 has parts that it doesn't know. */
        @Test
        void state_olderThanTheUpload_isRefused() throws IOException {
            beginAndFailAt(2);
            byte[] older = Files.readAllBytes(state);
            LOOPBACK.s3.injectAlways(request -> isPart(request, 5), Fault.status(503));
            assertThatThrownBy(() -> builder().build().putObject(upload())).isInstanceOf(S3Exception.class);
            LOOPBACK.s3.clearFaults();
            wire.attempts.clear();
            Files.write(state, older);
            assertThatThrownBy(() -> builder().build().putObject(upload()))
                    .isInstanceOf(IntegrityException.class)
                    .hasMessageContainingAll("S3 has part 3", "older than the upload");
            assertNothingSent();
        }

        @Test
        void state_whoseUploadIsGone_isRefusedSayingWhatToDo() throws IOException {
            beginAndFailAt(3);
            LOOPBACK.reset();
            assertThatThrownBy(() -> builder().build().putObject(upload()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContainingAll("no longer at S3", "discard");
            LOOPBACK.s3.putObject(BUCKET, "k", new byte[1], Map.of("x-amz-c", "115"));
            assertThatThrownBy(() -> builder().build().putObject(upload())).isInstanceOf(IllegalStateException.class);
        }

        @Test
        void state_whatever_isNotTakenForOne() throws IOException {
            for (String text : List.of("", "hello", "keywright-upload-state=2", "\\u12", "a=b\n".repeat(5_000_000))) {
                Files.writeString(state, text);
                assertRefused(FormatException.class);
            }
        }

        @Test
        @EnabledOnOs({OS.LINUX, OS.MAC})
        void state_isItsOwnersOnly() throws IOException {
            beginAndFailAt(3);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(state)))
                    .isEqualTo("rw-------");
        }

        @Test
        void state_inUse_isRefusedToAnotherUpload() throws Exception {
            CountDownLatch arrived = new CountDownLatch(1);
            CountDownLatch goOn = new CountDownLatch(1);
            LOOPBACK.s3.inject(request -> holdBack(request, 2, arrived, goOn), 1, Fault.status(503));
            Thread first = new Thread(() -> builder().build().putObject(upload()));
            first.start();
            arrived.await();
            assertThatThrownBy(() -> builder().build().putObject(upload()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("another upload works with the state");
            goOn.countDown();
            first.join();
            assertStoredAndNothingLeft(plaintext);
        }

        /** As a process leaves it that is killed while it writes. */
        @Test
        void state_halfWrittenBeside_isOverwritten() throws IOException {
            beginAndFailAt(3);
            Files.writeString(folder.resolve("state.new"), "half of a sta");
            builder().build().putObject(upload());
            assertStoredAndNothingLeft(plaintext);
        }

        @Test
        void state_whoseFolderIsMissing_failsBeforeAnythingIsSent() {
            Path nowhere = folder.resolve("missing").resolve("state");
            assertThatThrownBy(() -> builder().build().putObject(ResumableUpload.of(request(), file, nowhere)))
                    .isInstanceOf(java.io.UncheckedIOException.class)
                    .hasMessageContaining("missing");
            assertThat(LOOPBACK.s3.requests()).isEmpty();
        }
    }

    @Nested
    class Discarding {
        @Test
        void discard_abortsTheUploadAndRemovesTheState() throws IOException {
            beginAndFailAt(3);
            builder().build().discard(upload());
            assertThat(LOOPBACK.uploads()).isEmpty();
            assertOnlyTheFileIsLeft();
            builder().build().discard(upload());
            builder().build().putObject(upload());
            assertStoredAndNothingLeft(plaintext);
        }

        @Test
        void discard_ofAnUploadThatIsGone_removesTheState() throws IOException {
            beginAndFailAt(3);
            LOOPBACK.reset();
            builder().build().discard(upload());
            assertOnlyTheFileIsLeft();
        }

        @Test
        void discard_ofAnotherObjectsState_isRefused() throws IOException {
            beginAndFailAt(3);
            assertThatThrownBy(() -> builder()
                            .build()
                            .discard(ResumableUpload.of(
                                    request().toBuilder().key("other").build(), file, state)))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(LOOPBACK.uploads()).hasSize(1);
        }
    }

    @Test
    void putObject_withAChecksum_isRefused() {
        assertThatThrownBy(() -> builder()
                        .build()
                        .putObject(ResumableUpload.of(
                                request().toBuilder().checksumCRC32("AAAAAA==").build(), file, state)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("leave them out");
        assertThatThrownBy(() -> builder()
                        .build()
                        .putObject(ResumableUpload.of(
                                request().toBuilder().contentLength(5L).build(), file, state)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("contentLength 5");
        assertThat(LOOPBACK.s3.requests()).isEmpty();
    }
}
