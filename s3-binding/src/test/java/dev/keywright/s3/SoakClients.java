/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.jca.JcaKeyrings;
import dev.keywright.spi.Keyring;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.services.s3.S3Client;

/** The clients of a {@link Soak}, shared by all its workers. */
final class SoakClients implements AutoCloseable {
    /** How many pools of connections there are. */
    static final int POOLS = 1;

    /** Short, as the JDK's HTTP server at times forgets a connection that is in wait, and the next attempt makes a new one. */
    private static final Duration SOCKET_TIMEOUT = Duration.ofSeconds(2);

    private final Keyring keyring = JcaKeyrings.platform().aes("soak", new byte[32]);
    private final Keyring otherKeyring = JcaKeyrings.platform()
            .aes("soak", "another key, same name, 32 bytes".getBytes(java.nio.charset.StandardCharsets.US_ASCII));

    final S3Client plain;
    final EncryptingS3Client inMemory;
    final EncryptingS3Client spooling;
    final EncryptingS3Client withInstructionFiles;
    final EncryptingS3Client withOtherKey;

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
    }

    private EncryptingS3Client.Builder builder(Keyring masterKey) {
        return EncryptingS3Client.builder().client(plain).keyring(masterKey);
    }

    @Override
    public void close() {
        plain.close();
        keyring.close();
        otherKeyring.close();
    }
}
