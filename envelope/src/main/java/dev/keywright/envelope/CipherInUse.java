/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.ContentCipher;
import dev.keywright.spi.MessageCipher;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What works on content: in segments of any order, or strictly, in whole messages. One of the two is there. */
final class CipherInUse {
    private final @Nullable ContentCipher segmented;
    private final @Nullable MessageCipher strict;

    private CipherInUse(@Nullable ContentCipher segmented, @Nullable MessageCipher strict) {
        this.segmented = segmented;
        this.strict = strict;
    }

    static CipherInUse of(ContentCipher segmented) {
        return new CipherInUse(segmented, null);
    }

    static CipherInUse of(MessageCipher strict) {
        return new CipherInUse(null, strict);
    }

    Set<AlgorithmSuite> suites() {
        return segmented != null ? segmented.suites() : strict().suites();
    }

    boolean isStrict() {
        return segmented == null;
    }

    /** The strict cipher, asked for where {@link #isStrict}. */
    MessageCipher strict() {
        if (strict == null) {
            throw new IllegalStateException("the cipher in use is not strict: " + this);
        }
        return strict;
    }

    /**
     * The cipher of segments.
     *
     * @param operation what needs it, to begin a sentence with
     * @throws UnsupportedOperationException if the cipher in use is strict
     */
    ContentCipher forSegments(String operation) {
        if (segmented == null) {
            throw new UnsupportedOperationException(operation + " needs content in segments, and the strict cipher "
                    + strict + " takes whole messages from their start only: read or write the whole object, or take a "
                    + "content cipher that is not strict");
        }
        return segmented;
    }

    /** The longest plaintext that it takes. */
    long maxPlaintextBytes(AlgorithmSuite suite) {
        return isStrict()
                ? Math.min(strict().maxPlaintextBytes(), suite.maxPlaintextBytes())
                : suite.maxPlaintextBytes();
    }

    @Override
    public String toString() {
        return segmented != null ? segmented.toString() : "" + strict;
    }
}
