/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3heap;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.keywright.pkcs11.Pkcs11Keyring;
import dev.keywright.pkcs11.Pkcs11Uri;
import dev.keywright.s3.EncryptingS3Client;
import dev.keywright.s3.VerifiedObject;
import dev.keywright.s3.VerifiedRelease;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.EncryptionMaterials;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.Unwrap;
import dev.keywright.spi.WrappedDataKey;
import dev.keywright.testing.MiniS3;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;

/**
 * Run in a JVM of its own by a test: puts and gets under an HSM's key, closes what is to be closed (or keeps it, to show that
 * the search finds), dumps its heap with all its garbage, and prints which secrets are in it. It knows PIN and data keys only
 * masked, so as to add no copy.
 */
public final class HeapMain {
    private static final int MASK = 0x5a;
    private static final List<Object> KEPT = new ArrayList<>();
    private static final List<byte[]> MASKED_DATA_KEYS = new ArrayList<>();

    private HeapMain() {}

    /** Takes {@code close} or {@code keep}, the key's URI, the masked PIN in hex, and the dump's path. */
    public static void main(String[] args) throws Exception {
        boolean keep = args[0].equals("keep");
        byte[] maskedPin = HexFormat.of().parseHex(args[2]);
        Keyring keyring = new Noting(Pkcs11Keyring.builder(Pkcs11Uri.parse(args[1]))
                .pin(() -> unmasked(maskedPin))
                .build());
        putAndGet(keyring);
        if (keep) {
            KEPT.add(unmasked(maskedPin));
            KEPT.add(keyring.generate(
                    KeyRequest.of(
                            dev.keywright.spi.AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
                            java.util.Map.of()),
                    new SecureRandom()));
        }
        keyring.close();
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).dumpHeap(args[3], false);
        List<String> found = new ArrayList<>();
        Path dump = Path.of(args[3]);
        if (contains(dump, maskedPin) || contains(dump, asChars(maskedPin))) {
            found.add("PIN");
        }
        for (byte[] masked : MASKED_DATA_KEYS) {
            if (contains(dump, masked)) {
                found.add("data key");
            }
        }
        System.out.print(MASKED_DATA_KEYS.size() + " data keys, found " + found);
    }

    private static void putAndGet(Keyring keyring) throws IOException {
        try (MiniS3 server = MiniS3.start();
                S3Client plain = S3Client.builder()
                        .endpointOverride(URI.create(server.endpoint().toString()))
                        .forcePathStyle(true)
                        .region(Region.US_EAST_1)
                        .credentialsProvider(
                                StaticCredentialsProvider.create(AwsBasicCredentials.create("id", "secret")))
                        .httpClient(UrlConnectionHttpClient.create())
                        .build();
                EncryptingS3Client client = EncryptingS3Client.builder()
                        .client(plain)
                        .keyring(keyring)
                        .build()) {
            plain.createBucket(request -> request.bucket("bucket"));
            for (int bytes : new int[] {0, 1000, 3_000_000}) {
                client.putObject(
                        request -> request.bucket("bucket").key("key"), RequestBody.fromBytes(new byte[bytes]));
                try (InputStream read =
                        client.getObject(request -> request.bucket("bucket").key("key"))) {
                    read.readAllBytes();
                }
                readInOtherWays(client, bytes);
            }
        }
    }

    private static void readInOtherWays(EncryptingS3Client client, int bytes) throws IOException {
        try (InputStream twice = client.getObject(
                request -> request.bucket("bucket").key("key").overrideConfiguration(VerifiedRelease.READ_TWICE))) {
            twice.readAllBytes();
        }
        try (VerifiedObject object = client.openVerified("bucket", "key")) {
            object.read(bytes / 2, bytes - bytes / 2);
        }
        if (bytes > 0) {
            try (InputStream range = client.getObjectUnverified(GetObjectRequest.builder()
                    .bucket("bucket")
                    .key("key")
                    .range("bytes=-9")
                    .build())) {
                range.readAllBytes();
            }
        }
    }

    /** Wiped by the keyring. */
    private static char[] unmasked(byte[] masked) {
        char[] plain = new char[masked.length];
        for (int i = 0; i < masked.length; i++) {
            plain[i] = (char) ((masked[i] ^ MASK) & 0xff);
        }
        return plain;
    }

    /** As a char[] stands in a heap dump: two bytes each, most significant first. */
    private static byte[] asChars(byte[] masked) {
        byte[] chars = new byte[masked.length * 2];
        for (int i = 0; i < masked.length; i++) {
            chars[2 * i] = MASK;
            chars[2 * i + 1] = masked[i];
        }
        return chars;
    }

    private static boolean contains(Path dump, byte[] masked) throws IOException {
        byte[] last = new byte[masked.length]; // as masked, so that searching adds no copy either
        try (InputStream in = new BufferedInputStream(Files.newInputStream(dump), 1 << 20)) {
            for (int read = in.read(), at = 0; read >= 0; read = in.read(), at = (at + 1) % last.length) {
                last[at] = (byte) (read ^ MASK);
                if (last[at] == masked[masked.length - 1] && matches(last, (at + 1) % last.length, masked)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean matches(byte[] ring, int oldest, byte[] masked) {
        for (int i = 0; i < masked.length; i++) {
            if (ring[(oldest + i) % ring.length] != masked[i]) {
                return false;
            }
        }
        return true;
    }

    /** Notes every data key that passes, masked. */
    private record Noting(Keyring inner) implements Keyring {
        @Override
        public EncryptionMaterials generate(KeyRequest request, SecureRandom random) {
            EncryptionMaterials fresh = inner.generate(request, random);
            note(fresh.dataKey());
            return fresh;
        }

        @Override
        public WrappedDataKey wrap(DataKey key, KeyRequest request) {
            return inner.wrap(key, request);
        }

        @Override
        public Unwrap unwrap(WrappedDataKey wrapped, KeyRequest request) {
            return inner.unwrap(wrapped, request);
        }

        private static void note(DataKey key) {
            MASKED_DATA_KEYS.add(key.use(raw -> {
                byte[] masked = new byte[raw.length];
                for (int i = 0; i < raw.length; i++) {
                    masked[i] = (byte) (raw[i] ^ MASK);
                }
                return masked;
            }));
        }

        @Override
        public void close() {
            inner.close();
        }
    }
}
