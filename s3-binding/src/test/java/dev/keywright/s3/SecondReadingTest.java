/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static dev.keywright.s3.Loopback.BUCKET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.services.s3.DelegatingS3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** What an object that was verified is asked for again by, and how that ends. */
class SecondReadingTest {
    private static final int LENGTH = 300_000;

    @AutoClose
    private static final Loopback LOOPBACK = new Loopback();

    private final WatchedCipher cipher = new WatchedCipher();
    private final List<GetObjectRequest> requests = new CopyOnWriteArrayList<>();
    private final List<String> log = new CopyOnWriteArrayList<>();
    private UnaryOperator<GetObjectResponse> answer = UnaryOperator.identity();
    private boolean failing;

    /** A store without versions, whose answers can be changed. */
    private final EncryptingS3Client client = LOOPBACK.encrypting()
            .contentCipher(cipher)
            .client(new DelegatingS3Client(LOOPBACK.plain) {
                @Override
                public <T> T getObject(GetObjectRequest request, ResponseTransformer<GetObjectResponse, T> given) {
                    requests.add(request);
                    T got = super.getObject(request.toBuilder().versionId(null).build(), new ResponseTransformer<>() {
                        @Override
                        public T transform(GetObjectResponse response, AbortableInputStream body) throws Exception {
                            return given.transform(answer.apply(response), AbortableInputStream.create(body, () -> {
                                log.add("aborted");
                                body.abort();
                            }));
                        }

                        @Override
                        public boolean needsConnectionLeftOpen() {
                            return given.needsConnectionLeftOpen();
                        }
                    });
                    if (failing) {
                        throw SdkClientException.create("the time is up");
                    }
                    return got;
                }
            })
            .build();

    @BeforeEach
    void put() {
        LOOPBACK.reset();
        LOOPBACK.encrypting.putObject(to -> to.bucket(BUCKET).key("k"), RequestBody.fromBytes(Loopback.bytes(LENGTH)));
    }

    private static GetObjectRequest request() {
        return GetObjectRequest.builder().bucket(BUCKET).key("k").build();
    }

    @Test
    void versionAndEtag_thatTheStoreTold_pinTheSecondRequest() {
        answer = response -> response.toBuilder().versionId("v7").build();
        try (VerifiedObject object = client.openVerified(request())) {
            assertThat(object.read(5, 1)).hasSize(1);
        }
        assertThat(requests.get(1).versionId()).isEqualTo("v7");
        assertThat(requests.get(1).ifMatch()).isEqualTo(LOOPBACK.stored("k").etag());
    }

    @Test
    void versionAndEtag_thatTheCallerAskedFor_stayWhateverTheStoreTells() {
        answer = response -> response.toBuilder().versionId(null).eTag(null).build();
        String eTag = LOOPBACK.stored("k").etag();
        GetObjectRequest asked =
                request().toBuilder().versionId("v1").ifMatch(eTag).build();
        try (VerifiedObject object = client.openVerified(asked)) {
            assertThat(object.read(5, 1)).hasSize(1);
        }
        assertThat(requests.get(1).versionId()).isEqualTo("v1");
        assertThat(requests.get(1).ifMatch()).isEqualTo(eTag);
    }

    /** A connection costs less than the rest of a body. */
    @Test
    void stream_closedBeforeItsEnd_abortsTheBody() throws IOException {
        try (VerifiedObject object = client.openVerified(request())) {
            ResponseInputStream<GetObjectResponse> stream = object.range(0, LENGTH);
            assertThat(stream.read()).isNotNegative();
            stream.close();
            assertThat(log).contains("aborted");
            log.clear();
            try (ResponseInputStream<GetObjectResponse> whole = object.range(0, LENGTH)) {
                assertThat(whole.readAllBytes()).hasSize(LENGTH);
            }
            assertThat(log).isEmpty();
        }
    }

    @Test
    void keyAndDigests_ofAStreamThatIsReadTwice_areWipedWhenItIsClosed() throws IOException {
        GetObjectRequest twice = request().toBuilder()
                .overrideConfiguration(VerifiedRelease.READ_TWICE)
                .build();
        try (ResponseInputStream<GetObjectResponse> stream = client.getObject(twice)) {
            assertThat(stream.readNBytes(10)).hasSize(10);
            cipher.assertAlive(1);
        }
        cipher.assertAllWiped(1);
    }

    @Test
    void keyAndDigests_ofAReadThatFailsOnceItIsVerified_areWiped() {
        failing = true;
        assertThatThrownBy(() -> client.openVerified(request())).hasMessage("the time is up");
        cipher.assertAllWiped(1);
    }
}
