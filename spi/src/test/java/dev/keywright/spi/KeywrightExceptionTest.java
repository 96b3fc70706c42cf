/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class KeywrightExceptionTest {
    @Test
    void about_anObject_keepsTypeKindAndCause() {
        KeyringException keyring = new KeyringException(KeyringException.Reason.DENIED, "no");
        IntegrityException integrity = new IntegrityException(IntegrityException.Stage.COMMITMENT, "no");
        FormatException format = new FormatException(FormatException.Fault.NOT_ENCRYPTED, "no");
        PolicyException policy = new PolicyException("no");
        for (KeywrightException each : new KeywrightException[] {keyring, integrity, format, policy}) {
            assertThat(each.about("s3://b/k"))
                    .hasSameClassAs(each)
                    .hasMessage("s3://b/k: no")
                    .hasCause(each);
        }
        assertThat(keyring.about("x").reason()).isEqualTo(KeyringException.Reason.DENIED);
        assertThat(integrity.about("x").stage()).isEqualTo(IntegrityException.Stage.COMMITMENT);
        assertThat(format.about("x").fault()).isEqualTo(FormatException.Fault.NOT_ENCRYPTED);
    }

    @Test
    void isRetryable_forUnavailableOnly() {
        assertThat(Arrays.stream(KeyringException.Reason.values())
                        .filter(reason -> new KeyringException(reason, "x").isRetryable()))
                .containsExactly(KeyringException.Reason.UNAVAILABLE);
    }
}
