/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.AlgorithmSuite;
import java.security.spec.AlgorithmParameterSpec;

/**
 * What the ciphers {@code S3DataKeyWrap-AES-GCM} and {@code S3DataKeyWrap-RSA-OAEP-SHA1} bind a wrapped data key to: the
 * content algorithm of the object that it encrypts. It must be the same to unwrap as it was to wrap.
 *
 * @param suite the object's suite; to wrap, one that is written
 */
public record DataKeyWrapParameterSpec(AlgorithmSuite suite) implements AlgorithmParameterSpec {}
