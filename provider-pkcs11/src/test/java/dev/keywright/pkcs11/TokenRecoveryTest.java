/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.pkcs11.Pkcs11Status.State;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What other threads see of a recovery while it runs. What it does to a token, {@link RecoveryTest} shows. */
class TokenRecoveryTest {
    /** A token that is mended at once. */
    private static final class Mendable implements TokenRecovery.Connection {
        @Override
        public Pkcs11TokenInfo info() {
            return new Pkcs11TokenInfo(1, "label", "manufacturer", "model", "serial", 0, "1.0", 0);
        }

        @Override
        public boolean answers() {
            return true;
        }

        @Override
        public boolean isLoggedOut() {
            return false;
        }

        @Override
        public void mendInPlace() {}

        @Override
        public void attach() {}

        @Override
        public boolean areOthersWell() {
            return false;
        }

        @Override
        public boolean doOthersNeedAPerson() {
            return false;
        }

        @Override
        public void beginModuleAnew(boolean finalisedByOthers) {}
    }

    /** Else a call that comes by fails fast, told to wait for a back-off that only the mending has begun. */
    @Test
    void backOff_beginsWhenOthersWaitForTheMending() throws CryptokiException {
        AtomicReference<TokenRecovery> recovery = new AtomicReference<>();
        List<State> whenTheBackOffBegan = new ArrayList<>();
        recovery.set(new TokenRecovery(new Mendable(), TokenOptions.DEFAULT, () -> {
            whenTheBackOffBegan.add(recovery.get().state());
            return 0;
        }));
        recovery.get().mend(new CryptokiException(CryptokiFunction.DECRYPT, ReturnValue.DEVICE_ERROR.code));
        assertThat(whenTheBackOffBegan).containsExactly(State.RECOVERING);
        assertThat(recovery.get().state()).isEqualTo(State.UP);
    }
}
