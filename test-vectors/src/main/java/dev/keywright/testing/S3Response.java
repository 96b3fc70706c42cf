/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import com.sun.net.httpserver.HttpExchange;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** An answer before it is sent, so that a fault can still change it. */
final class S3Response {
    private static final int BUFFER_BYTES = 64 * 1024;

    int status;
    final Map<String, String> headers = new LinkedHashMap<>();
    /** User metadata as stored. */
    Map<String, String> metadata = Map.of();

    InputStream body = InputStream.nullInputStream();
    long length;
    /** What the head says of the length, if it is not the truth. */
    @Nullable
    Long declaredLength;
    /** After so many bytes the connection is cut. */
    long cutAfter = Long.MAX_VALUE;
    /** After so many bytes the answer waits. */
    long stallAfter = Long.MAX_VALUE;

    @Nullable
    CountDownLatch stalledUntil;

    S3Response(int status) {
        this.status = status;
    }

    static S3Response xml(int status, Xml document) {
        S3Response response = new S3Response(status).content(document.bytes());
        response.headers.put("Content-Type", "application/xml");
        return response;
    }

    static S3Response error(S3Error error, String method) {
        Xml document = new Xml("Error").add("Code", error.code).add("Message", String.valueOf(error.getMessage()));
        error.details.forEach(document::add);
        S3Response response = xml(error.status, document);
        return method.equals("HEAD") || error.status == 304 ? new S3Response(error.status) : response;
    }

    S3Response content(byte[] bytes) {
        body = new ByteArrayInputStream(bytes);
        length = bytes.length;
        return this;
    }

    /** Sends it, and closes the exchange. */
    void send(HttpExchange exchange, UnaryOperator<String> metadataEncoding) throws IOException {
        metadata.forEach((name, value) ->
                exchange.getResponseHeaders().add(UserMetadata.PREFIX + name, metadataEncoding.apply(value)));
        headers.forEach((name, value) -> exchange.getResponseHeaders().add(name, value));
        long declared = declaredLength == null ? length : declaredLength;
        try (InputStream in = body) {
            if (exchange.getRequestMethod().equals("HEAD") || status == 204 || status == 304) {
                if (exchange.getRequestMethod().equals("HEAD")) {
                    exchange.getResponseHeaders().set("Content-Length", Long.toString(declared));
                }
                exchange.sendResponseHeaders(status, -1);
            } else {
                exchange.sendResponseHeaders(status, declared == 0 ? -1 : declared);
                copy(in, exchange.getResponseBody(), declared);
            }
        } finally {
            exchange.close(); // and the connection with it, if less was sent than declared
        }
    }

    private void copy(InputStream in, OutputStream out, long declared) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        long sent = 0;
        long end = Math.min(Math.min(length, declared), cutAfter);
        while (sent < end) {
            if (sent == stallAfter && stalledUntil != null) {
                out.flush();
                try {
                    stalledUntil.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IOException("the server ends", e);
                }
            }
            long stop = sent < stallAfter ? Math.min(end, stallAfter) : end;
            int got = in.read(buffer, 0, (int) Math.min(buffer.length, stop - sent));
            if (got < 0) {
                throw new IOException("a stored body ends early");
            }
            out.write(buffer, 0, got);
            sent += got;
        }
        out.flush();
    }
}
