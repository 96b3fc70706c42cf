/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 in hexadecimal, as the vector format has it. */
final class Sha256 {
    private Sha256() {}

    static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    static String hex(byte[] digest) {
        return HexFormat.of().formatHex(digest);
    }

    static String of(byte[] bytes) {
        return hex(digest().digest(bytes));
    }

    /** Of all that comes; closes the stream. */
    static String of(InputStream stream) throws IOException {
        MessageDigest digest = digest();
        try (stream;
                OutputStream sink = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
            stream.transferTo(sink);
        }
        return hex(digest.digest());
    }
}
