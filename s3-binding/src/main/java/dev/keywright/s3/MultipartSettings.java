/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

/**
 * When and how {@code putObject} goes in parts.
 *
 * @param thresholdBytes plaintext from this length on goes in parts
 * @param partBytes the plaintext length of each part but the last
 * @param threads how many parts are sent at once
 */
record MultipartSettings(long thresholdBytes, int partBytes, int threads) {
    static final MultipartSettings DEFAULT = new MultipartSettings(64L << 20, 8 << 20, 2);

    private static final int MAX_PART_BYTES = 1 << 30;
    private static final int BLOCK_BYTES = 16;

    MultipartSettings {
        if (thresholdBytes < 0) {
            throw new IllegalArgumentException("multipart threshold of " + thresholdBytes + " bytes");
        }
        if (partBytes <= 0 || partBytes > MAX_PART_BYTES || partBytes % BLOCK_BYTES != 0) {
            throw new IllegalArgumentException("parts of " + partBytes
                    + " bytes; a multiple of 16 up to 1 GiB is wanted, and S3 takes no less than 5 MiB");
        }
        if (threads < 1) {
            throw new IllegalArgumentException(threads + " threads");
        }
    }

    /** The part size for a plaintext of at most this length, so that S3's 10,000 parts suffice. */
    int partBytes(long plaintextBytes) {
        long inAllParts = (long) MultipartUpload.MAX_PARTS * BLOCK_BYTES;
        long blocks = (plaintextBytes + inAllParts - 1) / inAllParts;
        return (int) Math.max(partBytes, blocks * BLOCK_BYTES);
    }

    /** How many threads have something to do. */
    int threads(long plaintextBytes) {
        return (int) Math.min(threads, plaintextBytes / partBytes(plaintextBytes) + 1);
    }
}
