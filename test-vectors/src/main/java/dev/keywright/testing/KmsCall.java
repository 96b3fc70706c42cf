/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.util.List;
import java.util.Map;

/**
 * A call that reached a loopback KMS; it never holds plaintext.
 *
 * @param operation such as {@code GenerateDataKey}
 * @param keyId the key as the caller named it, or an empty string
 * @param encryptionContext the encryption context; of {@code ReEncrypt}, the destination's
 * @param grantTokens the grant tokens
 * @param userAgent the caller's user agent
 */
public record KmsCall(
        String operation,
        String keyId,
        Map<String, String> encryptionContext,
        List<String> grantTokens,
        String userAgent) {
    /** Copies what it is given. */
    public KmsCall {
        encryptionContext = Map.copyOf(encryptionContext);
        grantTokens = List.copyOf(grantTokens);
    }
}
