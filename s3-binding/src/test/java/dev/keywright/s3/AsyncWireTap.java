/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.async.AsyncExecuteRequest;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.async.SdkHttpContentPublisher;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** As {@link WireTap}, for an asynchronous client. */
final class AsyncWireTap implements SdkAsyncHttpClient {
    /** In the order of their beginning. */
    final List<WireTap.Attempt> attempts = new CopyOnWriteArrayList<>();

    private final SdkAsyncHttpClient below;

    /** @param below closed with this */
    AsyncWireTap(SdkAsyncHttpClient below) {
        this.below = below;
    }

    /** A client over this, without trailer, so that a body goes over the wire as it is. */
    S3AsyncClient client(URI endpoint) {
        return AsyncClients.settings(endpoint, this)
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .build();
    }

    @Override
    public CompletableFuture<Void> execute(AsyncExecuteRequest request) {
        return below.execute(AsyncExecuteRequest.builder()
                .request(request.request())
                .requestContentPublisher(new Tapped(request.request(), request.requestContentPublisher()))
                .responseHandler(request.responseHandler())
                .fullDuplex(request.fullDuplex())
                .metricCollector(request.metricCollector().orElse(null))
                .httpExecutionAttributes(request.httpExecutionAttributes())
                .build());
    }

    @Override
    public String clientName() {
        return below.clientName();
    }

    @Override
    public void close() {
        below.close();
    }

    private final class Tapped implements SdkHttpContentPublisher {
        private final SdkHttpRequest request;
        private final SdkHttpContentPublisher body;

        Tapped(SdkHttpRequest request, SdkHttpContentPublisher body) {
            this.request = request;
            this.body = body;
        }

        @Override
        public Optional<Long> contentLength() {
            return body.contentLength();
        }

        @Override
        public void subscribe(Subscriber<? super ByteBuffer> below) {
            ByteArrayOutputStream sent = new ByteArrayOutputStream();
            attempts.add(new WireTap.Attempt(request, sent));
            body.subscribe(new Subscriber<>() {
                @Override
                public void onSubscribe(Subscription subscription) {
                    below.onSubscribe(subscription);
                }

                @Override
                public void onNext(ByteBuffer next) {
                    byte[] piece = new byte[next.remaining()];
                    next.duplicate().get(piece);
                    sent.writeBytes(piece);
                    below.onNext(next);
                }

                @Override
                public void onError(Throwable failure) {
                    below.onError(failure);
                }

                @Override
                public void onComplete() {
                    below.onComplete();
                }
            });
        }
    }
}
