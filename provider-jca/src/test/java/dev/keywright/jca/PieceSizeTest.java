/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PieceSizeTest {
    @Test
    void next_isSmallForTheFirstMegabytesAndThenOfOneSize() {
        PieceSize path = new PieceSize();
        long fed = 0;
        int piece = path.next();
        while (piece == PieceSize.SMALL) {
            fed += piece;
            piece = path.next();
        }
        assertThat(fed).isEqualTo(8 << 20);
        assertThat(piece).isEqualTo(PieceSize.FULL);
        assertThat(path.next()).isEqualTo(PieceSize.FULL);
    }
}
