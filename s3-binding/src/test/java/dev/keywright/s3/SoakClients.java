/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.jca.JcaKeyrings;
import dev.keywright.spi.Keyring;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.core.client.config.SdkAdvancedAsyncClientOption;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.services.s3.S3Client;

/** The clients of a {@link Soak}, shared by all its workers. */
final class SoakClients implements AutoCloseable {
    /** How many pools of connections there are. */
    static final int POOLS = 2;

    private static final int KEY_THREADS = 4;

    /** Short, as the server at times takes a request and says nothing. */
    private static final Duration SOCKET_TIMEOUT = Duration.ofSeconds(2);

    private final Keyring keyring = JcaKeyrings.platform().aes("soak", new byte[32]);
    private final Keyring otherKeyring = JcaKeyrings.platform()
            .aes("soak", "another key, same name, 32 bytes".getBytes(java.nio.charset.StandardCharsets.US_ASCII));

    final S3Client plain;
    final EncryptingS3Client inMemory;
    final EncryptingS3Client spooling;
    final EncryptingS3Client withInstructionFiles;
    final EncryptingS3Client withOtherKey;
    final EncryptingS3Client readingTwice;
    final EncryptingS3AsyncClient asynchronous;
    private final ThreadPoolExecutor executor =
            new ThreadPoolExecutor(KEY_THREADS, KEY_THREADS, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>());

    SoakClients(URI endpoint, Path temporary, int connections) {
        plain = Loopback.settings(endpoint)
                .httpClient(Apache5HttpClient.builder()
                        .maxConnections(connections)
                        .socketTimeout(SOCKET_TIMEOUT)
                        .build())
                .build();
        inMemory = builder(keyring).build();
        spooling = builder(keyring).bufferBytes(0).spoolDirectory(temporary).build();
        withInstructionFiles = builder(keyring)
                .instructionFiles(InstructionFileConfig.DEFAULT.withWrites(true))
                .build();
        withOtherKey = builder(otherKeyring).build();
        readingTwice =
                builder(keyring).verifiedRelease(VerifiedRelease.READ_TWICE).build();
        executor.prestartAllCoreThreads();
        asynchronous = EncryptingS3AsyncClient.builder()
                .client(AsyncClients.settings(
                                endpoint,
                                NettyNioAsyncHttpClient.builder()
                                        .maxConcurrency(connections)
                                        .eventLoopGroupBuilder(
                                                SdkEventLoopGroup.builder().numberOfThreads(2))
                                        .readTimeout(SOCKET_TIMEOUT)
                                        .build())
                        .asyncConfiguration(of ->
                                of.advancedOption(SdkAdvancedAsyncClientOption.FUTURE_COMPLETION_EXECUTOR, executor))
                        .build())
                .keyring(keyring)
                .bufferBytes(0)
                .spoolDirectory(temporary)
                .executor(executor)
                .build();
    }

    private EncryptingS3Client.Builder builder(Keyring masterKey) {
        return EncryptingS3Client.builder().client(plain).keyring(masterKey);
    }

    @Override
    public void close() {
        plain.close();
        asynchronous.close();
        executor.shutdown();
        keyring.close();
        otherKeyring.close();
    }
}
