/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.spi.CryptographicMaterialsManager;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.EncryptionMaterials;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.WrappedDataKey;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** A loopback S3, and an asynchronous client of it with a pool of two connections, and one thread for keys and files. */
final class AsyncLoopback implements AutoCloseable {
    static final String KEY_THREAD = "keys and files";

    final Loopback sync = new Loopback();
    final ExecutorService executor = Executors.newSingleThreadExecutor(work -> new Thread(work, KEY_THREAD));

    /** The threads that asked for keys. */
    final List<String> keyThreads = new CopyOnWriteArrayList<>();

    final S3AsyncClient plain = AsyncClients.settings(
                    sync.s3.endpoint(),
                    NettyNioAsyncHttpClient.builder()
                            .maxConcurrency(2)
                            .connectionAcquisitionTimeout(Duration.ofSeconds(20))
                            .build())
            .build();
    final EncryptingS3AsyncClient encrypting = encrypting().build();

    EncryptingS3AsyncClient.Builder encrypting() {
        return EncryptingS3AsyncClient.builder()
                .client(plain)
                .materialsManager(watched())
                .executor(executor);
    }

    /** Notes the threads that ask it. */
    CryptographicMaterialsManager watched() {
        return new Watched(
                CryptographicMaterialsManager.rotating(sync.keyring, List.of(sync.keyring), new SecureRandom()),
                keyThreads);
    }

    void reset() {
        sync.reset();
        keyThreads.clear();
    }

    @Override
    public void close() {
        encrypting.close();
        executor.shutdown();
        sync.close();
    }

    private record Watched(CryptographicMaterialsManager materials, List<String> threads)
            implements CryptographicMaterialsManager {
        @Override
        public EncryptionMaterials forEncrypt(ObjectName object, KeyRequest request) {
            threads.add(Thread.currentThread().getName());
            return materials.forEncrypt(object, request);
        }

        @Override
        public DataKey forDecrypt(ObjectName object, WrappedDataKey wrapped, KeyRequest request) {
            threads.add(Thread.currentThread().getName());
            return materials.forDecrypt(object, wrapped, request);
        }
    }
}
