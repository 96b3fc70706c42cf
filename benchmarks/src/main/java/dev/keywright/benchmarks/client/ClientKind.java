/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.client;

import dev.keywright.benchmarks.token.TokenKeys;
import java.net.URI;

/** Whose client is measured. */
public enum ClientKind {
    PLAIN,
    PEER,
    KEYWRIGHT,
    /** Ours, with its master key on a token. */
    KEYWRIGHT_TOKEN;

    MeasuredClient open(URI endpoint, Operation operation) {
        return switch (this) {
            case PLAIN -> new PlainClient(endpoint);
            case PEER -> new PeerClient(endpoint, operation);
            case KEYWRIGHT -> new KeywrightClient(endpoint, operation, Clients.keyring());
            case KEYWRIGHT_TOKEN -> new KeywrightClient(endpoint, operation, TokenKeys.aes());
        };
    }
}
