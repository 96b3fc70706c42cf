/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.util.UUID;
import software.amazon.awssdk.core.interceptor.ExecutionAttribute;

/** Options of ours that a request of the SDK carries. */
final class RequestOption {
    private RequestOption() {}

    /**
     * The attribute that carries an option. The SDK refuses a second one of a name, and a process may hold this class twice over one
     * SDK, as one does that redeploys applications.
     */
    static <T> ExecutionAttribute<T> attribute(Class<?> option) {
        return new ExecutionAttribute<>(option.getName() + "@" + UUID.randomUUID());
    }
}
