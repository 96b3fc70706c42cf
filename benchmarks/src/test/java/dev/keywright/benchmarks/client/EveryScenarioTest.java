/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.keywright.benchmarks.endpoint.Endpoint;
import dev.keywright.benchmarks.token.TokenOfThisJvm;
import java.io.IOException;
import java.io.InputStream;
import java.util.EnumSet;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Everything that is measured, once and small, in this process. */
class EveryScenarioTest {
    private static final long SMALL = (1 << 20) + 5;

    /** What a client does not do. */
    private static final Map<ClientKind, EnumSet<Operation>> LACKING = Map.of(
            ClientKind.PLAIN, EnumSet.noneOf(Operation.class),
            ClientKind.PEER, EnumSet.of(Operation.GET_READING_TWICE),
            ClientKind.KEYWRIGHT, EnumSet.noneOf(Operation.class),
            ClientKind.KEYWRIGHT_TOKEN, EnumSet.noneOf(Operation.class));

    private static Endpoint endpoint;

    @BeforeAll
    static void begin() throws IOException {
        TokenOfThisJvm.make();
        endpoint = Endpoint.start();
        for (ClientKind client : ClientKind.values()) {
            run(client, Operation.PUT, "stored/" + client).measure();
        }
    }

    @AfterAll
    static void end() throws IOException {
        endpoint.close();
    }

    private static ClientRun run(ClientKind client, Operation operation, String key) throws IOException {
        return new ClientRun(endpoint.uri(), client, operation, key, SMALL, 1, 0);
    }

    static Stream<Arguments> everything() {
        return Stream.of(ClientKind.values())
                .flatMap(client -> EnumSet.complementOf(LACKING.get(client)).stream()
                        .map(operation -> Arguments.of(client, operation)));
    }

    @ParameterizedTest
    @MethodSource("everything")
    void operation_small_givesFigures(ClientKind client, Operation operation) throws IOException {
        boolean puts = operation == Operation.PUT || operation == Operation.PUT_IN_PARTS;
        ClientRun.Taken taken = run(client, operation, puts ? "dropped/" + client : "stored/" + client)
                .measure();
        assertThat(taken.wallNanos()).isPositive();
        assertThat(taken.cpuNanos()).isNotNegative();
        assertThat(taken.heapPeakBytes()).isPositive();
        assertThat(taken.firstByteNanos() > 0).isEqualTo(!puts);
    }

    static Stream<Arguments> lacking() {
        return Stream.of(ClientKind.values())
                .flatMap(client -> LACKING.get(client).stream().map(operation -> Arguments.of(client, operation)));
    }

    @ParameterizedTest
    @MethodSource("lacking")
    void operation_thatAClientLacks_isNotMeasuredAsAnother(ClientKind client, Operation operation) {
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> run(client, operation, "stored/" + client).measure());
    }

    @Test
    void storedByKeywright_isReadByPeer_wholly() throws IOException {
        try (MeasuredClient peer = ClientKind.PEER.open(endpoint.uri(), Operation.GET);
                InputStream in = peer.get("stored/" + ClientKind.KEYWRIGHT, Operation.GET)) {
            assertThat(in.readAllBytes()).isEqualTo(Plaintext.of(0, SMALL).readAllBytes());
        }
    }

    @ParameterizedTest
    @EnumSource(names = "PEER", mode = EnumSource.Mode.EXCLUDE) // whose cipher is slow until it is compiled
    void storedInParts_isReadAsOne(ClientKind client) throws IOException {
        long length = MeasuredClient.PART_BYTES + SMALL;
        try (MeasuredClient measured = client.open(endpoint.uri(), Operation.PUT_IN_PARTS)) {
            measured.putInParts("parts", length);
            try (InputStream in = measured.get("parts", Operation.GET)) {
                assertThat(in.readAllBytes()).isEqualTo(Plaintext.of(0, length).readAllBytes());
            }
        }
    }

    @Test
    void plainOfTheEndpoint_isThePlaintext() throws IOException {
        try (MeasuredClient plain = ClientKind.PLAIN.open(endpoint.uri(), Operation.GET);
                InputStream in = plain.getRange("plain/" + SMALL, SMALL - 7, 7)) {
            assertThat(in.readAllBytes()).isEqualTo(Plaintext.of(SMALL - 7, 7).readAllBytes());
        }
    }

    @Test
    void otherLength_fails() throws IOException {
        ClientRun shorter = new ClientRun(
                endpoint.uri(), ClientKind.PLAIN, Operation.GET, "stored/" + ClientKind.PLAIN, SMALL - 1, 1, 0);
        assertThatIOException().isThrownBy(shorter::measure).withMessageContaining("bytes of");
    }
}
