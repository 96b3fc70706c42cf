/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static dev.keywright.s3.Loopback.BUCKET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.CryptographicMaterialsManager;
import dev.keywright.spi.FormatException;
import dev.keywright.spi.KeywrightException;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

class HeadObjectTest {
    @AutoClose
    private static final Loopback LOOPBACK = new Loopback();

    private final EncryptingS3Client client = LOOPBACK.encrypting;

    @BeforeEach
    void reset() {
        LOOPBACK.reset();
    }

    private static HeadObjectRequest request() {
        return HeadObjectRequest.builder().bucket(BUCKET).key("k").build();
    }

    @Test
    void headObject_encrypted_speaksOfThePlaintextAndNeedsNoKey() {
        client.putObject(
                to -> to.bucket(BUCKET).key("k").metadata(Map.of("owner", "me")),
                RequestBody.fromBytes(Loopback.bytes(1000)));
        EncryptingS3Client withoutKey = EncryptingS3Client.builder()
                .client(LOOPBACK.plain)
                .materialsManager(
                        CryptographicMaterialsManager.rotating(LOOPBACK.keyring, List.of(), new SecureRandom()))
                .build();
        HeadObjectResponse head = withoutKey.headObject(
                request().toBuilder().checksumMode("ENABLED").build());
        assertThat(head.contentLength()).isEqualTo(1000);
        assertThat(head.metadata()).isEqualTo(Map.of("owner", "me"));
        assertThat(head.eTag()).isEqualTo(LOOPBACK.stored("k").etag());
        assertThat(head.sdkFields().stream()
                        .filter(field -> field.memberName().startsWith("Checksum"))
                        .map(field -> field.getValueOrDefault(head)))
                .hasSize(11)
                .containsOnlyNulls();
        assertThat(LOOPBACK.plain
                        .headObject(
                                request().toBuilder().checksumMode("ENABLED").build())
                        .checksumCRC32())
                .as("S3 has one")
                .isNotNull();
    }

    @Test
    void headObject_v2AndEmpty_haveTheirPlaintextLengths() {
        LOOPBACK.s3.putObject(BUCKET, "k", KnownAnswers.V2_BODY, KnownAnswers.V2_METADATA);
        assertThat(client.headObject(request()).contentLength()).isEqualTo(44);
        LOOPBACK.s3.putObject(BUCKET, "k", KnownAnswers.V3_BODY_OF_NOTHING, KnownAnswers.V3_METADATA);
        assertThat(client.headObject(request()).contentLength()).isZero();
    }

    @Test
    void headObject_withoutEnvelope_isAsS3HasIt() {
        LOOPBACK.s3.putObject(BUCKET, "k", new byte[100], Map.of("owner", "me"));
        assertThat(client.headObject(request()).equalsBySdkFields(LOOPBACK.plain.headObject(request())))
                .isTrue();
    }

    @Test
    void headObject_brokenEnvelope_isRefused() {
        for (String name : List.of("x-amz-c", "x-amz-d", "x-amz-i", "x-amz-w")) {
            Map<String, String> broken = new HashMap<>(KnownAnswers.V3_METADATA);
            broken.remove(name);
            LOOPBACK.s3.putObject(BUCKET, "k", new byte[100], broken);
            assertThatThrownBy(() -> client.headObject(request()))
                    .isInstanceOf(FormatException.class)
                    .hasMessageContaining("s3://bucket/k");
        }
    }

    /** The padding of CBC, or an envelope in a file: what is not known is not said. */
    @Test
    void headObject_whoseMetadataDoesNotTellThePlaintextsLength_saysNone() {
        String iv = "sLGys7S1tre4ubq7vL2+vw==";
        for (Map<String, String> metadata : List.of(
                Map.of("x-amz-unencrypted-content-length", "5"),
                Map.of("x-amz-key", "AAAA", "x-amz-iv", iv, "x-amz-matdesc", "{}"))) {
            LOOPBACK.s3.putObject(BUCKET, "k", new byte[48], metadata);
            assertThat(client.headObject(request()).contentLength()).isNull();
        }
    }

    @Test
    void headObject_bodyShorterThanItsTag_isRefused() {
        LOOPBACK.s3.putObject(BUCKET, "k", new byte[15], KnownAnswers.V3_METADATA);
        assertThatThrownBy(() -> client.headObject(request()))
                .isInstanceOf(KeywrightException.class)
                .hasMessageContainingAll("s3://bucket/k", "15 bytes");
    }

    @Test
    void headObject_ofARangeOrPart_isRefused() {
        for (HeadObjectRequest refused : List.of(
                request().toBuilder().range("bytes=0-9").build(),
                request().toBuilder().partNumber(1).build())) {
            assertThatThrownBy(() -> client.headObject(refused)).isInstanceOf(UnsupportedOperationException.class);
        }
        assertThat(LOOPBACK.s3.requests()).isEmpty();
    }

    @Test
    void headObject_missing_isTheSdksError() {
        assertThatThrownBy(() -> client.headObject(request())).isInstanceOf(NoSuchKeyException.class);
    }
}
