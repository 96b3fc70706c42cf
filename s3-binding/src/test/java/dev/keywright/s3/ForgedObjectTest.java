/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static dev.keywright.s3.Loopback.BUCKET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.keywright.envelope.CommitmentPolicy;
import dev.keywright.jca.JcaKeyrings;
import dev.keywright.kms.KmsKeyring;
import dev.keywright.spi.FormatException;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.PolicyException;
import dev.keywright.testing.MiniKms;
import java.security.KeyPairGenerator;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;

/**
 * Objects that were written by the client and then changed by someone who can write to the bucket: which layer refuses
 * them, under real keyrings of each wrap. The full list of malformed envelopes is tested with the envelope; these are the
 * attacks that only the wrap can see, and a sample of each other layer.
 */
class ForgedObjectTest {
    @AutoClose
    private static final Loopback LOOPBACK = new Loopback();

    @AutoClose
    private static final MiniKms KMS = MiniKms.start();

    private static final Map<String, String> CONTEXT = Map.of("tenant", "blue", "realm", "north");

    private static KmsClient kmsClient;
    private static Map<Wrap, Keyring> keyrings;

    enum Wrap {
        AES,
        RSA,
        KMS
    }

    /** The layer that must refuse, as the caller sees it. */
    enum Layer {
        FORMAT(FormatException.class),
        POLICY(PolicyException.class),
        CONTEXT(KeyringException.class),
        NO_KEY(KeyringException.class),
        WRAPPED_KEY(IntegrityException.class),
        COMMITMENT(IntegrityException.class),
        CONTENT(IntegrityException.class);

        final Class<?> type;

        Layer(Class<?> type) {
            this.type = type;
        }

        boolean refused(Throwable thrown) {
            if (thrown instanceof IntegrityException integrity) {
                return integrity.stage().name().equals(name());
            }
            if (thrown instanceof KeyringException failed) {
                return this == CONTEXT
                        ? failed.reason() == KeyringException.Reason.CONTEXT_MISMATCH
                        : this == NO_KEY && failed.reason() == KeyringException.Reason.NO_MATCHING_KEY;
            }
            return type.isInstance(thrown);
        }
    }

