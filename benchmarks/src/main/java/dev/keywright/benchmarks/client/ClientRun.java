/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.client;

import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.net.URI;
import java.util.Arrays;

/**
 * One client doing one thing some times over; what it took, as lines of {@code name=number}. As a process, which is how it
 * is measured: each is a fresh JVM, and what the JVM itself takes to start is not counted, what it takes to get going is.
 *
 * @param key the object's; what is put under {@code dropped/} is not kept
 * @param lengthBytes the whole object's plaintext
 * @param count how often, measured
 * @param warmups how often before that, not measured
 */
public record ClientRun(
        URI endpoint, ClientKind client, Operation operation, String key, long lengthBytes, int count, int warmups) {
    /** The middle of an object, at no boundary of anything. */
    private static final long RANGE_OFFSET = 12_345;

    private static final long RANGE_BYTES = 1 << 20;
    private static final int READ_BYTES = 1 << 16;

    /**
     * What it took.
     *
     * @param wallNanos of all measured operations
     * @param cpuNanos the process's, during these
     * @param firstByteNanos median time to the first byte of plaintext; 0 for what reads none
     * @param heapPeakBytes sum of the peaks of the heap's pools, over the whole process
     */
    public record Taken(long wallNanos, long cpuNanos, long firstByteNanos, long heapPeakBytes) {}

    /** The process: its arguments are those of {@link #arguments}. */
    public static void main(String[] args) throws IOException {
        ClientRun run = new ClientRun(
                URI.create(args[0]),
                ClientKind.valueOf(args[1]),
                Operation.valueOf(args[2]),
                args[3],
                Long.parseLong(args[4]),
                Integer.parseInt(args[5]),
                Integer.parseInt(args[6]));
        Taken taken = run.measure();
        System.out.println("wallNanos=" + taken.wallNanos);
        System.out.println("cpuNanos=" + taken.cpuNanos);
        System.out.println("firstByteNanos=" + taken.firstByteNanos);
        System.out.println("heapPeakBytes=" + taken.heapPeakBytes);
        System.out.flush();
        // Clients may have left threads behind.
        System.exit(0);
    }

    /** The arguments of {@link #main}. */
    public String[] arguments() {
        return new String[] {
            endpoint.toString(),
            client.name(),
            operation.name(),
            key,
            Long.toString(lengthBytes),
            Integer.toString(count),
            Integer.toString(warmups)
        };
    }

    /** Runs it in this process. */
    public Taken measure() throws IOException {
        try (MeasuredClient measured = client.open(endpoint, operation)) {
            for (int i = 0; i < warmups; i++) {
                once(measured);
            }
            long[] firstBytes = new long[count];
            long cpuBefore = processCpuNanos();
            long before = System.nanoTime();
            for (int i = 0; i < count; i++) {
                firstBytes[i] = once(measured);
            }
            long wall = System.nanoTime() - before;
            long cpu = processCpuNanos() - cpuBefore;
            Arrays.sort(firstBytes);
            return new Taken(wall, cpu, firstBytes[count / 2], heapPeakBytes());
        }
    }

    /** Gives the time to the first byte. */
    private long once(MeasuredClient measured) throws IOException {
        long before = System.nanoTime();
        switch (operation) {
            case PUT -> measured.put(key, lengthBytes);
            case PUT_IN_PARTS -> measured.putInParts(key, lengthBytes);
            case GET, GET_READING_TWICE, GET_UNVERIFIED -> {
                return read(measured.get(key, operation), 0, lengthBytes, before);
            }
            case GET_RANGE -> {
                long length = Math.min(RANGE_BYTES, lengthBytes / 2);
                long first = Math.min(lengthBytes / 2 + RANGE_OFFSET, lengthBytes - length);
                return read(measured.getRange(key, first, length), first, length, before);
            }
        }
        return 0;
    }

    private static long read(InputStream opened, long first, long expected, long before) throws IOException {
        byte[] buffer = new byte[READ_BYTES];
        long firstByte;
        long total;
        try (InputStream in = opened) {
            int count = in.read(buffer);
            firstByte = System.nanoTime() - before;
            Plaintext.requireSame(first, buffer, count);
            total = count;
            while ((count = in.read(buffer)) > 0) {
                total += count;
            }
        }
        if (total != expected) {
            throw new IOException("read " + total + " bytes of " + expected);
        }
        return firstByte;
    }

    private static long processCpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private static long heapPeakBytes() {
        long bytes = 0;
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            if (pool.getType() == MemoryType.HEAP) {
                bytes += pool.getPeakUsage().getUsed();
            }
        }
        return bytes;
    }
}
