/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.cli.Run.Outcome;
import dev.keywright.testing.MiniKms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KmsTest {
    @TempDir
    private Path folder;

    private MiniKms kms;
    private String key;
    private Path plain;
    private Path sealed;
    private Path opened;

    @BeforeEach
    void start() throws IOException {
        kms = MiniKms.start();
        key = "aws-kms:" + kms.createKey();
        System.setProperty("aws.accessKeyId", "test");
        System.setProperty("aws.secretAccessKey", "test");
        plain = Files.writeString(folder.resolve("plain"), "nobody else's business");
        sealed = folder.resolve("sealed");
        opened = folder.resolve("opened");
    }

    @AfterEach
    void stop() {
        kms.close();
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
    }

    private Outcome keywright(String command, Object... more) {
        Object[] arguments = Stream.concat(
                        Stream.of(
                                command,
                                "--json",
                                "--key",
                                key,
                                "--key-option",
                                "endpoint=" + kms.endpoint(),
                                "--key-option",
                                "region=eu-central-1"),
                        Arrays.stream(more))
                .toArray();
        return new Run().run(arguments);
    }

    private void seal() {
        Outcome outcome = keywright("seal", "--context", "tenant=hush", plain, sealed);
        assertThat(outcome.exitCode()).as(outcome.toString()).isZero();
    }

    @Test
    void seal_withContext_opensWithTheSameContext_oneCallEach() {
        seal();
        assertThat(kms.calls()).hasSize(1);
        assertThat(keywright("open", "--context", "tenant=hush", sealed, opened).exitCode())
                .isZero();
        assertThat(kms.calls()).hasSize(2);
        assertThat(opened).hasSameBinaryContentAs(plain);
    }

    @Test
    void open_withAnotherContext_isAMismatch_withoutAnyValue() {
        seal();
        Outcome outcome = keywright("open", "--context", "tenant=loud", sealed, opened);
        assertThat(outcome.exitCode()).isEqualTo(3);
        assertThat(outcome.errorLine()).contains("\"CONTEXT_MISMATCH\"").doesNotContain("hush", "loud");
        assertThat(opened).doesNotExist();
    }

    @Test
    void open_deniedByKms_isDenied() {
        seal();
        kms.deny();
        Outcome outcome = keywright("open", "--context", "tenant=hush", sealed, opened);
        assertThat(outcome.exitCode()).isEqualTo(3);
        assertThat(outcome.errorLine()).contains("\"DENIED\"").doesNotContain("hush");
        assertThat(opened).doesNotExist();
    }

    @Test
    void seal_disabledKey_isDenied_andWritesNothing() {
        kms.disable(key.substring("aws-kms:".length()));
        Outcome outcome = keywright("seal", plain, sealed);
        assertThat(outcome.exitCode()).isEqualTo(3);
        assertThat(outcome.errorLine()).contains("\"DENIED\"");
        assertThat(sealed).doesNotExist();
    }

    @Test
    void inspect_namesTheContextNamesOnly() {
        seal();
        assertThat(new Run().mustSucceed("inspect", sealed).out())
                .contains("kms+context", "tenant")
                .doesNotContain("hush");
    }
}
