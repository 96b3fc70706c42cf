/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks;

import dev.keywright.benchmarks.endpoint.Endpoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

/** The endpoint, in a process of its own; it ends with this one, however that ends. */
final class EndpointProcess implements AutoCloseable {
    private final Process process;
    private final URI uri;

    private EndpointProcess(Process process, URI uri) {
        this.process = process;
        this.uri = uri;
    }

    static EndpointProcess start() throws IOException {
        Process process = new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/java",
                        "-Xmx256m",
                        "-XX:MaxDirectMemorySize=8g",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Endpoint.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader said =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
        String line = said.readLine();
        if (line == null) {
            throw new IOException("the endpoint did not start");
        }
        return new EndpointProcess(process, URI.create(line));
    }

    URI uri() {
        return uri;
    }

    /** Has it forget an object, and give its memory back. */
    void delete(String key) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(uri.resolve("/bucket/" + key))
                .version(HttpClient.Version.HTTP_1_1)
                .DELETE()
                .build();
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.discarding());
    }

    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        process.destroy();
    }
}
