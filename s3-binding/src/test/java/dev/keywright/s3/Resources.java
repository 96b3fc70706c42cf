/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What a process holds at one moment.
 *
 * @param heapBytes the heap's use after a collection
 * @param threads live threads
 * @param files open file descriptors, without the connections
 * @param connections open connections to the server
 * @param temporaryFiles files in the folder for temporary ones, under a name
 */
record Resources(long heapBytes, int threads, int files, int connections, int temporaryFiles) {
    private static final String ESTABLISHED = "01";

    /** Collects garbage, then looks. */
    static Resources now(int serverPort, Path temporary) {
        System.gc();
        int connections = connections(serverPort);
        return new Resources(
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
                ManagementFactory.getThreadMXBean().getThreadCount(),
                entries(Path.of("/proc/self/fd")) - connections,
                connections,
                entries(temporary));
    }

    private static int entries(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return (int) files.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The client's ends, in the kernel's table of both address families. */
    private static int connections(int serverPort) {
        String port = String.format(Locale.ROOT, ":%04X", serverPort);
        int found = 0;
        for (String table : new String[] {"/proc/net/tcp", "/proc/net/tcp6"}) {
            try (Stream<String> lines = Files.lines(Path.of(table))) {
                found += (int) lines.map(line -> line.trim().split("\\s+"))
                        .filter(columns ->
                                columns.length > 3 && columns[2].endsWith(port) && columns[3].equals(ESTABLISHED))
                        .count();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return found;
    }
}
