/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.io.IOException;
import org.junit.jupiter.api.Tag;

/** The table on a server that is not ours: in a process of its own. */
@Tag("s3mock")
class PeerOnS3MockTest extends PeerTable {
    PeerOnS3MockTest() throws IOException {
        super(start());
    }

    private static Server start() throws IOException {
        S3MockProcess s3 = S3MockProcess.start();
        return new Server("Adobe S3Mock 5.2.0", s3.endpoint(), s3);
    }
}
