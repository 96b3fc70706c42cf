/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;

/** RSA pairs for tests, made once. */
final class RsaPairs {
    private static final KeyPair PAIR = fresh(2048);
    private static final KeyPair OTHER = fresh(2048);

    private RsaPairs() {}

    static KeyPair of2048() {
        return PAIR;
    }

    static KeyPair another() {
        return OTHER;
    }

    static KeyPair fresh(int bits) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(bits);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }
}
