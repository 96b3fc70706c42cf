/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks;

import dev.keywright.benchmarks.client.ClientKind;
import dev.keywright.benchmarks.client.Operation;
import java.util.ArrayList;
import java.util.List;

/**
 * One thing that clients are made to do, each in a process of its own.
 *
 * @param id as in {@code --only}
 * @param count how often it is done and measured in a process
 * @param warmups how often before that
 * @param jvm options of the JVM, beside the JDK's defaults
 * @param everyRound or in the first round only, as what it measures does not move
 */
record Scenario(
        String id,
        Operation operation,
        long lengthBytes,
        int count,
        int warmups,
        List<ClientKind> clients,
        List<String> jvm,
        boolean everyRound) {
    private static final long MIB = 1 << 20;
    private static final List<ClientKind> ALL = List.of(ClientKind.PLAIN, ClientKind.PEER, ClientKind.KEYWRIGHT);
    private static final List<ClientKind> ENCRYPTING = List.of(ClientKind.PEER, ClientKind.KEYWRIGHT);
    private static final List<ClientKind> OURS = List.of(ClientKind.KEYWRIGHT);
    private static final List<ClientKind> KEYS = List.of(ClientKind.KEYWRIGHT, ClientKind.KEYWRIGHT_TOKEN);

    /** Room for the peer. */
    private static final List<String> ROOM = List.of("-Xmx6g");
    /** A young generation of 16 MiB for everybody, so that the peak is what is needed, not what was not collected yet. */
    private static final List<String> FRUGAL = List.of("-Xmx6g", "-XX:+UseSerialGC", "-Xmn16m");

    private static final List<String> SMALL = List.of("-Xmx64m");

    String subject(ClientKind client) {
        return id + "/" + client.name().toLowerCase(java.util.Locale.ROOT);
    }

    /** The key of the object that {@code client} works on. */
    String key(ClientKind client) {
        return switch (operation) {
            case PUT, PUT_IN_PARTS -> "dropped/" + lengthBytes;
            default -> (client == ClientKind.PLAIN ? "plain/" : "sealed/") + lengthBytes;
        };
    }

    /** All of them; smaller for a quick look, whose ratios say less. */
    static List<Scenario> all(boolean quick) {
        long big = (quick ? 256 : 1024) * MIB;
        long huge = 4 * big;
        long middle = 64 * MIB;
        int few = quick ? 100 : 200;
        int many = quick ? 1000 : 4000;
        List<Scenario> all = new ArrayList<>();
        all.add(new Scenario("put-1g", Operation.PUT, big, 1, 0, ALL, ROOM, true));
        all.add(new Scenario("get-unverified-1g", Operation.GET_UNVERIFIED, big, 1, 0, ALL, ROOM, true));
        all.add(new Scenario("get-verified-1g", Operation.GET, big, 1, 0, ENCRYPTING, ROOM, true));
        all.add(new Scenario("get-twice-1g", Operation.GET_READING_TWICE, big, 1, 0, OURS, ROOM, true));
        all.add(new Scenario("get-verified-64m", Operation.GET, middle, 3, 1, ALL, ROOM, true));
        all.add(new Scenario("put-parts-1g", Operation.PUT_IN_PARTS, big, 1, 0, ALL, ROOM, true));
        all.add(new Scenario("range-1m", Operation.GET_RANGE, big, few, few / 4, ALL, ROOM, true));
        all.add(new Scenario("put-1k", Operation.PUT, 1024, many, many, ALL, ROOM, true));
        all.add(new Scenario("get-1k", Operation.GET, 1024, many, many, ALL, ROOM, true));
        all.add(new Scenario("token-put-1k", Operation.PUT, 1024, many, many, KEYS, ROOM, true));
        all.add(new Scenario("heap-put-1g", Operation.PUT, big, 1, 0, ALL, FRUGAL, false));
        all.add(new Scenario("heap-get-1g", Operation.GET, big, 1, 0, ALL, FRUGAL, false));
        all.add(new Scenario("heap-put-64m", Operation.PUT, middle, 1, 0, OURS, FRUGAL, false));
        all.add(new Scenario("heap-get-64m", Operation.GET, middle, 1, 0, OURS, FRUGAL, false));
        all.add(new Scenario("heap-put-4g", Operation.PUT, huge, 1, 0, OURS, FRUGAL, false));
        all.add(new Scenario("heap-get-4g", Operation.GET, huge, 1, 0, OURS, FRUGAL, false));
        all.add(new Scenario("xmx64m-put-1g", Operation.PUT, big, 1, 0, OURS, SMALL, false));
        all.add(new Scenario("xmx64m-put-parts-1g", Operation.PUT_IN_PARTS, big, 1, 0, OURS, SMALL, false));
        all.add(new Scenario("xmx64m-get-unverified-1g", Operation.GET_UNVERIFIED, big, 1, 0, OURS, SMALL, false));
        all.add(new Scenario("xmx64m-get-verified-1g", Operation.GET, big, 1, 0, OURS, SMALL, false));
        all.add(new Scenario("xmx64m-get-twice-1g", Operation.GET_READING_TWICE, big, 1, 0, OURS, SMALL, false));
        all.add(new Scenario("xmx64m-range-1m", Operation.GET_RANGE, big, 10, 0, OURS, SMALL, false));
        return all;
    }
}
