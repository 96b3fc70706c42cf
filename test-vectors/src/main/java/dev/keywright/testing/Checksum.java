/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/** The checksums that S3 verifies and stores. */
enum Checksum {
    CRC32,
    CRC32C,
    CRC64NVME,
    SHA1,
    SHA256,
    SHA512,
    MD5;

    private static final String PREFIX = "x-amz-checksum-";
    private static final int BUFFER_BYTES = 64 * 1024;

    /** A computation under way. */
    interface Running {
        void update(byte[] bytes, int offset, int length);

        /** The checksum, most significant byte first; ends the computation. */
        byte[] value();
    }

    Running begin() {
        return switch (this) {
            case CRC32 -> new Crc(new CRC32(), 4);
            case CRC32C -> new Crc(new CRC32C(), 4);
            case CRC64NVME -> new Crc(new Crc64Nvme(), 8);
            case SHA1 -> new Hash("SHA-1");
            case SHA256 -> new Hash("SHA-256");
            case SHA512 -> new Hash("SHA-512");
            case MD5 -> new Hash("MD5");
        };
    }

    byte[] of(byte[] bytes) {
        Running running = begin();
        running.update(bytes, 0, bytes.length);
        return running.value();
    }

    /** Of a stored body. */
    byte[] of(Body body) throws IOException {
        Running running = begin();
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = body.open(0)) {
            for (int got = in.read(buffer); got >= 0; got = in.read(buffer)) {
                running.update(buffer, 0, got);
            }
        }
        return running.value();
    }

    /** Its header. */
    String header() {
        return PREFIX + name().toLowerCase(Locale.ROOT);
    }

    /** Its element in XML. */
    String element() {
        return "Checksum" + name();
    }

    /** The checksum whose value this header or trailer holds. */
    static Optional<Checksum> ofHeader(String name) {
        if (!name.startsWith(PREFIX) || name.matches(PREFIX + "(mode|type|algorithm)")) {
            return Optional.empty();
        }
        return Optional.of(named(name.substring(PREFIX.length())));
    }

    static Checksum named(String name) {
        return Arrays.stream(values())
                .filter(each -> each.name().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> new S3Error(501, "NotImplemented", "MiniS3 has no checksum " + name));
    }

    private record Crc(java.util.zip.Checksum crc, int bytes) implements Running {
        @Override
        public void update(byte[] input, int offset, int length) {
            crc.update(input, offset, length);
        }

        @Override
        public byte[] value() {
            byte[] eight = ByteBuffer.allocate(8).putLong(crc.getValue()).array();
            return Arrays.copyOfRange(eight, 8 - bytes, 8);
        }
    }

    private static final class Hash implements Running {
        private final MessageDigest digest;

        Hash(String algorithm) {
            try {
                digest = MessageDigest.getInstance(algorithm);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e); // every Java platform has these four
            }
        }

        @Override
        public void update(byte[] bytes, int offset, int length) {
            digest.update(bytes, offset, length);
        }

        @Override
        public byte[] value() {
            return digest.digest();
        }
    }
}
