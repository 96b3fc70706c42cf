/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.jcatest.HeapMain;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a thief of the heap finds after {@code close()}, with the platform's own provider. */
class HeapTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"content", "strict content", "legacy content", "aes", "rsa", "jca"})
    void heap_afterClose_holdsNoKey(String scenario) throws Exception {
        assertThat(keysInTheHeapAfter(scenario)).isEqualTo("[]");
    }

    @Test
    void heap_keysNotClosed_areFound() throws Exception {
        assertThat(keysInTheHeapAfter("keep")).isEqualTo("[content key, data key, master key]");
    }

    private String keysInTheHeapAfter(String scenario) throws Exception {
        return Forked.run(
                HeapMain.class,
                List.of("-Xmx128m", "-cp", Forked.classPath()),
                scenario,
                folder.resolve("dump.hprof").toString());
    }
}
