/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** Who closes a plaintext, and when. */
class PlaintextHandOverTest {
    private final List<String> log = new ArrayList<>();
    private boolean failsToClose;

    private <T> T handOver(ResponseTransformer<GetObjectResponse, T> transformer) throws Exception {
        PlaintextInputStream plaintext = new PlaintextInputStream(new ByteArrayInputStream(new byte[3]), () -> {
            log.add("closed");
            if (failsToClose) {
                throw new IOException("can't be closed");
            }
        });
        return PlaintextHandOver.to(
                transformer, GetObjectResponse.builder().build(), plaintext, () -> log.add("body aborted"));
    }

    @Test
    void plaintext_thatTheTransformerIsDoneWith_isClosed() throws Exception {
        byte[] read = handOver((response, stream) -> stream.readAllBytes());
        assertThat(read).hasSize(3);
        assertThat(log).containsExactly("closed");
    }

    @Test
    void plaintext_thatIsTheCallersToClose_isLeftOpen() throws Exception {
        ResponseInputStream<GetObjectResponse> stream = handOver(ResponseTransformer.toInputStream());
        assertThat(log).isEmpty();
        assertThat(stream.readAllBytes()).hasSize(3);
        stream.close();
        assertThat(log).contains("closed");
    }

    @Test
    void plaintext_thatIsAborted_isClosedAfterItsBody() throws Exception {
        handOver(ResponseTransformer.toInputStream()).abort();
        assertThat(log).startsWith("body aborted", "closed");
    }

    @Test
    void plaintext_whoseTransformerThrows_isClosedAndTheFailureKept() {
        failsToClose = true;
        assertThatThrownBy(() -> handOver((response, stream) -> {
                    throw new IllegalStateException("the disk is full");
                }))
                .isInstanceOf(IllegalStateException.class)
                .satisfies(e -> assertThat(e.getSuppressed()[0]).hasMessage("can't be closed"));
        assertThatThrownBy(() -> handOver((response, stream) -> {
                    throw new AssertionError("not so");
                }))
                .isInstanceOf(AssertionError.class);
        assertThat(log).containsExactly("closed", "closed");
    }
}
