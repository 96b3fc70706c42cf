/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.scheme.NoAuthAuthScheme;
import software.amazon.awssdk.http.auth.spi.scheme.AuthSchemeOption;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.s3.S3Client;

/** An HTTP client that keeps what was read of every body to be sent, also of attempts that broke off. */
final class WireTap implements SdkHttpClient {
    /** One opening of one request's body, and as much of it as was read. */
    record Attempt(SdkHttpRequest request, ByteArrayOutputStream sent) {
        byte[] bytes() {
            return sent.toByteArray();
        }
    }

    /** In the order of their beginning. */
    final List<Attempt> attempts = new CopyOnWriteArrayList<>();

    private final SdkHttpClient below;

    WireTap() {
        this(UrlConnectionHttpClient.create());
    }

    /** @param below closed with this */
    WireTap(SdkHttpClient below) {
        this.below = below;
    }

    /** A client over this. Unsigned and without trailer, so that a body goes over the wire as it is. */
    S3Client client(URI endpoint) {
        return Loopback.settings(endpoint)
                .authSchemeProvider(parameters -> List.of(AuthSchemeOption.builder()
                        .schemeId(NoAuthAuthScheme.SCHEME_ID)
                        .build()))
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .httpClient(this)
                .build();
    }

    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
        HttpExecuteRequest.Builder tapped = HttpExecuteRequest.builder().request(request.httpRequest());
        request.metricCollector().ifPresent(tapped::metricCollector);
        request.contentStreamProvider()
                .ifPresent(provider ->
                        tapped.contentStreamProvider(() -> tap(request.httpRequest(), provider.newStream())));
        return below.prepareRequest(tapped.build());
    }

    private InputStream tap(SdkHttpRequest request, InputStream body) {
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        attempts.add(new Attempt(request, sent));
        return new FilterInputStream(body) {
            @Override
            public int read() throws IOException {
                int b = super.read();
                if (b >= 0) {
                    sent.write(b);
                }
                return b;
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                int count = super.read(into, offset, length);
                if (count > 0) {
                    sent.write(into, offset, count);
                }
                return count;
            }
        };
    }

    @Override
    public void close() {
        below.close();
    }
}