    @BeforeAll
    static void keys() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        kmsClient = KmsClient.builder()
                .endpointOverride(KMS.endpoint())
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
                .httpClient(UrlConnectionHttpClient.create())
                .build();
        keyrings = Map.of(
                Wrap.AES, JcaKeyrings.platform().aes("aes", Loopback.bytes(32)),
                Wrap.RSA, JcaKeyrings.platform().rsa("rsa", generator.generateKeyPair()),
                Wrap.KMS, KmsKeyring.of(kmsClient, KMS.createKey()));
    }

    @AfterAll
    static void close() {
        keyrings.values().forEach(Keyring::close);
        kmsClient.close();
    }

    @BeforeEach
    void reset() {
        LOOPBACK.reset();
        KMS.clearCalls();
    }

    private static EncryptingS3Client client(Wrap wrap, CommitmentPolicy policy) {
        return EncryptingS3Client.builder()
                .client(LOOPBACK.plain)
                .keyring(keyrings.get(wrap))
                .commitmentPolicy(policy)
                .build();
    }

    private static EncryptionContext contextOf(Wrap wrap) {
        return EncryptionContext.of(wrap == Wrap.KMS ? CONTEXT : Map.of());
    }

    private static Map<String, String> put(Wrap wrap, boolean committing, String key) {
        client(
                        wrap,
                        committing
                                ? CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT
                                : CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT)
                .putObject(
                        to -> to.bucket(BUCKET).key(key).overrideConfiguration(contextOf(wrap)),
                        RequestBody.fromBytes(Loopback.bytes(1000)));
        return LOOPBACK.stored(key).metadata();
    }

    /** Reads with every gate that there is open; nothing may be handed on. */
    private static Throwable refusal(Wrap wrap, CommitmentPolicy policy, EncryptionContext context) {
        AtomicInteger handedOn = new AtomicInteger();
        Throwable thrown = catchThrowable(() -> client(wrap, policy)
                .getObject(
                        GetObjectRequest.builder()
                                .bucket(BUCKET)
                                .key("k")
                                .overrideConfiguration(context)
                                .build(),
                        (response, content) -> handedOn.incrementAndGet()));
        assertThat(handedOn).hasValue(0);
        return thrown;
    }

    private static void assertRefused(Wrap wrap, Layer layer) {
        Throwable thrown = refusal(wrap, CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT, contextOf(wrap));
        assertThat(thrown).isNotNull();
        assertThat(layer.refused(thrown)).as(layer + ", but was " + thrown).isTrue();
        assertThat(thrown).hasMessageContaining("s3://bucket/k");
    }

    private record Forgery(boolean committing, UnaryOperator<Map<String, String>> change) {}

    private static Arguments row(
            int number, String what, boolean committing, Layer layer, UnaryOperator<Map<String, String>> change) {
        return Arguments.of(number, what, layer, new Forgery(committing, change));
    }

    private static UnaryOperator<Map<String, String>> set(String... pairs) {
        return stored -> {
            Map<String, String> changed = new HashMap<>(stored);
            for (int i = 0; i < pairs.length; i += 2) {
                if (pairs[i + 1].isEmpty()) {
                    changed.remove(pairs[i]);
                } else {
                    changed.put(pairs[i], pairs[i + 1]);
                }
            }
            return changed;
        };
    }

    private static UnaryOperator<Map<String, String>> bytes(String name, UnaryOperator<byte[]> change) {
        return stored -> {
            Map<String, String> changed = new HashMap<>(stored);
            byte[] before = Base64.getDecoder().decode(stored.get(name));
            changed.put(name, Base64.getEncoder().encodeToString(change.apply(before.clone())));
            return changed;
        };
    }

    private static byte[] flipped(byte[] bytes, int at) {
        bytes[at] ^= 1;
        return bytes;
    }

    private static String base64(int bytes) {
        return Base64.getEncoder().encodeToString(Loopback.bytes(bytes));
    }

    /** As the attacks of section 16 of the wire format are numbered. */
    static Stream<Arguments> forgeries() {
        return Stream.of(
                row(1, "two wrapped keys", false, Layer.FORMAT, set("x-amz-key", base64(60))),
                row(2, "V3 header spoofing", false, Layer.FORMAT, set("x-amz-c", "115", "x-amz-w", "12")),
                row(5, "V3 without its wrapped key", true, Layer.FORMAT, set("x-amz-3", "", "x-amz-w", "")),
                row(10, "wrap removed", false, Layer.FORMAT, set("x-amz-wrap-alg", "")),
                row(10, "wrap set to a legacy one", false, Layer.POLICY, set("x-amz-wrap-alg", "AESWrap")),
                row(10, "wrap set to an unknown one", false, Layer.FORMAT, set("x-amz-wrap-alg", "AES")),
                row(12, "commitment flipped", true, Layer.COMMITMENT, bytes("x-amz-d", d -> flipped(d, 27))),
                row(12, "commitment shortened", true, Layer.FORMAT, bytes("x-amz-d", d -> Arrays.copyOf(d, 20))),
                row(13, "message id flipped", true, Layer.COMMITMENT, bytes("x-amz-i", i -> flipped(i, 0))),
                row(14, "another content cipher", true, Layer.FORMAT, set("x-amz-c", "116")),
                row(15, "another wrap code", true, Layer.FORMAT, set("x-amz-w", "21")),
                row(17, "another tag length", false, Layer.FORMAT, set("x-amz-tag-len", "96")),
                row(18, "another IV", false, Layer.CONTENT, bytes("x-amz-iv", iv -> flipped(iv, 3))),
                row(18, "a longer IV", false, Layer.FORMAT, set("x-amz-iv", base64(16))));
    }

    @ParameterizedTest(name = "row {0}: {1}")
    @MethodSource("forgeries")
    void envelope_forged_isRefusedByItsLayerUnderEveryWrap(int row, String what, Layer layer, Forgery forgery) {
        for (Wrap wrap : Wrap.values()) {
            Map<String, String> stored = put(wrap, forgery.committing(), "k");
            LOOPBACK.s3.putObject(
                    BUCKET, "k", LOOPBACK.stored("k").bytes(), forgery.change().apply(stored));
            assertRefused(wrap, layer);
        }
    }

    @ParameterizedTest
    @EnumSource(Wrap.class)
    @Tag("SEC-016")
    void wrappedKey_flippedTruncatedOrExtended_doesNotOpen(Wrap wrap) {
        put(wrap, true, "k");
        byte[] body = LOOPBACK.stored("k").bytes();
        Map<String, String> stored = LOOPBACK.stored("k").metadata();
        for (UnaryOperator<byte[]> change : List.<UnaryOperator<byte[]>>of(
                key -> flipped(key, key.length - 1),
                key -> flipped(key, 12),
                key -> Arrays.copyOf(key, key.length - 1),
                key -> Arrays.copyOf(key, key.length + 1),
                key -> Arrays.copyOf(key, 1))) {
            LOOPBACK.s3.putObject(BUCKET, "k", body, bytes("x-amz-3", change).apply(stored));
            assertRefused(wrap, Layer.WRAPPED_KEY);
        }
    }

    @ParameterizedTest
    @EnumSource(Wrap.class)
    @Tag("SEC-013")
    void wrappedKey_ofAnotherObjectUnderTheSameMasterKey_breaksTheCommitment(Wrap wrap) {
        put(wrap, true, "k");
        Map<String, String> other = put(wrap, true, "other");
        LOOPBACK.s3.putObject(
                BUCKET,
                "k",
                LOOPBACK.stored("k").bytes(),
                set("x-amz-3", other.get("x-amz-3")).apply(LOOPBACK.stored("k").metadata()));
        assertRefused(wrap, Layer.COMMITMENT);
    }

    /** Row 8: the key of a committing object, offered as that of one which does not commit; and the reverse. */
    @ParameterizedTest
    @EnumSource(
            value = Wrap.class,
            names = {"AES", "RSA"})
    @Tag("SEC-006")
    void wrappedKey_movedToAnotherFormat_doesNotOpen(Wrap wrap) {
        Map<String, String> v3 = put(wrap, true, "v3");
        Map<String, String> v2 = put(wrap, false, "v2");
        LOOPBACK.s3.putObject(
                BUCKET,
                "k",
                LOOPBACK.stored("v3").bytes(),
                set("x-amz-key-v2", v3.get("x-amz-3")).apply(v2));
        assertRefused(wrap, Layer.WRAPPED_KEY);
        LOOPBACK.s3.putObject(
                BUCKET,
                "k",
                LOOPBACK.stored("v2").bytes(),
                set("x-amz-3", v2.get("x-amz-key-v2")).apply(v3));
        assertRefused(wrap, Layer.WRAPPED_KEY);
    }

    @Test
    @Tag("SEC-006")
    void wrappedKey_movedToAnotherFormatUnderKms_isAnotherContext() {
        Map<String, String> v3 = put(Wrap.KMS, true, "v3");
        Map<String, String> v2 = put(Wrap.KMS, false, "v2");
        byte[] body = LOOPBACK.stored("v3").bytes();
        LOOPBACK.s3.putObject(
                BUCKET, "k", body, set("x-amz-key-v2", v3.get("x-amz-3")).apply(v2));
        assertRefused(Wrap.KMS, Layer.WRAPPED_KEY);
    }

    @Test
    @Tag("SEC-008")
    void kmsContext_relabelledKms_isRefusedWithoutACall() {
        Map<String, String> stored = put(Wrap.KMS, false, "k");
        KMS.clearCalls();
        LOOPBACK.s3.putObject(
                BUCKET,
                "k",
                LOOPBACK.stored("k").bytes(),
                set("x-amz-wrap-alg", "kms").apply(stored));
        assertRefused(Wrap.KMS, Layer.POLICY);
        assertThat(KMS.calls()).isEmpty();
    }

    static Stream<Map<String, String>> otherContexts() {
        return Stream.of(
                Map.of(),
                Map.of("tenant", "blue"),
                Map.of("tenant", "blue", "realm", "south"),
                Map.of("tenant", "blue", "realm", "north", "more", "x"));
    }

    @ParameterizedTest
    @MethodSource("otherContexts")
    @Tag("KMS-034")
    @Tag("KMS-035")
    @Tag("KMS-036")
    void context_missingOrOther_isRefusedWithoutAKmsCall(Map<String, String> given) {
        put(Wrap.KMS, true, "k");
        KMS.clearCalls();
        Throwable thrown =
                refusal(Wrap.KMS, CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT, EncryptionContext.of(given));
        assertThat(thrown)
                .isInstanceOfSatisfying(
                        KeyringException.class,
                        e -> assertThat(e.reason()).isEqualTo(KeyringException.Reason.CONTEXT_MISMATCH));
        assertThat(thrown.getMessage()).doesNotContain("blue", "north", "south");
        assertThat(KMS.calls()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = Wrap.class,
            names = {"AES", "RSA"})
    @Tag("SEC-019")
    void description_tampered_selectsNoKey(Wrap wrap) {
        Map<String, String> stored = put(wrap, true, "k");
        LOOPBACK.s3.putObject(
                BUCKET,
                "k",
                LOOPBACK.stored("k").bytes(),
                set("x-amz-m", "{\"key\":\"other\"}").apply(stored));
        assertRefused(wrap, Layer.NO_KEY);
    }

    @ParameterizedTest
    @EnumSource(Wrap.class)
    @Tag("SEC-028")
    void kms_isNotCalledBeforeFormatAndPolicyAllow(Wrap wrap) {
        put(wrap, false, "k");
        KMS.clearCalls();
        assertThat(refusal(wrap, CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT, contextOf(wrap)))
                .isInstanceOf(PolicyException.class);
        assertThat(KMS.calls()).isEmpty();
    }

    @Test
    @Tag("KMS-014")
    void kms_everyObject_takesOneCallToWriteAndOneToRead() {
        put(Wrap.KMS, true, "k");
        assertThat(KMS.calls()).hasSize(1);
        assertThat(client(Wrap.KMS, CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
                        .getObjectAsBytes(from ->
                                from.bucket(BUCKET).key("k").overrideConfiguration(EncryptionContext.of(CONTEXT)))
                        .asByteArray())
                .isEqualTo(Loopback.bytes(1000));
        assertThat(KMS.calls()).hasSize(2);
    }

    @Test
    void kms_deniedOrThrottled_isAKeyringsErrorUnwrapped() {
        put(Wrap.KMS, true, "k");
        KMS.deny();
        assertThat(refusal(Wrap.KMS, CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT, EncryptionContext.of(CONTEXT)))
                .isInstanceOfSatisfying(
                        KeyringException.class, e -> assertThat(e.reason()).isEqualTo(KeyringException.Reason.DENIED));
        assertThatThrownBy(() -> put(Wrap.KMS, true, "k2")).isInstanceOf(KeyringException.class);
        KMS.recover();
        assertThat(LOOPBACK.s3.keys(BUCKET)).containsExactly("k");
    }

    /** S3 hands metadata beyond ASCII back in its own encoding; what we write stays within ASCII. */
    @Test
    @Tag("INT-001")
    void context_beyondAscii_isWrittenInAsciiAndReadBack() {
        EncryptionContext context = EncryptionContext.of(Map.of("café", "漢字 🔒"));
        EncryptingS3Client client = client(Wrap.KMS, CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);
        client.putObject(
                to -> to.bucket(BUCKET).key("k").overrideConfiguration(context), RequestBody.fromString("plaintext"));
        assertThat(LOOPBACK.stored("k").metadata().get("x-amz-t")).matches("[ -~]+");
        assertThat(client.getObjectAsBytes(from -> from.bucket(BUCKET).key("k").overrideConfiguration(context))
                        .asUtf8String())
                .isEqualTo("plaintext");
    }
}
