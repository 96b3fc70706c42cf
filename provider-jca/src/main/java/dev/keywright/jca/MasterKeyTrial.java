/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.spi.MasterKeyOps;
import dev.keywright.spi.WrapAlgorithm;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;

/** Tries a master key once before a keyring is made of it. */
final class MasterKeyTrial {
    private static final int DATA_KEY_BYTES = 32;

    private MasterKeyTrial() {}

    static void seals(String name, WrapAlgorithm algorithm, MasterKeyOps.Sealer sealer, SecureRandom random) {
        byte[] key = new byte[DATA_KEY_BYTES];
        random.nextBytes(key);
        try {
            sealed(name, algorithm, sealer, key);
        } finally {
            Arrays.fill(key, (byte) 0);
        }
    }

    static void sealsAndOpens(String name, WrapAlgorithm algorithm, MasterKeyOps ops, SecureRandom random) {
        byte[] key = new byte[DATA_KEY_BYTES];
        random.nextBytes(key);
        byte[] opened = new byte[0];
        try {
            byte[] sealed = sealed(name, algorithm, ops::seal, key);
            opened = ops.open(sealed, new byte[0]);
            if (!MessageDigest.isEqual(opened, key)) {
                throw new GeneralSecurityException("another key came out than went in");
            }
        } catch (GeneralSecurityException e) {
            throw new KeyringException(
                    Reason.MISCONFIGURED,
                    name + ": the key does not open what it has wrapped by " + algorithm.wireName()
                            + "; if it is a pair, the two halves do not belong together",
                    e);
        } finally {
            Arrays.fill(key, (byte) 0);
            Arrays.fill(opened, (byte) 0);
        }
    }

    private static byte[] sealed(String name, WrapAlgorithm algorithm, MasterKeyOps.Sealer sealer, byte[] key) {
        try {
            return sealer.seal(key, new byte[0]);
        } catch (GeneralSecurityException e) {
            throw new KeyringException(
                    Reason.MISCONFIGURED, name + ": the key can't wrap by " + algorithm.wireName(), e);
        }
    }
}
