/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.KeyringException;
import org.junit.jupiter.api.Test;

/** Rights alone; with a token's sessions {@link SessionsTest} shows them. */
class SessionPoolTest {
    private final SessionPool pool = new SessionPool("the token", 3, 0);

    private void enter(int times) {
        for (int i = 0; i < times; i++) {
            pool.enter();
        }
    }

    private void requireFull() {
        assertThatThrownBy(pool::enter)
                .isInstanceOf(KeyringException.class)
                .hasMessageContaining("all " + pool.size() + " are in use, and 1 calls wait");
        assertThat(pool.waiting()).isZero();
    }

    @Test
    void enter_asOftenAsThereAreRights() {
        enter(3);
        requireFull();
        pool.leave();
        enter(1);
        requireFull();
    }

    @Test
    void shrunk_hasFewerRights_andRestored_hasAllAgain() {
        enter(1);
        pool.shrink();
        enter(1);
        pool.shrink();
        assertThat(pool.size()).isEqualTo(1);
        enter(1);
        requireFull();
        pool.restore();
        assertThat(pool.size()).isEqualTo(3);
        enter(2);
        requireFull();
    }

    @Test
    void sessionKept_isTheNextOneTaken_andDrained_isTakenNoMore() {
        pool.keep(7);
        pool.keep(8);
        assertThat(pool.takeIdle()).isEqualTo(8); // the one that was in use last
        assertThat(pool.drain()).containsExactly(7L);
        assertThat(pool.takeIdle()).isZero();
        assertThat(pool.idle()).isZero();
    }
}
