/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.testing.MiniS3;
import java.io.IOException;

/** The table on the kit's loopback S3. */
class PeerOnMiniS3Test extends PeerTable {
    PeerOnMiniS3Test() throws IOException {
        super(start());
    }

    private static Server start() {
        MiniS3 s3 = MiniS3.start();
        return new Server("MiniS3", s3.endpoint(), s3);
    }
}
