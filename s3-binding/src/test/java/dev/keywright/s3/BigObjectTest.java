/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.testing.MiniS3;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Constant memory: an object of many times the heap is put, and read verified: by way of a temporary
 * file, twice, and in verified ranges; and as one unverified range. By default 160 MiB in a heap of 24 MiB, and of 48 MiB in
 * parts; the slow form is
 *
 * <pre>{@code
 * mvn -pl s3-binding -am test -Dtest=BigObjectTest -Dsurefire.failIfNoSpecifiedTests=false \
 *     -Dkeywright.big.bytes=2147483648 -Dkeywright.big.heap=64m
 * }</pre>
 */
@Tag("slow")
class BigObjectTest {
    private static final Pattern LISTENS = Pattern.compile("MiniS3 listens on (\\S+)");

    private final long bytes = Long.getLong("keywright.big.bytes", 160L << 20);

    @ParameterizedTest
    @CsvSource({"whole, 24m", "parts, 48m", "async, 32m"})
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void object_manyTimesTheHeap_isPutAndReadVerified(String way, String usualHeap, @TempDir Path folder)
            throws Exception {
        String heap = System.getProperty("keywright.big.heap", usualHeap);
        Process server = JavaProcess.start("64m", MiniS3.class, "0", folder.toString());
        try (BufferedReader said = server.inputReader(StandardCharsets.UTF_8)) {
            Matcher listens = LISTENS.matcher(said.readLine());
            assertThat(listens.find()).isTrue();
            Process client = JavaProcess.start(
                    heap, BigObject.class, listens.group(1), String.valueOf(bytes), folder.toString(), way);
            List<String> lines = client.inputReader(StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("WARNING: ")) // of newer JDKs, about Netty
                    .toList();
            assertThat(client.waitFor()).as("%s", lines).isZero();
            assertThat(lines.get(0)).matches("put [0-9a-f]{64}");
            String sum = lines.get(0).substring("put ".length());
            List<String> readings =
                    way.equals("async") ? List.of("got") : List.of("SPOOL", "READ_TWICE", "RANGE", "OPENED");
            assertThat(lines.subList(1, lines.size()))
                    .containsExactlyElementsOf(readings.stream()
                            .map(reading -> reading + " " + sum)
                            .toList());
        } finally {
            server.destroy();
            server.onExit().join();
        }
        assertThat(folder).as("nothing is left behind").isEmptyDirectory();
    }
}
