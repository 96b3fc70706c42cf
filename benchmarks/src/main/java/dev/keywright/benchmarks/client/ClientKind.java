/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.client;

import java.net.URI;

/** Whose client is measured. */
public enum ClientKind {
    PLAIN,
    PEER,
    KEYWRIGHT;

    MeasuredClient open(URI endpoint, Operation operation) {
        return switch (this) {
            case PLAIN -> new PlainClient(endpoint);
            case PEER -> new PeerClient(endpoint, operation);
            case KEYWRIGHT -> new KeywrightClient(endpoint, operation);
        };
    }
}
