/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.client;

import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/** The SDK's client without encryption. */
final class PlainClient implements MeasuredClient {
    private final S3Client s3;

    PlainClient(URI endpoint) {
        this.s3 = Clients.blocking(endpoint);
    }

    @Override
    public void put(String key, long lengthBytes) {
        s3.putObject(b -> b.bucket(Clients.BUCKET).key(key), Clients.plaintext(0, lengthBytes));
    }

    @Override
    public void putInParts(String key, long lengthBytes) {
        String id =
                s3.createMultipartUpload(b -> b.bucket(Clients.BUCKET).key(key)).uploadId();
        ExecutorService threads = Executors.newFixedThreadPool(PART_THREADS);
        try {
            List<Future<CompletedPart>> parts = new ArrayList<>();
            for (long first = 0; first < lengthBytes; first += PART_BYTES) {
                long from = first;
                long length = Math.min(PART_BYTES, lengthBytes - first);
                parts.add(threads.submit(() -> putPart(key, id, from, length)));
            }
            List<CompletedPart> completed = new ArrayList<>();
            for (Future<CompletedPart> part : parts) {
                completed.add(part.get());
            }
            s3.completeMultipartUpload(
                    b -> b.bucket(Clients.BUCKET).key(key).uploadId(id).multipartUpload(m -> m.parts(completed)));
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        } finally {
            threads.shutdownNow();
        }
    }

    private CompletedPart putPart(String key, String id, long first, long length) {
        int number = (int) (first / PART_BYTES) + 1;
        String etag = s3.uploadPart(
                        b -> b.bucket(Clients.BUCKET).key(key).uploadId(id).partNumber(number),
                        Clients.plaintext(first, length))
                .eTag();
        return CompletedPart.builder().partNumber(number).eTag(etag).build();
    }

    @Override
    public InputStream get(String key, Operation how) {
        return s3.getObject(b -> b.bucket(Clients.BUCKET).key(key));
    }

    @Override
    public InputStream getRange(String key, long first, long lengthBytes) {
        return s3.getObject(b -> b.bucket(Clients.BUCKET).key(key).range(Clients.range(first, lengthBytes)));
    }

    @Override
    public void close() {
        s3.close();
    }
}
