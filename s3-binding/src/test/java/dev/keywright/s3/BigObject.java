/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.jca.JcaKeyrings;
import dev.keywright.spi.Keyring;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;

/**
 * Puts one object and gets it in every way that needs no room for it, in a JVM whose heap is far smaller. Prints the SHA-256 of
 * what went in and of what came out each time. {@link BigObjectTest} runs it.
 */
final class BigObject {
    private static final String BUCKET = "big";

    private BigObject() {}

    /**
     * Puts and gets.
     *
     * @param arguments S3's endpoint, the object's length in bytes, a folder for temporary files, and {@code whole}, {@code
     *     parts} or {@code async}: in one request, as a body of unknown length in parts, or asynchronously and
     *     verified, from a file and to a reader that is slower than the network
     */
    public static void main(String[] arguments) throws Exception {
        long length = Long.parseLong(arguments[1]);
        try (Keyring keyring = JcaKeyrings.platform().aes("big", new byte[32]);
                S3Client plain = Loopback.settings(URI.create(arguments[0]))
                        .httpClient(UrlConnectionHttpClient.create())
                        .build()) {
            plain.createBucket(to -> to.bucket(BUCKET));
            if (arguments[3].equals("async")) {
                asynchronously(URI.create(arguments[0]), length, keyring, Path.of(arguments[2]));
                return;
            }
            EncryptingS3Client client = EncryptingS3Client.builder()
                    .client(plain)
                    .keyring(keyring)
                    .bufferBytes(1 << 20)
                    .spoolDirectory(Path.of(arguments[2]))
                    .multipartThresholdBytes(Long.MAX_VALUE)
                    .build();
            client.putObject(
                    to -> to.bucket(BUCKET).key("k"),
                    arguments[3].equals("parts")
                            ? RequestBody.fromContentProvider(() -> new Pattern(length), "application/octet-stream")
                            : RequestBody.fromContentProvider(
                                    () -> new Pattern(length), length, "application/octet-stream"));
            System.out.println("put " + sha256(new Pattern(length)));
            for (VerifiedRelease release : List.of(VerifiedRelease.SPOOL, VerifiedRelease.READ_TWICE)) {
                try (InputStream got =
                        client.getObject(from -> from.bucket(BUCKET).key("k").overrideConfiguration(release))) {
                    System.out.println(release + " " + sha256(got));
                }
            }
            try (InputStream got = client.getObjectUnverified(GetObjectRequest.builder()
                    .bucket(BUCKET)
                    .key("k")
                    .range("bytes=-" + length)
                    .build())) {
                System.out.println("RANGE " + sha256(got));
            }
            try (VerifiedObject object = client.openVerified(BUCKET, "k")) {
                System.out.println("OPENED " + sha256InRanges(object));
            }
        }
    }

    private static void asynchronously(URI endpoint, long length, Keyring keyring, Path folder) throws Exception {
        try (EncryptingS3AsyncClient client = EncryptingS3AsyncClient.builder()
                .client(AsyncClients.NETTY.at(endpoint))
                .keyring(keyring)
                .bufferBytes(1 << 20)
                .spoolDirectory(folder)
                .build()) {
            // The file is larger than the heap as well; the SDK reads it as it is asked to.
            Path source = folder.resolve("source");
            try (InputStream pattern = new Pattern(length)) {
                Files.copy(pattern, source);
            }
            client.putObject(to -> to.bucket(BUCKET).key("k"), source).join();
            Files.delete(source);
            System.out.println("put " + sha256(new Pattern(length)));
            try (InputStream got = client.getObject(
                            from -> from.bucket(BUCKET).key("k"), AsyncResponseTransformer.toBlockingInputStream())
                    .join()) {
                System.out.println("got " + sha256(got));
            }
        }
    }

    /** One range after the other, of odd lengths. */
    private static String sha256InRanges(VerifiedObject object) throws IOException, NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        long step = object.lengthBytes() / 7 + 1;
        for (long at = 0; at < object.lengthBytes(); at += step) {
            long length = Math.min(step, object.lengthBytes() - at);
            try (InputStream range = new DigestInputStream(object.range(at, length), digest)) {
                range.transferTo(OutputStream.nullOutputStream());
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static String sha256(InputStream stream) throws IOException, NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        try (InputStream digested = new DigestInputStream(stream, digest)) {
            digested.transferTo(OutputStream.nullOutputStream());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Bytes that depend on their offset and never repeat in step with anything. */
    private static final class Pattern extends InputStream {
        private final long length;
        private long at;

        Pattern(long length) {
            this.length = length;
        }

        @Override
        public int read() {
            return at == length ? -1 : byteAt(at++) & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int count) {
            if (at == length) {
                return -1;
            }
            int given = (int) Math.min(count, length - at);
            for (int i = 0; i < given; i++) {
                into[offset + i] = byteAt(at++);
            }
            return given;
        }

        private static byte byteAt(long at) {
            return (byte) ((at * 0x9E3779B97F4A7C15L) >>> 56);
        }
    }
}
