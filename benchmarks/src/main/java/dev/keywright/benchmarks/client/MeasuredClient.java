/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.client;

import java.io.IOException;
import java.io.InputStream;

/** What is measured of each client. */
interface MeasuredClient extends AutoCloseable {
    int PART_BYTES = 8 << 20;
    int PART_THREADS = 2;

    void put(String key, long lengthBytes);

    void putInParts(String key, long lengthBytes);

    /** Opens an object in one of the ways to get one. */
    InputStream get(String key, Operation how);

    InputStream getRange(String key, long first, long lengthBytes);

    @Override
    void close() throws IOException;
}
