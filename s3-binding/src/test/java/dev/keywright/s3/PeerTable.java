/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.envelope.CommitmentPolicy;
import dev.keywright.spi.Keyring;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.encryption.s3.S3EncryptionClient;
import software.amazon.encryption.s3.algorithms.AlgorithmSuite;

/**
 * Amazon's S3 Encryption Client for Java 4.0.1 opens what Keywright wrote, and Keywright what it wrote: for every wrap,
 * format, description or context, and size, on one server.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
abstract class PeerTable {
    static final int MIB = 1 << 20;
    static final List<Integer> SIZES = List.of(0, 1, 15, 16, 17, 1000, MIB, 20 * MIB);

    private static final String BUCKET = "peer";

    /** One for both; quotes, a backslash, a slash and a plus sign have more than one form in JSON. */
    private static final Map<String, String> ENTRIES =
            Map.of("tenant", "blue", "path", "a/b+c", "quoted", "\"x\" \\ <y>&'z'");

    private final PeerKeys keys = new PeerKeys();
    private final Server server;
    private final CompatibilityReport report;
    private final S3Client plain;
    private final S3AsyncClient plainAsync;

    enum Format {
        V2(
                CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT,
                software.amazon.encryption.s3.CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT,
                AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF),
        V3(
                CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
                software.amazon.encryption.s3.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
                AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY);

        final CommitmentPolicy ours;
        final software.amazon.encryption.s3.CommitmentPolicy peers;
        final AlgorithmSuite peersSuite;

        Format(CommitmentPolicy ours, software.amazon.encryption.s3.CommitmentPolicy peers, AlgorithmSuite peersSuite) {
            this.ours = ours;
            this.peers = peers;
            this.peersSuite = peersSuite;
        }
    }

    /** Where the objects are stored. */
    record Server(String name, URI endpoint, AutoCloseable stop) {}

    PeerTable(Server server) throws IOException {
        this.server = server;
        this.report = new CompatibilityReport(server.name(), SIZES);
        URI endpoint = server.endpoint();
        this.plain = Loopback.settings(endpoint)
                .httpClient(UrlConnectionHttpClient.create())
                .build();
        this.plainAsync = new CollectingS3AsyncClient(S3AsyncClient.builder()
                .endpointOverride(endpoint)
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
                .forcePathStyle(true)
                .build());
        plain.createBucket(to -> to.bucket(BUCKET));
    }

    Stream<Arguments> rows() {
        return keys.all().stream()
                .flatMap(key -> Stream.of(Format.values())
                        .flatMap(format -> Stream.of(Map.of(), ENTRIES)
                                .map(entries ->
                                        Arguments.of(key, format, entries.isEmpty() ? "empty" : "ASCII", entries))));
    }

    @ParameterizedTest(name = "{0}, {1}, {2}")
    @MethodSource("rows")
    @Order(1)
    @Tag("VEC-005")
    void eachOpensWhatTheOtherWrote(PeerKey key, Format format, String context, Map<String, String> entries) {
        for (int size : SIZES) {
            exchange(key, format, entries, size);
            report.add(key.name(), format.name(), context, size);
        }
    }

    List<PeerKey> keys() {
        return keys.all();
    }

    /** Each puts, and each gets what the other put. */
    void exchange(PeerKey key, Format format, Map<String, String> entries, int size) {
        Map<String, String> description = key.bindsContext() ? Map.of() : entries;
        Map<String, String> bound = key.bindsContext() ? entries : Map.of();
        try (Keyring keyring = key.ours().apply(description)) {
            S3Client ours = EncryptingS3Client.builder()
                    .client(plain)
                    .keyring(keyring)
                    .commitmentPolicy(format.ours)
                    .build();
            S3Client peer = S3EncryptionClient.builderV4()
                    .wrappedClient(plain)
                    .wrappedAsyncClient(plainAsync)
                    .keyring(key.peers().apply(description))
                    .commitmentPolicy(format.peers)
                    .encryptionAlgorithm(format.peersSuite)
                    .build();
            exchange(new Side(ours, EncryptionContext.of(bound)), new Side(peer, peersContext(bound)), size);
        }
    }

    @Test
    @Order(2)
    void report_isTheOneInTheDocuments() throws Exception {
        report.settle(Path.of(
                System.getProperty("keywright.root"),
                "s3-binding",
                "target",
                "compatibility-" + server.name().replaceAll("\\W+", "-") + ".md"));
    }

    @AfterAll
    void close() throws Exception {
        plain.close();
        plainAsync.close();
        server.stop().close();
        keys.close();
    }

    private static Consumer<AwsRequestOverrideConfiguration.Builder> peersContext(Map<String, String> bound) {
        return bound.isEmpty() ? configuration -> {} : S3EncryptionClient.withAdditionalConfiguration(bound);
    }

    private record Side(S3Client client, Consumer<AwsRequestOverrideConfiguration.Builder> context) {
        void put(String key, byte[] plaintext) {
            client.putObject(
                    to -> to.bucket(BUCKET).key(key).overrideConfiguration(context), RequestBody.fromBytes(plaintext));
        }

        byte[] get(String key) {
            ResponseBytes<GetObjectResponse> got = client.getObject(
                    from -> from.bucket(BUCKET).key(key).overrideConfiguration(context), ResponseTransformer.toBytes());
            return got.asByteArrayUnsafe();
        }
    }

    private void exchange(Side ours, Side peer, int size) {
        byte[] plaintext = Loopback.bytes(size);
        ours.put("ours", plaintext);
        peer.put("peers", plaintext);
        assertThat(peer.get("ours"))
                .as("the peer reads ours, " + size + " bytes")
                .isEqualTo(plaintext);
        assertThat(ours.get("peers"))
                .as("we read the peer's, " + size + " bytes")
                .isEqualTo(plaintext);
        HeadObjectResponse written =
                plain.headObject(from -> from.bucket(BUCKET).key("ours"));
        HeadObjectResponse model = plain.headObject(from -> from.bucket(BUCKET).key("peers"));
        assertThat(written.metadata().keySet())
                .as("what is stored beside the body")
                .isEqualTo(model.metadata().keySet());
        assertThat(written.contentLength()).isEqualTo(model.contentLength());
    }
}
