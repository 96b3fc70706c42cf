/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.io.IOException;
import java.nio.file.Path;

/**
 * MiniS3 and MiniKms as a process, for programs in other languages. Prints one line, {@code {"s3":"URL","kms":"URL"}}, once
 * both serve, and serves until standard input ends or the process is killed.
 */
public final class LoopbackServers {
    private static final String USAGE = "usage: LoopbackServers [--raw-metadata] [--bucket NAME]... [--kms-key ARN]... "
            + "[--kms-alias alias/NAME=ARN]...";

    private LoopbackServers() {}

    /**
     * Starts both.
     *
     * @param arguments {@code --bucket NAME}, {@code --kms-key ARN} and {@code --kms-alias alias/NAME=ARN}, each as often as
     *     wanted, and {@code --raw-metadata} to have metadata beyond ASCII come back as it was sent, not double encoded
     */
    public static void main(String[] arguments) throws IOException {
        try (MiniS3 s3 = MiniS3.start(0, Path.of(System.getProperty("java.io.tmpdir")));
                MiniKms kms = MiniKms.start()) {
            for (int i = 0; i < arguments.length; i++) {
                String option = arguments[i];
                if (option.equals("--raw-metadata")) {
                    s3.doubleEncode(false);
                    continue;
                }
                if (i + 1 == arguments.length) {
                    throw new IllegalArgumentException(USAGE);
                }
                String value = arguments[++i];
                switch (option) {
                    case "--bucket" -> s3.createBucket(value);
                    case "--kms-key" -> kms.createNamedKey(value);
                    case "--kms-alias" -> {
                        String[] aliasAndKey = value.split("=", 2);
                        if (aliasAndKey.length != 2) {
                            throw new IllegalArgumentException(USAGE);
                        }
                        kms.alias(aliasAndKey[0], aliasAndKey[1]);
                    }
                    default -> throw new IllegalArgumentException(USAGE);
                }
            }
            System.out.println("{\"s3\":\"" + s3.endpoint() + "\",\"kms\":\"" + kms.endpoint() + "\"}");
            System.out.flush();
            while (System.in.read() >= 0) {
                // Nothing is read from it but its end.
            }
        }
    }
}
