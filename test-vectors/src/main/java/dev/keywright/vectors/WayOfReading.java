/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;

/** One way in which a client can read a stored object. Used by several threads at once, each with another case. */
public interface WayOfReading {
    /** What it is called in reports, in a few words. */
    String name();

    /** Whether nothing is handed over before all of it was verified, as far as the object's suite allows. */
    boolean releasesOnlyVerified();

    /** Why this way cannot be tried on this case, such as a header that HTTP can't carry; empty if it can. */
    Optional<String> absentFor(VectorCase vector);

    /**
     * Reads the case's object.
     *
     * @param allowed what the client is to be configured to read
     * @param plaintext takes what is handed over, also before a failure
     * @throws dev.keywright.spi.KeywrightException as good as an {@link Outcome} of it
     * @throws IOException if the case's files can't be read: the case fails
     */
    Outcome read(VectorCase vector, Permissions allowed, OutputStream plaintext) throws IOException;
}
