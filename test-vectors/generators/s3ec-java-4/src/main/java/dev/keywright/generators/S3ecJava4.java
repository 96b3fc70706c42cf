/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.generators;

import java.util.Map;

/** Writes what S3EC Java 4 writes: format V3; V2, as its policy FORBID has it; re-encrypted instruction files. */
public final class S3ecJava4 {
    static final Map<String, String> PRODUCER =
            Map.of("sdk", "S3EC Java", "version", "4.0.1", "script", "generators/s3ec-java-4");

    private S3ecJava4() {}

    public static void main(String[] arguments) throws Exception {
        MasterKeys keys = new MasterKeys(System.getenv("KW_KEYS"));
        try (Stores stores = new Stores()) {
            new Matrix("s3ecj4", PRODUCER, "V3", "0x0073", stores, keys, new Clients(stores, true)).write();
            new Matrix("s3ecj4", PRODUCER, "V2", "0x0072", stores, keys, new Clients(stores, false)).write();
            new ReEncrypted(stores, keys).write();
        }
        // The SDK's own threads do not end by themselves.
        System.exit(0);
    }
}
