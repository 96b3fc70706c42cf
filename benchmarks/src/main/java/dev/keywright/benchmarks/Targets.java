/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks;

import dev.keywright.benchmarks.Line.Round;
import dev.keywright.benchmarks.Line.Unit;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Speed and memory to reach, as ratios of things measured in the same round. */
final class Targets {
    static final List<String> AT_64_MIB = List.of(
            "xmx64m-put-1g",
            "xmx64m-put-parts-1g",
            "xmx64m-get-unverified-1g",
            "xmx64m-get-verified-1g",
            "xmx64m-get-twice-1g",
            "xmx64m-range-1m");

    private static final String CONTENT = "/67108864/";
    private static final String OPENSSL = "openssl/aes-256-gcm/1048576";
    private static final double MIB = 1 << 20;

    static final List<Line> LINES = List.of(
            Line.atLeast(
                            "cipher-encrypt",
                            "cipher, encrypt in segments",
                            "OpenSSL, one core",
                            0.60,
                            r -> r.value("cipher/encryptInSegments" + CONTENT + "1", "gbCpu")
                                    / r.value(OPENSSL, "gbCpu"))
                    .on25(0.80),
            Line.atLeast(
                    "cipher-encrypt-threads",
                    "cipher, encrypt in segments",
                    "two threads to one",
                    1.6,
                    r -> r.value("cipher/encryptInSegments" + CONTENT + "2", "gb")
                            / r.value("cipher/encryptInSegments" + CONTENT + "1", "gb")),
            Line.atLeast(
                            "cipher-decrypt",
                            "cipher, decrypt streaming",
                            "OpenSSL, one core",
                            0.36,
                            r -> r.value("cipher/decryptStreaming" + CONTENT + "1", "gbCpu")
                                    / r.value(OPENSSL, "gbCpu"))
                    .on25(0.44),
            Line.atLeast("put-peer", "put 1 GiB", "peer, wall", 2, speed("put-1g", "peer")),
            Line.atMost(
                    "put-peer-cpu",
                    "put 1 GiB",
                    "peer, CPU",
                    0.5,
                    r -> r.value("put-1g/keywright", "cpu") / r.value("put-1g/peer", "cpu")),
            Line.atLeast("put-plain", "put 1 GiB", "plain, wall", 0.5, speed("put-1g", "plain")),
            Line.atLeast(
                    "get-unverified-peer",
                    "get 1 GiB, unverified",
                    "peer, wall",
                    10,
                    speed("get-unverified-1g", "peer")),
            Line.atLeast("get-verified-peer", "get 1 GiB, verified", "peer, wall", 7, speed("get-verified-1g", "peer")),
            Line.atMost(
                    "get-verified",
                    "get 1 GiB, verified",
                    "unverified, wall",
                    1.6,
                    r -> r.value("get-verified-1g/keywright", "wall") / r.value("get-unverified-1g/keywright", "wall")),
            Line.atMost(
                    "get-twice",
                    "get 1 GiB, verified by reading twice",
                    "unverified, wall",
                    1.6,
                    r -> r.value("get-twice-1g/keywright", "wall") / r.value("get-unverified-1g/keywright", "wall")),
            Line.atLeast("get-64m-peer", "get 64 MiB, verified", "peer, wall", 12, speed("get-verified-64m", "peer")),
            Line.atLeast(
                    "put-parts-peer",
                    "multipart put 1 GiB, 2 threads",
                    "peer, wall",
                    2.3,
                    speed("put-parts-1g", "peer")),
            Line.atLeast(
                    "put-parts-plain",
                    "multipart put 1 GiB, 2 threads",
                    "plain, wall",
                    0.75,
                    speed("put-parts-1g", "plain")),
            Line.atLeast("range-peer", "ranged get, 1 MiB of 1 GiB", "peer, wall", 2, speed("range-1m", "peer")),
            Line.atLeast("range-plain", "ranged get, 1 MiB of 1 GiB", "plain, wall", 0.85, speed("range-1m", "plain")),
            Line.atLeast("put-1k-peer", "1 KiB put", "peer, wall", 2, speed("put-1k", "peer")),
            Line.atLeast("put-1k-plain", "1 KiB put", "plain, wall", 0.9, speed("put-1k", "plain")),
            Line.atLeast("get-1k-peer", "1 KiB get", "peer, wall", 3, speed("get-1k", "peer")),
            Line.atLeast("get-1k-plain", "1 KiB get", "plain, wall", 0.9, speed("get-1k", "plain")),
            Line.atMost("heap-put-peer", "heap, put 1 GiB", "peer", 1 / 30.0, heap("heap-put-1g", "heap-put-1g/peer")),
            Line.atMost("heap-get-peer", "heap, get 1 GiB", "peer", 1 / 30.0, heap("heap-get-1g", "heap-get-1g/peer")),
            // The same, but for the digests: a thousandth of what the object is longer.
            Line.atMost("heap-put-size", "heap, put 4 GiB", "above put 64 MiB", 4, grown("heap-put-4g", "heap-put-64m"))
                    .in(Unit.MEBIBYTES),
            Line.atMost("heap-get-size", "heap, get 4 GiB", "above get 64 MiB", 4, grown("heap-get-4g", "heap-get-64m"))
                    .in(Unit.MEBIBYTES),
            Line.atMost("heap-put-plain", "heap, put 1 GiB", "above plain", 64, over("heap-put-1g"))
                    .in(Unit.MEBIBYTES),
            Line.atMost("heap-get-plain", "heap, get 1 GiB", "above plain", 64, over("heap-get-1g"))
                    .in(Unit.MEBIBYTES),
            Line.atLeast(
                            "xmx64m",
                            "1 GiB at -Xmx64m, in every way",
                            "ways that work",
                            AT_64_MIB.size(),
                            r -> AT_64_MIB.stream()
                                    .mapToDouble(id -> r.value(id + "/keywright", "done"))
                                    .sum())
                    .in(Unit.COUNT),
            Line.atMost("first-byte-peer", "first plaintext byte, unverified", "peer", 1 / 50.0, firstByte("peer")),
            Line.atMost("first-byte-plain", "first plaintext byte, unverified", "plain", 1.3, firstByte("plain")),
            Line.atLeast("token-wrap", "AES/GCM wrap on SoftHSM", "SunPKCS11", 2.5, sunPkcs11("wrap")),
            Line.atLeast("token-unwrap", "AES/GCM unwrap on SoftHSM", "SunPKCS11", 2.5, sunPkcs11("unwrap")),
            Line.atLeast(
                    "token-rsa",
                    "RSA-OAEP unwrap on SoftHSM",
                    "the token's own",
                    0.95,
                    r -> r.value("token/rsa-unwrap/native", "cpuMicros")
                            / r.value("token/rsa-unwrap/keywright", "cpuMicros")),
            Line.atLeast(
                    "token-put-1k",
                    "1 KiB put, key on SoftHSM",
                    "key in memory, wall",
                    0.9,
                    r -> r.value("token-put-1k/keywright", "wall") / r.value("token-put-1k/keywright_token", "wall")));

    private Targets() {}

    private static ToDoubleFunction<Round> speed(String scenario, String other) {
        return r -> r.value(scenario + "/" + other, "wall") / r.value(scenario + "/keywright", "wall");
    }

    private static ToDoubleFunction<Round> sunPkcs11(String operation) {
        return r -> r.value("token/aes-" + operation + "/keywright", "perSecond")
                / r.value("token/aes-" + operation + "/sunpkcs11", "perSecond");
    }

    private static ToDoubleFunction<Round> heap(String scenario, String other) {
        return r -> r.value(scenario + "/keywright", "heap") / r.value(other, "heap");
    }

    private static ToDoubleFunction<Round> grown(String larger, String smaller) {
        return r -> (r.value(larger + "/keywright", "heap") - r.value(smaller + "/keywright", "heap")) / MIB;
    }

    private static ToDoubleFunction<Round> over(String scenario) {
        return r -> (r.value(scenario + "/keywright", "heap") - r.value(scenario + "/plain", "heap")) / MIB;
    }

    private static ToDoubleFunction<Round> firstByte(String other) {
        return r -> r.value("get-unverified-1g/keywright", "firstByte")
                / r.value("get-unverified-1g/" + other, "firstByte");
    }
}
