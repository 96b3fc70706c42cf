/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static dev.keywright.s3.Loopback.BUCKET;

import dev.keywright.spi.IntegrityException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Random;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/** What one worker of a {@link Soak} does at a time, on keys of its own. Each puts what it reads, and checks what it got. */
enum SoakOperation {
    SMALL_IN_MEMORY {
        @Override
        void run(SoakClients clients, String prefix, Random random) {
            byte[] plaintext = put(clients.inMemory, prefix, random.nextInt(2000));
            require(plaintext, clients.inMemory.getObjectAsBytes(get(prefix)).asByteArray());
        }
    },
    LARGE_SPOOLED {
        @Override
        void run(SoakClients clients, String prefix, Random random) {
            byte[] plaintext = put(clients.inMemory, prefix, large(random));
            require(plaintext, clients.spooling.getObjectAsBytes(get(prefix)).asByteArray());
        }
    },
    LARGE_UNVERIFIED {
        @Override
        void run(SoakClients clients, String prefix, Random random) throws Exception {
            byte[] plaintext = put(clients.inMemory, prefix, large(random));
            try (InputStream got = clients.inMemory.getObjectUnverified(get(prefix))) {
                require(plaintext, got.readAllBytes());
            }
        }
    },
    VERIFIED_STREAM_LEFT_EARLY {
        @Override
        void run(SoakClients clients, String prefix, Random random) throws Exception {
            byte[] plaintext = put(clients.inMemory, prefix, large(random));
            try (InputStream got = clients.spooling.getObject(get(prefix))) {
                require(Arrays.copyOf(plaintext, 1000), got.readNBytes(1000));
            }
        }
    },
    UNVERIFIED_STREAM_ABORTED {
        @Override
        void run(SoakClients clients, String prefix, Random random) throws Exception {
            byte[] plaintext = put(clients.inMemory, prefix, large(random));
            var got = clients.inMemory.getObjectUnverified(get(prefix));
            require(Arrays.copyOf(plaintext, 1000), got.readNBytes(1000));
            got.abort();
        }
    },
    INSTRUCTION_FILE {
        @Override
        void run(SoakClients clients, String prefix, Random random) {
            byte[] plaintext = put(clients.withInstructionFiles, prefix, random.nextInt(100_000));
            require(plaintext, clients.inMemory.getObjectAsBytes(get(prefix)).asByteArray());
            clients.inMemory.deleteObject(of -> of.bucket(BUCKET).key(prefix + "k"));
        }
    },
    COPY_HEAD_AND_DELETE {
        @Override
        void run(SoakClients clients, String prefix, Random random) {
            byte[] plaintext = put(clients.inMemory, prefix, random.nextInt(100_000));
            clients.inMemory.copyObject(copy -> copy.sourceBucket(BUCKET)
                    .sourceKey(prefix + "k")
                    .destinationBucket(BUCKET)
                    .destinationKey(prefix + "copy"));
            long length = clients.inMemory
                    .headObject(of -> of.bucket(BUCKET).key(prefix + "copy"))
                    .contentLength();
            if (length != plaintext.length) {
                throw new AssertionError("a copy of " + length + " bytes");
            }
            clients.inMemory.deleteObject(of -> of.bucket(BUCKET).key(prefix + "copy"));
        }
    },
    ANOTHER_KEY_IS_REFUSED {
        @Override
        void run(SoakClients clients, String prefix, Random random) {
            put(clients.inMemory, prefix, large(random));
            refused(() -> clients.withOtherKey.getObjectAsBytes(get(prefix)));
        }
    },
    DAMAGE_IS_REFUSED {
        @Override
        void run(SoakClients clients, String prefix, Random random) {
            byte[] plaintext = put(clients.inMemory, prefix, large(random));
            var stored = clients.plain.getObjectAsBytes(get(prefix));
            byte[] body = stored.asByteArray();
            body[random.nextInt(plaintext.length)] ^= 1;
            clients.plain.putObject(
                    PutObjectRequest.builder()
                            .bucket(BUCKET)
                            .key(prefix + "k")
                            .metadata(stored.response().metadata())
                            .build(),
                    RequestBody.fromBytes(body));
            refused(() -> clients.inMemory.getObjectAsBytes(get(prefix)));
            refused(() -> clients.spooling.getObjectAsBytes(get(prefix)));
        }
    };

    /** Throws what the SDK throws when the server makes trouble, and anything else if it is wrong. */
    abstract void run(SoakClients clients, String prefix, Random random) throws Exception;

    private static int large(Random random) {
        return 1_000_000 + random.nextInt(500_000);
    }

    private static byte[] put(EncryptingS3Client client, String prefix, int length) {
        byte[] plaintext = Loopback.bytes(length);
        client.putObject(
                PutObjectRequest.builder().bucket(BUCKET).key(prefix + "k").build(), RequestBody.fromBytes(plaintext));
        return plaintext;
    }

    private static GetObjectRequest get(String prefix) {
        return GetObjectRequest.builder().bucket(BUCKET).key(prefix + "k").build();
    }

    private static void require(byte[] wanted, byte[] got) {
        if (!Arrays.equals(wanted, got)) {
            throw new AssertionError("not what was put: " + got.length + " bytes");
        }
    }

    private static void refused(Runnable read) {
        try {
            read.run();
        } catch (IntegrityException e) {
            return;
        }
        throw new AssertionError("it was not refused");
    }
}
