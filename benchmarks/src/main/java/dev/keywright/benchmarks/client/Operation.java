/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.client;

/** What a client is made to do. */
public enum Operation {
    /** Puts an object in one request. */
    PUT,
    /** Puts an object in parts of 8 MiB, by as many threads as the client has use for, two at most. */
    PUT_IN_PARTS,
    /** Reads an object that was verified before its first byte was handed over. */
    GET,
    /** The same by reading twice, without a temporary file. */
    GET_READING_TWICE,
    /** Reads an object as it comes, before it is verified. */
    GET_UNVERIFIED,
    /** Reads 1 MiB from the middle of an object. */
    GET_RANGE
}
