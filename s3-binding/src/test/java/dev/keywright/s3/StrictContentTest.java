/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static dev.keywright.s3.Loopback.BUCKET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.PolicyException;
import dev.keywright.testing.Fault;
import dev.keywright.testing.RecordedRequest;
import java.io.ByteArrayInputStream;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/** A client whose content goes through plain AES-GCM of the provider, whole messages. */
class StrictContentTest {
    @AutoClose
    private static final Loopback LOOPBACK = new Loopback();

    /** Two segments and a bit. */
    private static final int LENGTH = 2_200_000;

    private final EncryptingS3Client strict =
            LOOPBACK.encrypting().strictContent(true).build();

    @BeforeEach
    void reset() {
        LOOPBACK.reset();
    }

    private static PutObjectRequest put() {
        return PutObjectRequest.builder().bucket(BUCKET).key("k").build();
    }

    private static GetObjectRequest get() {
        return GetObjectRequest.builder().bucket(BUCKET).key("k").build();
    }

    private static boolean isPut(RecordedRequest request) {
        return request.isObject("PUT");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1000, LENGTH})
    void object_ofEitherClient_isReadByTheOther(int length) {
        byte[] plaintext = Loopback.bytes(length);
        strict.putObject(put(), RequestBody.fromBytes(plaintext));
        assertThat(LOOPBACK.encrypting.getObjectAsBytes(get()).asByteArray()).isEqualTo(plaintext);

        LOOPBACK.encrypting.putObject(put(), RequestBody.fromBytes(plaintext));
        assertThat(strict.getObjectAsBytes(get()).asByteArray()).isEqualTo(plaintext);
        assertThat(strict.getObjectUnverified(get())).hasBinaryContent(plaintext);
    }

    @Test
    void putObject_firstAnswer503_isRepeated() {
        LOOPBACK.s3.inject(StrictContentTest::isPut, 1, Fault.status(503));
        strict.putObject(put(), RequestBody.fromBytes(Loopback.bytes(LENGTH)));
        assertThat(LOOPBACK.encrypting.getObjectAsBytes(get()).asByteArray()).isEqualTo(Loopback.bytes(LENGTH));
    }

    @Test
    void putObject_plaintextChangesBeforeTheRetry_isRefused() {
        LOOPBACK.s3.inject(StrictContentTest::isPut, 1, Fault.status(503));
        AtomicInteger opened = new AtomicInteger();
        RequestBody changing = RequestBody.fromContentProvider(
                () -> {
                    byte[] plaintext = Loopback.bytes(LENGTH);
                    plaintext[LENGTH - 1] ^= (byte) opened.incrementAndGet();
                    return new ByteArrayInputStream(plaintext);
                },
                LENGTH,
                "application/octet-stream");
        assertThatThrownBy(() -> strict.putObject(put(), changing))
                .isInstanceOf(IntegrityException.class)
                .hasMessageContaining("changed between two attempts");
        assertThat(LOOPBACK.s3.keys(BUCKET)).isEmpty();
    }

    @Test
    void getObject_longerThanTheBuffer_isRefusedNamingTheLimit() {
        strict.putObject(put(), RequestBody.fromBytes(Loopback.bytes(1000)));
        EncryptingS3Client small =
                LOOPBACK.encrypting().strictContent(true).bufferBytes(1015).build();
        assertThatThrownBy(() -> small.getObjectAsBytes(get()))
                .isInstanceOf(PolicyException.class)
                .hasMessageContainingAll("1016", "1015", "JcaMessageCipher");
        assertThat(LOOPBACK.encrypting()
                        .strictContent(true)
                        .bufferBytes(1016)
                        .build()
                        .getObjectAsBytes(get())
                        .asByteArray())
                .hasSize(1000);
    }

    @Test
    void putObject_aboveTheMultipartThreshold_goesWhole() {
        byte[] plaintext = Loopback.bytes(LENGTH);
        LOOPBACK.encrypting()
                .strictContent(true)
                .multipartThresholdBytes(LENGTH)
                .build()
                .putObject(put(), RequestBody.fromBytes(plaintext));
        assertThat(LOOPBACK.s3.requests()).hasSize(1);
        assertThat(LOOPBACK.encrypting.getObjectAsBytes(get()).asByteArray()).isEqualTo(plaintext);
    }

    @Test
    void partsAndRanges_areRefusedSayingWhy() {
        strict.putObject(put(), RequestBody.fromBytes(Loopback.bytes(1000)));
        List<ThrowingCallable> refused = List.of(
                () -> strict.createMultipartUpload(of -> of.bucket(BUCKET).key("k")),
                () -> strict.getObjectUnverified(
                        get().toBuilder().range("bytes=0-9").build()),
                () -> strict.openVerified(get()),
                () -> strict.getObjectAsBytes(get().toBuilder()
                        .overrideConfiguration(VerifiedRelease.READ_TWICE)
                        .build()));
        for (ThrowingCallable each : refused) {
            assertThatThrownBy(each)
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContainingAll("strict cipher", "whole messages");
        }
        assertThat(LOOPBACK.plain.listMultipartUploads(in -> in.bucket(BUCKET)).uploads())
                .isEmpty();
    }
}
