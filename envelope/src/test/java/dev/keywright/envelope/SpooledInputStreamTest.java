/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentCipher.Direction;
import dev.keywright.spi.ContentCipher.Segment;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.ContentKeyDerivation;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.IntegrityException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpooledInputStreamTest {
    @TempDir
    private Path spools;

    @Test
    void read_temporaryFileAlteredAfterTheTagWasChecked_isRefusedBeforeTheSegmentIsReleased() throws IOException {
        ReferenceContentCipher cipher = new ReferenceContentCipher();
        ContentKey key;
        try (DataKey dataKey = DataKey.adopt(KnownAnswers.DATA_KEY.clone())) {
            key = ContentKeyDerivation.platform()
                    .forEncrypt(
                            AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
                            dataKey,
                            Bytes.copyOf(KnownAnswers.MESSAGE_ID))
                    .key();
        }
        byte[] ciphertext = new byte[100];
        Segment segment = cipher.segment(key, Direction.AUTHENTICATE, 0);
        segment.update(ByteBuffer.wrap(ciphertext), ByteBuffer.allocate(0));
        Spool spool = Spool.create(spools);
        ciphertext[50] ^= 1;
        spool.append(ByteBuffer.wrap(ciphertext));
        try (InputStream read =
                new SpooledInputStream("reading s3://bucket/key", cipher, key, spool, List.of(segment.finish()))) {
            assertThatThrownBy(read::read)
                    .isInstanceOf(IntegrityException.class)
                    .hasMessage("reading s3://bucket/key: the temporary file was altered while it was read");
            assertThatThrownBy(read::read).isInstanceOf(IOException.class);
        }
        assertThat(spools).isEmptyDirectory();
    }

    @Test
    void create_onPosix_isReadableByItsOwnerOnlyAndNameless() throws IOException {
        try (Spool spool = Spool.create(spools)) {
            spool.append(ByteBuffer.allocate(10));
            assertThat(spools).isEmptyDirectory();
        }
    }
}
