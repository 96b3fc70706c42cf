/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.jca.JcaKeyrings;
import dev.keywright.spi.Keyring;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/** Puts a file resumably, in a process that {@link ResumableUploadTest} kills. */
final class ResumableMain {
    private ResumableMain() {}

    /**
     * Puts.
     *
     * @param arguments S3's endpoint, the file, the state file, the part size
     */
    public static void main(String[] arguments) {
        try (Keyring keyring = JcaKeyrings.platform().aes("test key", KnownAnswers.AES_MASTER_KEY);
                S3Client plain = Loopback.settings(URI.create(arguments[0]))
                        .httpClient(UrlConnectionHttpClient.create())
                        .build()) {
            EncryptingS3Client.builder()
                    .client(plain)
                    .keyring(keyring)
                    .partBytes(Integer.parseInt(arguments[3]))
                    .multipartThreads(2)
                    .build()
                    .putObject(ResumableUpload.of(
                            PutObjectRequest.builder()
                                    .bucket(Loopback.BUCKET)
                                    .key("k")
                                    .metadata(Map.of("author", "me"))
                                    .build(),
                            Path.of(arguments[1]),
                            Path.of(arguments[2])));
        }
    }
}
