/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static dev.keywright.s3.Loopback.BUCKET;

import dev.keywright.spi.IntegrityException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

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
    },
    LARGE_READ_TWICE {
        @Override
        void run(SoakClients clients, String prefix, Random random) {
            byte[] plaintext = put(clients.inMemory, prefix, large(random));
            require(
                    plaintext,
                    clients.readingTwice.getObjectAsBytes(get(prefix)).asByteArray());
        }
    },
    UNVERIFIED_RANGE {
        @Override
        void run(SoakClients clients, String prefix, Random random) throws Exception {
            byte[] plaintext = put(clients.inMemory, prefix, large(random));
            int from = random.nextInt(plaintext.length);
            int to = from + random.nextInt(plaintext.length - from);
            try (InputStream got = clients.inMemory.getObjectUnverified(
                    get(prefix).toBuilder().range("bytes=" + from + "-" + to).build())) {
                require(Arrays.copyOfRange(plaintext, from, to + 1), got.readAllBytes());
            }
        }
    },
    VERIFIED_RANGES {
        @Override
        void run(SoakClients clients, String prefix, Random random) {
            byte[] plaintext = put(clients.inMemory, prefix, large(random));
            try (VerifiedObject object = clients.inMemory.openVerified(BUCKET, prefix + "k")) {
                for (int i = 0; i < 3; i++) {
                    int from = random.nextInt(plaintext.length);
                    int length = random.nextInt(plaintext.length - from);
                    require(Arrays.copyOfRange(plaintext, from, from + length), object.read(from, length));
                }
            }
        }
    },
    PARTS_FROM_THE_LAST_TO_THE_FIRST {
        @Override
        void run(SoakClients clients, String prefix, Random random) {
            byte[] plaintext = Loopback.bytes(large(random));
            String id = clients.inMemory
                    .createMultipartUpload(to ->
                            to.bucket(BUCKET).key(prefix + "k").overrideConfiguration(MultipartPartSize.of(PART_BYTES)))
                    .uploadId();
            try {
                List<CompletedPart> parts = new ArrayList<>();
                for (int number = lastPart(plaintext); number > 0; number--) {
                    int each = number;
                    parts.add(part(
                            number,
                            clients.inMemory.uploadPart(
                                    to -> to.bucket(BUCKET)
                                            .key(prefix + "k")
                                            .uploadId(id)
                                            .partNumber(each),
                                    RequestBody.fromBytes(part(plaintext, number)))));
                }
                clients.inMemory.completeMultipartUpload(to ->
                        to.bucket(BUCKET).key(prefix + "k").uploadId(id).multipartUpload(list -> list.parts(parts)));
            } catch (SdkException e) {
                clients.inMemory.abortMultipartUpload(
                        of -> of.bucket(BUCKET).key(prefix + "k").uploadId(id));
                throw e;
            }
            require(plaintext, clients.inMemory.getObjectAsBytes(get(prefix)).asByteArray());
        }
    },
    ASYNCHRONOUS {
        @Override
        void run(SoakClients clients, String prefix, Random random) throws Exception {
            byte[] plaintext = Loopback.bytes(large(random));
            await(clients.asynchronous.putObject(
                    to -> to.bucket(BUCKET).key(prefix + "k"), AsyncRequestBody.fromBytes(plaintext)));
            require(
                    plaintext,
                    await(clients.asynchronous.getObject(get(prefix), AsyncResponseTransformer.toBytes()))
                            .asByteArrayUnsafe());
        }
    },
    ASYNCHRONOUS_GIVEN_UP {
        @Override
        void run(SoakClients clients, String prefix, Random random) throws Exception {
            byte[] plaintext = put(clients.inMemory, prefix, large(random));
            var reading = clients.asynchronous.getObject(get(prefix), AsyncResponseTransformer.toBytes());
            var writing = clients.asynchronous.putObject(
                    to -> to.bucket(BUCKET).key(prefix + "given-up"), AsyncRequestBody.fromBytes(plaintext));
            reading.cancel(true);
            writing.cancel(true);
            await(clients.asynchronous.deleteObject(of -> of.bucket(BUCKET).key(prefix + "given-up")));
        }
    },
    ASYNCHRONOUS_PARTS_AT_ONCE {
        @Override
        void run(SoakClients clients, String prefix, Random random) throws Exception {
            byte[] plaintext = Loopback.bytes(large(random));
            String id = await(clients.asynchronous.createMultipartUpload(to -> to.bucket(BUCKET)
                            .key(prefix + "k")
                            .overrideConfiguration(MultipartPartSize.of(PART_BYTES))))
                    .uploadId();
            List<CompletableFuture<CompletedPart>> sending = new ArrayList<>();
            for (int number = lastPart(plaintext); number > 0; number--) {
                int each = number;
                sending.add(clients.asynchronous
                        .uploadPart(
                                to -> to.bucket(BUCKET)
                                        .key(prefix + "k")
                                        .uploadId(id)
                                        .partNumber(each),
                                AsyncRequestBody.fromBytes(part(plaintext, number)))
                        .thenApply(response -> part(each, response)));
            }
            try {
                List<CompletedPart> parts = new ArrayList<>();
                for (CompletableFuture<CompletedPart> each : sending) {
                    parts.add(await(each));
                }
                await(clients.asynchronous.completeMultipartUpload(to ->
                        to.bucket(BUCKET).key(prefix + "k").uploadId(id).multipartUpload(list -> list.parts(parts))));
            } catch (SdkException e) {
                await(CompletableFuture.allOf(sending.toArray(CompletableFuture[]::new))
                        .exceptionally(other -> null));
                await(clients.asynchronous.abortMultipartUpload(
                        of -> of.bucket(BUCKET).key(prefix + "k").uploadId(id)));
                throw e;
            }
            require(plaintext, clients.inMemory.getObjectAsBytes(get(prefix)).asByteArray());
        }
    };

    private static final int PART_BYTES = 256 << 10;

    /** Throws what the SDK throws when the server makes trouble, and anything else if it is wrong. */
    abstract void run(SoakClients clients, String prefix, Random random) throws Exception;

    private static int large(Random random) {
        return 1_000_000 + random.nextInt(500_000);
    }

    private static int lastPart(byte[] plaintext) {
        return (plaintext.length + PART_BYTES - 1) / PART_BYTES;
    }

    private static byte[] part(byte[] plaintext, int number) {
        int from = (number - 1) * PART_BYTES;
        return Arrays.copyOfRange(plaintext, from, Math.min(plaintext.length, from + PART_BYTES));
    }

    private static CompletedPart part(int number, UploadPartResponse response) {
        return CompletedPart.builder().partNumber(number).eTag(response.eTag()).build();
    }

    /** Waits, but not for ever: a future that nobody completes is a fault. */
    private static <T> T await(CompletableFuture<T> future) throws Exception {
        try {
            return future.get(1, TimeUnit.MINUTES);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
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
