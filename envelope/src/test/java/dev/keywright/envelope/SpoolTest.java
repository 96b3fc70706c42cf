/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolTest {
    @TempDir
    private Path spools;

    @Test
    void create_onPosix_isReadableByItsOwnerOnlyAndNameless() throws IOException {
        try (Spool spool = Spool.create(spools)) {
            spool.append(ByteBuffer.allocate(10));
            assertThat(spools).isEmptyDirectory();
        }
    }
}
