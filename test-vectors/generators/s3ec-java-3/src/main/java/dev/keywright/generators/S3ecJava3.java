/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.generators;

import java.util.Map;

/** Writes what S3EC Java 3 writes: format V2. */
public final class S3ecJava3 {
    private static final Map<String, String> PRODUCER =
            Map.of("sdk", "S3EC Java", "version", "3.5.0", "script", "generators/s3ec-java-3");

    private S3ecJava3() {}

    public static void main(String[] arguments) throws Exception {
        MasterKeys keys = new MasterKeys(System.getenv("KW_KEYS"));
        try (Stores stores = new Stores()) {
            new Matrix("s3ecj3", PRODUCER, "V2", "0x0072", stores, keys, new Clients(stores)).write();
        }
        // The SDK's own threads do not end by themselves.
        System.exit(0);
    }
}
