/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.LegacyContentCipher;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A body of the unauthenticated CBC suite. Whatever is wrong, a length, the padding, or a data key that did not unwrap, is
 * found at the body's end and is one and the same error (SEC-023, SEC-024), so that nobody learns from it which it was.
 */
final class UnverifiedCbc extends UnverifiedDecryption {
    private final CbcBlocks blocks;
    private final boolean keyRejected;

    /** @param keyRejected whether the data key did not unwrap and {@code key} is made of a random one in its place */
    UnverifiedCbc(
            String subject,
            AlgorithmSuite suite,
            LegacyContentCipher cipher,
            ContentKey key,
            boolean keyRejected,
            long bodyBytes) {
        super(subject, key, new HeldBackEnd(suite, bodyBytes));
        this.blocks = new CbcBlocks(cipher, key, false);
        this.keyRejected = keyRejected;
    }

    @Override
    void decrypt(ByteBuffer content) {
        blocks.decrypt(content);
    }

    @Override
    ByteBuffer finish(Bytes storedEnd) {
        byte[] last = storedEnd.toByteArray();
        blocks.decrypt(ByteBuffer.wrap(last));
        int plaintextBytes = CbcPadding.requirePlaintextBytes(last, keyRejected);
        Arrays.fill(last, plaintextBytes, last.length, (byte) 0);
        return ByteBuffer.wrap(last, 0, plaintextBytes);
    }

    @Override
    void forget() {
        // The key is all there is.
    }

    @Override
    IntegrityException wrongLength(IntegrityException e) {
        return CbcPadding.failure();
    }
}
