/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentKeyDerivation;
import java.security.spec.AlgorithmParameterSpec;

/**
 * What is stored beside a content that {@code S3Content-AES-GCM-HKDF-SHA512-COMMIT} encrypted; format V3 calls it {@code
 * x-amz-i} and {@code x-amz-d}. Neither is secret.
 *
 * @param messageId 28 bytes, random, never used twice with one data key
 * @param commitment 28 bytes; empty for encryption, which computes it
 */
public record CommittingContentParameterSpec(Bytes messageId, Bytes commitment) implements AlgorithmParameterSpec {
    static final int MESSAGE_ID_BYTES = AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY.ivBytes();

    /** @throws IllegalArgumentException for other lengths */
    public CommittingContentParameterSpec {
        if (messageId.size() != MESSAGE_ID_BYTES) {
            throw new IllegalArgumentException(
                    "message id of " + messageId.size() + " bytes, and " + MESSAGE_ID_BYTES + " are wanted");
        }
        if (commitment.size() != 0 && commitment.size() != ContentKeyDerivation.COMMITMENT_BYTES) {
            throw new IllegalArgumentException("key commitment of " + commitment.size() + " bytes, and "
                    + ContentKeyDerivation.COMMITMENT_BYTES + " are wanted");
        }
    }

    /** For encryption, with this message id. */
    public CommittingContentParameterSpec(Bytes messageId) {
        this(messageId, Bytes.empty());
    }
}
