/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

/** The generation of metadata names that describes an object. Not the version of any client. */
public enum MessageFormat {
    /** {@code x-amz-key}: unauthenticated content, unnamed wraps. Read only, by clients that still must. */
    V1,
    /** {@code x-amz-key-v2}: named wrap and content algorithm. */
    V2,
    /** {@code x-amz-3}: key commitment, one-letter names. */
    V3
}
