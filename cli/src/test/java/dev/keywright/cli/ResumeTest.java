/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.cli.Run.Outcome;
import dev.keywright.testing.Fault;
import dev.keywright.testing.MiniS3;
import dev.keywright.testing.RecordedRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code put --resume}: an upload that can be stopped and goes on. */
class ResumeTest {
    private static final String OBJECT = "s3://bucket/big";
    private static final int PART = 64 << 10;

    @TempDir
    private Path folder;

    private final byte[] content = new byte[4 * PART + 1];
    private MiniS3 s3;
    private Path plain;
    private Path state;
    private String key;

    @BeforeEach
    void start() throws IOException {
        s3 = MiniS3.start();
        s3.createBucket("bucket");
        s3.minimumPartBytes(1);
        new Random(4).nextBytes(content);
        plain = Files.write(folder.resolve("plain"), content);
        state = folder.resolve("state");
        byte[] master = new byte[32];
        new Random(1).nextBytes(master);
        key = "aes:" + Files.write(folder.resolve("key"), master);
        System.setProperty("aws.accessKeyId", "test");
        System.setProperty("aws.secretAccessKey", "test");
        System.setProperty("aws.configFile", folder.resolve("no-profile").toString());
    }

    @AfterEach
    void stop() {
        s3.close();
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
        System.clearProperty("aws.configFile");
    }

    private List<String> put(Object... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "put",
                "--endpoint",
                s3.endpoint().toString(),
                "--region",
                "eu-central-1",
                "--path-style",
                "--part-size",
                "64KiB",
                "--key",
                key));
        arguments.addAll(Arrays.stream(more).map(Object::toString).toList());
        arguments.addAll(List.of(plain.toString(), OBJECT));
        return arguments;
    }

    private Outcome run(Object... more) {
        return new Run().run(put(more).toArray());
    }

    private static boolean isPart(RecordedRequest request, int number) {
        return request.method().equals("PUT")
                && String.valueOf(number).equals(request.query().get("partNumber"));
    }

    private long uploadsBegun() {
        return s3.requests().stream()
                .filter(request -> request.query().containsKey("uploads"))
                .count();
    }

    private void assertStored() throws IOException {
        Path got = folder.resolve("got");
        new Run()
                .mustSucceed(
                        "get",
                        "--endpoint",
                        s3.endpoint(),
                        "--region",
                        "eu-central-1",
                        "--path-style",
                        "--key",
                        key,
                        OBJECT,
                        got);
        assertThat(got).hasBinaryContent(content);
        assertThat(state).doesNotExist();
    }

    @Test
    void put_withResume_storesInPartsOfThatSizeAndRemovesTheState() throws IOException {
        Outcome outcome = run("--resume", state);
        assertThat(outcome.exitCode()).as("%s", outcome).isZero();
        assertThat(s3.object("bucket", "big").etag()).endsWith("-5\"");
        assertStored();
    }

    @Test
    void put_failingMidway_saysHowToGoOnAndThenDoes() throws IOException {
        s3.injectAlways(request -> isPart(request, 3), Fault.status(403));
        Outcome failed = run("--resume", state);
        assertThat(failed.exitCode()).isEqualTo(ExitCode.IO.code);
        assertThat(failed.errorLine())
                .contains(OBJECT, "S3 denies access", "repeat the command with --resume " + state);
        assertThat(state).exists();
        s3.clearFaults();
        assertThat(run("--resume", state).exitCode()).isZero();
        assertThat(uploadsBegun()).isEqualTo(1);
        assertStored();
    }

    @Test
    void put_fileChangedMeanwhile_isRefusedUntilItBeginsAnew() throws IOException {
        s3.injectAlways(request -> isPart(request, 3), Fault.status(403));
        run("--resume", state);
        s3.clearFaults();
        content[5] ^= 1;
        Files.write(plain, content);
        Outcome refused = run("--resume", state);
        assertThat(refused.exitCode()).isEqualTo(ExitCode.INTEGRITY.code);
        assertThat(refused.errorLine()).contains("changed between two attempts", "discard");
        assertThat(run("--resume", state, "--restart").exitCode()).isZero();
        assertThat(uploadsBegun()).isEqualTo(2);
        assertStored();
    }

    @Test
    void put_stateThatIsNone_isRefused() throws IOException {
        Files.writeString(state, "hello");
        Outcome refused = run("--resume", state);
        assertThat(refused.exitCode()).isEqualTo(ExitCode.FORMAT.code);
        assertThat(refused.errorLine()).contains(state.toString());
        assertThat(s3.requests()).isEmpty();
    }

    @Test
    void put_stateWhoseUploadIsGone_isRefusedSayingWhatToDo() {
        s3.injectAlways(request -> isPart(request, 3), Fault.status(403));
        run("--resume", state);
        s3.clearFaults();
        s3.injectAlways(
                request -> request.method().equals("GET") && request.query().containsKey("uploadId"),
                Fault.status(404));
        Outcome refused = run("--resume", state);
        assertThat(refused.exitCode()).isEqualTo(ExitCode.IO.code);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "15", "8Mib2", "-1", "2GiB", "5GiB", "x"})
    void put_partSizeThatNoPartCanHave_isMisuse(String size) {
        Outcome outcome = run("--part-size", size);
        assertThat(outcome.exitCode()).isEqualTo(ExitCode.USAGE.code);
        assertThat(s3.requests()).isEmpty();
    }

    @Test
    void put_resumeOfStandardInput_orRestartOfNothing_isMisuse() {
        Outcome input = keywright("put", "--key", key, "--resume", state, "-", OBJECT);
        assertThat(input.exitCode()).isEqualTo(ExitCode.USAGE.code);
        assertThat(input.errorLine()).contains("--resume needs a file");
        Outcome nothing = keywright("put", "--key", key, "--restart", plain, OBJECT);
        assertThat(nothing.exitCode()).isEqualTo(ExitCode.USAGE.code);
        assertThat(nothing.errorLine()).contains("--restart goes with --resume");
    }

    private static Outcome keywright(Object... arguments) {
        return Run.keywright(arguments);
    }

    private static boolean holdBack(RecordedRequest request, CountDownLatch arrived, CountDownLatch stopped) {
        if (!isPart(request, 3)) {
            return false;
        }
        arrived.countDown();
        try {
            stopped.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return true;
    }

    /** The server says when: a part has arrived, and is never answered. */
    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    @Timeout(value = 2, unit = TimeUnit.MINUTES)
    void put_toldToStop_endsInOrderSayingHowToGoOn() throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        s3.injectAlways(request -> holdBack(request, arrived, stopped), Fault.noAnswer());
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Daws.accessKeyId=test",
                "-Daws.secretAccessKey=test",
                "-cp",
                System.getProperty("java.class.path"),
                Keywright.class.getName()));
        command.addAll(put("--resume", state));
        Path said = folder.resolve("said");
        Process process =
                new ProcessBuilder(command).redirectError(said.toFile()).start();
        arrived.await();
        process.destroy();
        assertThat(process.waitFor()).isNotZero();
        stopped.countDown();
        assertThat(said).content().contains("repeat the command with --resume " + state);
        s3.clearFaults();
        assertThat(run("--resume", state).exitCode()).isZero();
        assertThat(uploadsBegun()).isEqualTo(1);
        assertStored();
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("plain", "key", "said", "got");
        }
    }
}
