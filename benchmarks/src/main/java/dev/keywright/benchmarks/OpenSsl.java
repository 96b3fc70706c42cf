/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** OpenSSL's own figure for AES-256-GCM: what this machine's core can do. */
final class OpenSsl {
    private OpenSsl() {}

    /** Which one it is. */
    static String version() throws IOException, InterruptedException {
        return said(List.of("openssl", "version")).trim();
    }

    /** Bytes a second and core, of CPU time, encrypting buffers of that size for {@code seconds}. */
    static double bytesPerSecond(int bufferBytes, int seconds) throws IOException, InterruptedException {
        return figure(said(List.of(
                "openssl",
                "speed",
                "-mr",
                "-seconds",
                Integer.toString(seconds),
                "-bytes",
                Integer.toString(bufferBytes),
                "-evp",
                "aes-256-gcm")));
    }

    /** Reads the line {@code +F:25:AES-256-GCM:4221917866.67} of its machine-readable report. */
    static double figure(String report) throws IOException {
        for (String line : report.lines().toList()) {
            if (line.startsWith("+F:")) {
                return Double.parseDouble(line.substring(line.lastIndexOf(':') + 1));
            }
        }
        throw new IOException("openssl speed gave no figure: " + report);
    }

    private static String said(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + " ended with " + process.exitValue());
        }
        return said;
    }
}
