/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import picocli.CommandLine.Option;

/** The switches for what only older clients wrote; each is off unless it is named. */
final class LegacyOptions {
    @Option(
            names = "--legacy-wraps",
            description =
                    "read data keys wrapped as older clients did: raw AES, raw RSA, AESWrap, RSA-OAEP with SHA-256, kms;"
                            + " needs a --policy that reads V2")
    boolean wraps;

    @Option(
            names = "--legacy-content",
            description =
                    "read AES-CBC content, in which nothing is authenticated and anyone may have altered it; needs a"
                            + " --policy that reads V2")
    boolean content;
}
