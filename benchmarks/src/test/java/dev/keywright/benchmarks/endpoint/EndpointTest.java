/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EndpointTest {
    private final HttpClient http = HttpClient.newHttpClient();
    private Endpoint endpoint;

    @BeforeEach
    void begin() throws IOException {
        endpoint = Endpoint.start();
    }

    @AfterEach
    void end() throws IOException {
        endpoint.close();
    }

    private HttpResponse<String> send(String method, String path, String body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(endpoint.uri().resolve(path))
                .version(HttpClient.Version.HTTP_1_1)
                .method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static String header(HttpResponse<String> response, String name) {
        return response.headers().firstValue(name).orElse("none");
    }

    @Test
    void object_isGivenWithItsMetadata() throws Exception {
        String etag = header(send("PUT", "/b/k", "0123456789", "x-amz-meta-colour", "blue"), "ETag");
        HttpResponse<String> got = send("GET", "/b/k", "");
        assertThat(got.body()).isEqualTo("0123456789");
        assertThat(header(got, "x-amz-meta-colour")).isEqualTo("blue");
        assertThat(header(got, "ETag")).isEqualTo(etag);
    }

    @Test
    void head_tellsTheLength() throws Exception {
        send("PUT", "/b/k", "0123456789");
        HttpResponse<String> head = send("HEAD", "/b/k", "");
        assertThat(header(head, "Content-Length")).isEqualTo("10");
        assertThat(head.body()).isEmpty();
    }

    @Test
    void range_ofEachKind_isCut() throws Exception {
        send("PUT", "/b/k", "0123456789");
        assertThat(send("GET", "/b/k", "", "Range", "bytes=2-4").body()).isEqualTo("234");
        assertThat(send("GET", "/b/k", "", "Range", "bytes=7-").body()).isEqualTo("789");
        assertThat(send("GET", "/b/k", "", "Range", "bytes=-2").body()).isEqualTo("89");
        HttpResponse<String> past = send("GET", "/b/k", "", "Range", "bytes=8-20");
        assertThat(past.statusCode()).isEqualTo(206);
        assertThat(header(past, "Content-Range")).isEqualTo("bytes 8-9/10");
        assertThat(send("GET", "/b/k", "", "Range", "bytes=10-").statusCode()).isEqualTo(416);
    }

    @Test
    void ifMatch_ofAnotherVersion_isRefused() throws Exception {
        String etag = header(send("PUT", "/b/k", "old"), "ETag");
        assertThat(send("GET", "/b/k", "", "If-Match", etag).body()).isEqualTo("old");
        send("PUT", "/b/k", "new");
        assertThat(send("GET", "/b/k", "", "If-Match", etag).statusCode()).isEqualTo(412);
    }

    @Test
    void parts_areJoinedByNumber_underTheUploadsMetadata() throws Exception {
        String begun =
                send("POST", "/b/k?uploads", "", "x-amz-meta-colour", "blue").body();
        String id = begun.replaceAll(".*<UploadId>(.*)</UploadId>.*", "$1");
        send("PUT", "/b/k?partNumber=2&uploadId=" + id, "world");
        send("PUT", "/b/k?partNumber=1&uploadId=" + id, "hello ");
        assertThat(send("POST", "/b/k?uploadId=" + id, "<Complete/>").statusCode())
                .isEqualTo(200);
        HttpResponse<String> got = send("GET", "/b/k", "");
        assertThat(got.body()).isEqualTo("hello world");
        assertThat(header(got, "x-amz-meta-colour")).isEqualTo("blue");
    }

    @Test
    void abortedUpload_isGone() throws Exception {
        String id = send("POST", "/b/k?uploads", "").body().replaceAll(".*<UploadId>(.*)</UploadId>.*", "$1");
        send("DELETE", "/b/k?uploadId=" + id, "");
        assertThat(send("PUT", "/b/k?partNumber=1&uploadId=" + id, "late").statusCode())
                .isEqualTo(404);
        assertThat(send("POST", "/b/k?uploadId=" + id, "").statusCode()).isEqualTo(404);
    }

    @Test
    void deletedAndDropped_areNotThere() throws Exception {
        send("PUT", "/b/k", "x");
        send("DELETE", "/b/k", "");
        assertThat(send("GET", "/b/k", "").statusCode()).isEqualTo(404);
        assertThat(send("PUT", "/b/dropped/k", "x").statusCode()).isEqualTo(200);
        assertThat(send("GET", "/b/dropped/k", "").statusCode()).isEqualTo(404);
    }

    @Test
    void chunkedBody_isRefused_soThatNobodysChunksAreMeasured() throws Exception {
        HttpResponse<String> refused = send("PUT", "/b/k", "x", "Content-Encoding", "aws-chunked");
        assertThat(refused.statusCode()).isEqualTo(501);
    }
}
