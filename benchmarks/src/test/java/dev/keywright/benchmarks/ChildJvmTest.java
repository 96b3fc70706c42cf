/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keywright.benchmarks.client.ClientKind;
import dev.keywright.benchmarks.client.ClientRun;
import dev.keywright.benchmarks.client.Operation;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildJvmTest {
    @TempDir
    private Path logs;

    private EndpointProcess endpoint;
    private ChildJvm children;
    private Jdk jdk;

    @BeforeEach
    void begin() throws Exception {
        endpoint = EndpointProcess.start();
        children = new ChildJvm(System.getProperty("java.class.path"), "/nowhere", logs);
        jdk = Jdk.at(Path.of(System.getProperty("java.home")));
    }

    @AfterEach
    void end() throws Exception {
        endpoint.close();
    }

    private ClientRun run(ClientKind client, Operation operation, String key) {
        return new ClientRun(endpoint.uri(), client, operation, key, 100_000, 2, 1);
    }

    @Test
    void client_inItsOwnProcess_givesFigures() throws Exception {
        assertThat(children.run(jdk, List.of("-Xmx64m"), run(ClientKind.KEYWRIGHT, Operation.PUT, "k")))
                .containsOnlyKeys("wall", "cpu", "firstByte", "heap")
                .allSatisfy((name, value) -> assertThat(value).isNotNaN().isNotNegative());
    }

    @Test
    void client_thatFails_saysWhy() {
        assertThatExceptionOfType(ChildJvm.FailedException.class)
                .isThrownBy(() -> children.run(jdk, List.of(), run(ClientKind.PLAIN, Operation.GET, "missing")))
                .withMessageContaining("NoSuchKey");
    }
}
