/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.PlaintextSource;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.IntegrityException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Request;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;

/**
 * What a caller's request says of the plaintext: Content-MD5 and checksums. S3 would compare them with the ciphertext, so
 * they are checked here, as the plaintext is read and before the body's last bytes are handed over, and never sent
 * (INT-024).
 */
final class PlaintextChecksums {
    private final ObjectName object;
    private final List<Claim> claims = new ArrayList<>();

    private PlaintextChecksums(ObjectName object) {
        this.object = object;
    }

    /**
     * The checksums that a request to put an object or a part carries.
     *
     * @throws IllegalArgumentException for one that is malformed, or that can't be computed here
     */
    static PlaintextChecksums of(ObjectName object, S3Request request) {
        PlaintextChecksums checksums = new PlaintextChecksums(object);
        checksums.claim("Content-MD5", field(request, "ContentMD5"), 16, () -> digest("MD5"));
        checksums.claim("checksumMD5", field(request, "ChecksumMD5"), 16, () -> digest("MD5"));
        checksums.claim("checksumSHA1", field(request, "ChecksumSHA1"), 20, () -> digest("SHA-1"));
        checksums.claim("checksumSHA256", field(request, "ChecksumSHA256"), 32, () -> digest("SHA-256"));
        checksums.claim("checksumSHA512", field(request, "ChecksumSHA512"), 64, () -> digest("SHA-512"));
        checksums.claim("checksumCRC32", field(request, "ChecksumCRC32"), 4, () -> crc(new CRC32()));
        checksums.claim("checksumCRC32C", field(request, "ChecksumCRC32C"), 4, () -> crc(new CRC32C()));
        checksums.refuse("checksumCRC64NVME", field(request, "ChecksumCRC64NVME"));
        checksums.refuse("checksumXXHASH64", field(request, "ChecksumXXHASH64"));
        checksums.refuse("checksumXXHASH3", field(request, "ChecksumXXHASH3"));
        checksums.refuse("checksumXXHASH128", field(request, "ChecksumXXHASH128"));
        return checksums;
    }

    private static @Nullable String field(S3Request request, String name) {
        return request.getValueForField(name, String.class).orElse(null);
    }

    /** Takes them out of a request. A bare {@code checksumAlgorithm} stays: the SDK then computes it of the ciphertext. */
    static void drop(PutObjectRequest.Builder request) {
        request.contentMD5(null)
                .checksumMD5(null)
                .checksumSHA1(null)
                .checksumSHA256(null)
                .checksumSHA512(null)
                .checksumCRC32(null)
                .checksumCRC32C(null);
    }

    /** As for an object. */
    static void drop(UploadPartRequest.Builder request) {
        request.contentMD5(null)
                .checksumMD5(null)
                .checksumSHA1(null)
                .checksumSHA256(null)
                .checksumSHA512(null)
                .checksumCRC32(null)
                .checksumCRC32C(null);
    }

    /** Whether there is none. */
    boolean isEmpty() {
        return claims.isEmpty();
    }

    /** The same plaintext, whose end is reached only if every checksum is right. */
    PlaintextSource.Opener verifying(PlaintextSource.Opener plaintext) {
        return claims.isEmpty() ? plaintext : () -> new VerifyingInputStream(plaintext.open());
    }

    /** Begins to check one reading. */
    Computation begin() {
        return new Computation();
    }

    private void claim(String field, @Nullable String base64, int bytes, Supplier<Running> algorithm) {
        if (base64 == null) {
            return;
        }
        byte[] wanted;
        try {
            wanted = Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            wanted = new byte[0];
        }
        if (wanted.length != bytes) {
            throw new IllegalArgumentException(
                    "writing " + object + ": " + field + " is not the base64 of " + bytes + " bytes");
        }
        claims.add(new Claim(field, Bytes.copyOf(wanted), algorithm));
    }

    private void refuse(String field, @Nullable String base64) {
        if (base64 != null) {
            throw new IllegalArgumentException("writing " + object + ": " + field
                    + " is of the plaintext, and can't be checked here; leave it out, or give checksumSHA256");
        }
    }

    private static Running digest(String algorithm) {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("the platform lacks " + algorithm, e);
        }
        return new Running() {
            @Override
            public void update(byte[] bytes, int offset, int length) {
                digest.update(bytes, offset, length);
            }

            @Override
            public byte[] value() {
                return digest.digest();
            }
        };
    }

    private static Running crc(Checksum crc) {
        return new Running() {
            @Override
            public void update(byte[] bytes, int offset, int length) {
                crc.update(bytes, offset, length);
            }

            @Override
            public byte[] value() {
                return ByteBuffer.allocate(4).putInt((int) crc.getValue()).array();
            }
        };
    }

    private record Claim(String field, Bytes wanted, Supplier<Running> algorithm) {}

    private interface Running {
        void update(byte[] bytes, int offset, int length);

        byte[] value();
    }

    /** The checksums of one reading, as it goes. For one thread at a time. */
    final class Computation {
        private final List<Running> running =
                claims.stream().map(claim -> claim.algorithm().get()).toList();

        private Computation() {}

        void update(byte[] bytes, int offset, int length) {
            running.forEach(checksum -> checksum.update(bytes, offset, length));
        }

        /** Once, at the plaintext's end. */
        void requireSame() {
            for (int i = 0; i < claims.size(); i++) {
                if (!MessageDigest.isEqual(
                        claims.get(i).wanted().toByteArray(), running.get(i).value())) {
                    throw new IntegrityException(
                            IntegrityException.Stage.CONTENT,
                            "writing " + object + ": the plaintext is not the one that the request's "
                                    + claims.get(i).field() + " is of; the object was not stored");
                }
            }
        }
    }

    private final class VerifyingInputStream extends FilterInputStream {
        private final Computation computation = begin();
        private boolean verified;

        VerifyingInputStream(InputStream plaintext) {
            super(plaintext);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int count = super.read(into, offset, length);
            if (count > 0) {
                computation.update(into, offset, count);
            } else if (count < 0 && !verified) {
                computation.requireSame();
                verified = true;
            }
            return count;
        }

        @Override
        public long skip(long bytes) {
            throw new UnsupportedOperationException("the plaintext is read from end to end");
        }

        @Override
        public boolean markSupported() {
            return false;
        }
    }
}
