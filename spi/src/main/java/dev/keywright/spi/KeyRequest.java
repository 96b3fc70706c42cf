/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import java.util.Map;

/**
 * What a keyring is asked to bind a wrapped key to. Suite and policy were settled before any plugin ran; a keyring is
 * handed the ready binding and never derives it from a suite. Made by the core, and by tests of keyrings.
 */
public final class KeyRequest {
    private final String binding;
    private final int dataKeyBytes;
    private final Map<String, String> encryptionContext;

    private KeyRequest(String binding, int dataKeyBytes, Map<String, String> encryptionContext) {
        this.binding = binding;
        this.dataKeyBytes = dataKeyBytes;
        this.encryptionContext = Map.copyOf(encryptionContext);
    }

    /** The request for an object of {@code suite}, with the caller's own encryption context (no reserved entry). */
    public static KeyRequest of(AlgorithmSuite suite, Map<String, String> encryptionContext) {
        return new KeyRequest(suite.wrapBinding(), suite.dataKeyBytes(), encryptionContext);
    }

    /** What the wrapped key is bound to: {@code 115} in format V3, the content cipher's name in format V2. US-ASCII. */
    public String binding() {
        return binding;
    }

    /** The length of a fresh data key, in bytes. */
    public int dataKeyBytes() {
        return dataKeyBytes;
    }

    /** The caller's encryption context, without reserved entries; empty when the caller gave none. */
    public Map<String, String> encryptionContext() {
        return encryptionContext;
    }

    @Override
    public String toString() {
        return "KeyRequest[binding=" + binding + ", encryptionContext of " + encryptionContext.size() + " entries]";
    }
}
