/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.LegacyContentCipher;
import java.nio.ByteBuffer;

/** Adjoining blocks of a CBC body, each decrypted with the one before it. */
final class CbcBlocks {
    private static final int BLOCK_BYTES = LegacyContentCipher.BLOCK_BYTES;

    private final LegacyContentCipher cipher;
    private final ContentKey key;
    private Bytes previous = Bytes.empty();
    private boolean previousIsNext;

    /** @param previousComesFirst whether the first block is the one before the wanted ones, else they begin the body */
    CbcBlocks(LegacyContentCipher cipher, ContentKey key, boolean previousComesFirst) {
        this.cipher = cipher;
        this.key = key;
        this.previousIsNext = previousComesFirst;
    }

    /** Decrypts whole blocks in place; advances past a first one that is only the block before. */
    void decrypt(ByteBuffer blocks) {
        if (previousIsNext && blocks.hasRemaining()) {
            previous = block(blocks, blocks.position());
            blocks.position(blocks.position() + BLOCK_BYTES);
            previousIsNext = false;
        }
        if (blocks.hasRemaining()) {
            Bytes last = block(blocks, blocks.limit() - BLOCK_BYTES);
            cipher.decrypt(key, previous, blocks.duplicate(), blocks.duplicate());
            previous = last;
        }
    }

    private static Bytes block(ByteBuffer blocks, int at) {
        byte[] block = new byte[BLOCK_BYTES];
        blocks.get(at, block);
        return Bytes.copyOf(block);
    }
}
