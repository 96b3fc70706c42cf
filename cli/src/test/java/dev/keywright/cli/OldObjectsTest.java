/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.cli.Run.Outcome;
import dev.keywright.envelope.FlatJson;
import dev.keywright.testing.Fault;
import dev.keywright.testing.MiniS3;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What older clients wrote, and envelopes in instruction files. Known answers of the wire format, section 19.1. */
class OldObjectsTest {
    private static final String TEXT = "The quick brown fox jumps over the lazy dog.";
    private static final String MASTER_KEY = "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f";
    private static final byte[] BODY = HexFormat.of()
            .parseHex("c586a4fa58a9e25d6816c7d2e6a12fcb4c6ffd78d105bda06dc408f0b158ca7e"
                    + "3c604493835470f81190a8851efb80cc");
    private static final Map<String, String> V1 = Map.of(
            "x-amz-key", "Snp0X5Vd0kz/QWuB0dVMWFPt67x0zzZMLljQYhPmdee0zyS6H7IZ6JPGPsRpdbzY",
            "x-amz-iv", "sLGys7S1tre4ubq7vL2+vw==",
            "x-amz-matdesc", "{}");
    private static final String POLICY = "require-encrypt-allow-decrypt";

    @TempDir
    private Path folder;

    private MiniS3 s3;
    private Path got;
    private String key;

    @BeforeEach
    void start() throws IOException {
        s3 = MiniS3.start();
        s3.createBucket("bucket");
        System.setProperty("aws.accessKeyId", "test");
        System.setProperty("aws.secretAccessKey", "test");
        System.setProperty("aws.configFile", folder.resolve("no-profile").toString());
        System.setProperty("aws.disableEc2Metadata", "true");
        got = folder.resolve("got");
        key = "aes:" + Files.write(folder.resolve("key"), HexFormat.of().parseHex(MASTER_KEY));
    }

    @AfterEach
    void stop() {
        s3.close();
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
        System.clearProperty("aws.configFile");
        System.clearProperty("aws.disableEc2Metadata");
    }

    private Outcome keywright(Object... arguments) {
        return new Run()
                .run(Stream.concat(
                                Stream.of(
                                        arguments[0],
                                        "--endpoint",
                                        s3.endpoint(),
                                        "--region",
                                        "eu-central-1",
                                        "--path-style"),
                                Arrays.stream(arguments).skip(1))
                        .toArray());
    }

    private Outcome get(Object... more) {
        return keywright(Stream.concat(Stream.of("get", "--key", key, "s3://bucket/k", got), Arrays.stream(more))
                .toArray());
    }

    private static byte[] json(Map<String, String> names) {
        return FlatJson.write(names).getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    @Tag("CLI-010")
    @Tag("CLI-014")
    void get_formatV1_needsEachOfItsSwitchesAndSaysThatNothingWasVerified() throws IOException {
        s3.putObject("bucket", "k", BODY, V1);

        for (String[] tooFew : new String[][] {
            {"--policy", POLICY, "--legacy-wraps"},
            {"--policy", POLICY, "--legacy-content"},
            {"--legacy-wraps", "--legacy-content"}
        }) {
            Outcome refused = get((Object[]) tooFew);
            assertThat(refused.exitCode()).isNotZero();
            assertThat(refused.errorLine()).startsWith("keywright: reading s3://bucket/k");
            assertThat(got).doesNotExist();
        }

        Outcome read = get("--policy", POLICY, "--legacy-wraps", "--legacy-content");
        assertThat(read.exitCode()).isZero();
        assertThat(read.err()).contains("NOT verified");
        assertThat(got).hasContent(TEXT);
    }

    @Test
    void get_instructionFileOfAnotherSuffix_isRead() {
        s3.putObject("bucket", "k", BODY, Map.of());
        s3.putObject("bucket", "k.share", json(V1), Map.of());

        Outcome missing = get("--policy", POLICY, "--legacy-wraps", "--legacy-content");
        assertThat(missing.errorLine()).contains("s3://bucket/k.instruction");

        Outcome read = get("--policy", POLICY, "--legacy-wraps", "--legacy-content", "--instruction-suffix", ".share");
        assertThat(read.exitCode()).as(read.toString()).isZero();
        assertThat(got).hasContent(TEXT);
    }

    @Test
    void put_withAnInstructionFile_isReadBackAndInspected() throws IOException {
        Path plain = Files.writeString(folder.resolve("plain"), TEXT);

        assertThat(keywright("put", "--instruction-file", "--key", key, plain, "s3://bucket/k")
                        .exitCode())
                .isZero();

        assertThat(s3.keys("bucket")).containsExactly("k", "k.instruction");
        assertThat(get().exitCode()).isZero();
        assertThat(got).hasContent(TEXT);
        assertThat(keywright("inspect", "s3://bucket/k").out()).contains("V3, with key commitment", "44 bytes");
    }

    @Test
    @Tag("INT-023")
    void put_thatFailsAfterItsInstructionFile_saysWhatWasLeftBehind() throws IOException {
        Path plain = Files.writeString(folder.resolve("plain"), TEXT);
        s3.injectAlways(request -> request.key().equals("k"), Fault.status(403));

        Outcome failed = keywright("put", "--instruction-file", "--key", key, plain, "s3://bucket/k");

        assertThat(failed.exitCode()).isNotZero();
        assertThat(failed.errorLine()).contains("instruction file was written", "put the object again");
    }

    @Test
    void inspect_formatV1_saysThatItIsNotAuthenticated() {
        s3.putObject("bucket", "k", BODY, V1);

        assertThat(keywright("inspect", "s3://bucket/k").out()).contains("V1", "0x0070", "without authentication");
        assertThat(keywright("inspect", "--json", "s3://bucket/k").out()).contains("\"authenticated\":false");
    }

    @Test
    void inspect_plainObject_namesTheInstructionFileItLookedFor() {
        s3.putObject("bucket", "k", BODY, Map.of());

        assertThat(keywright("inspect", "s3://bucket/k").errorLine())
                .contains("there is no instruction file s3://bucket/k.instruction");
    }

    @Test
    void open_bodyAndInstructionFile_givesThePlaintext() throws IOException {
        Path body = Files.write(folder.resolve("body"), BODY);
        Path instruction = Files.write(folder.resolve("body.instruction"), json(V1));

        Outcome opened = Run.keywright(
                "open",
                "--key",
                key,
                "--policy",
                POLICY,
                "--legacy-wraps",
                "--legacy-content",
                "--instruction",
                instruction,
                body,
                got);

        assertThat(opened.exitCode()).as(opened.toString()).isZero();
        assertThat(opened.err()).contains("NOT verified");
        assertThat(got).hasContent(TEXT);
    }
}
