/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.AlgorithmSuite;

/** Which suites may be written and read, by whether they commit to the data key. */
public enum CommitmentPolicy {
    /** Writes without commitment, for readers of the 3.x generation; reads both. */
    FORBID_ENCRYPT_ALLOW_DECRYPT(false, true),
    /** Writes with commitment; reads both, while older objects remain. */
    REQUIRE_ENCRYPT_ALLOW_DECRYPT(true, true),
    /** Writes and reads with commitment only: the default. */
    REQUIRE_ENCRYPT_REQUIRE_DECRYPT(true, false);

    private final boolean encryptCommitting;
    private final boolean decryptNonCommitting;

    CommitmentPolicy(boolean encryptCommitting, boolean decryptNonCommitting) {
        this.encryptCommitting = encryptCommitting;
        this.decryptNonCommitting = decryptNonCommitting;
    }

    /** Whether new objects may have this suite. */
    public boolean allowsEncrypt(AlgorithmSuite suite) {
        return suite.isWritable() && suite.isCommitting() == encryptCommitting;
    }

    /** Whether stored objects of this suite may be read, as far as commitment goes. */
    public boolean allowsDecrypt(AlgorithmSuite suite) {
        return suite.isCommitting() || decryptNonCommitting;
    }

    /** The suite that is written when none is named. */
    public AlgorithmSuite defaultSuite() {
        return encryptCommitting
                ? AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY
                : AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF;
    }
}
