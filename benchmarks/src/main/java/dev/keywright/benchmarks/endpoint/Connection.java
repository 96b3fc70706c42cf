/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.endpoint;

import dev.keywright.benchmarks.endpoint.Store.StoredObject;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One kept-alive HTTP/1.1 connection: request after request, as S3 would answer them. */
final class Connection {
    private static final int READ_BYTES = 1 << 18;
    private static final String METADATA_PREFIX = "x-amz-meta-";

    private final SocketChannel channel;
    private final Store store;
    private final ByteBuffer in = ByteBuffer.allocateDirect(READ_BYTES).limit(0);

    Connection(SocketChannel channel, Store store) {
        this.channel = channel;
        this.store = store;
    }

    private record Request(String method, String path, Map<String, String> query, TreeMap<String, String> headers) {
        long bodyBytes() {
            return Long.parseLong(headers.getOrDefault("Content-Length", "0"));
        }

        SortedMap<String, String> metadata() {
            return new TreeMap<>(headers.subMap(METADATA_PREFIX, METADATA_PREFIX + "\uffff"));
        }
    }

    void serve() throws IOException {
        for (Request request = next(); request != null; request = next()) {
            if (request.headers.getOrDefault("Content-Encoding", "").contains("aws-chunked")
                    || request.headers.containsKey("Transfer-Encoding")) {
                respond("501 Not Implemented", "Connection: close\r\n", "<Error><Code>NotImplemented</Code></Error>");
                return;
            }
            if (request.headers.getOrDefault("Expect", "").startsWith("100")) {
                send("HTTP/1.1 100 Continue\r\n\r\n");
            }
            switch (request.method) {
                case "PUT" -> put(request);
                case "POST" -> post(request);
                case "GET", "HEAD" -> get(request);
                case "DELETE" -> delete(request);
                default -> throw new IOException("method " + request.method);
            }
        }
    }

    private void put(Request request) throws IOException {
        Body body;
        if (Store.drops(request.path)) {
            Body.drop(in, channel, request.bodyBytes());
            body = Body.EMPTY;
        } else {
            body = Body.receive(in, channel, request.bodyBytes());
        }
        String uploadId = request.query.get("uploadId");
        String etag = uploadId == null
                ? store.put(request.path, request.metadata(), body)
                : store.putPart(uploadId, Integer.parseInt(request.query.getOrDefault("partNumber", "1")), body);
        if (etag == null) {
            respond("404 Not Found", "", "<Error><Code>NoSuchUpload</Code></Error>");
        } else {
            respond("200 OK", "ETag: " + etag + "\r\n", "");
        }
    }

    private void post(Request request) throws IOException {
        Body.drop(in, channel, request.bodyBytes());
        String uploadId = request.query.get("uploadId");
        if (uploadId == null) {
            respond(
                    "200 OK",
                    "",
                    "<InitiateMultipartUploadResult><UploadId>" + store.beginUpload(request.metadata())
                            + "</UploadId></InitiateMultipartUploadResult>");
            return;
        }
        String etag = store.completeUpload(request.path, uploadId);
        if (etag == null) {
            respond("404 Not Found", "", "<Error><Code>NoSuchUpload</Code></Error>");
        } else {
            respond(
                    "200 OK",
                    "",
                    "<CompleteMultipartUploadResult><ETag>" + etag.replace("\"", "&quot;")
                            + "</ETag></CompleteMultipartUploadResult>");
        }
    }

    private void delete(Request request) throws IOException {
        String uploadId = request.query.get("uploadId");
        if (uploadId == null) {
            store.delete(request.path);
        } else {
            store.abortUpload(uploadId);
        }
        send("HTTP/1.1 204 No Content\r\n\r\n");
    }

    private void get(Request request) throws IOException {
        boolean isHead = request.method.equals("HEAD");
        StoredObject object = store.get(request.path);
        if (object == null) {
            respond("404 Not Found", "", isHead ? "" : "<Error><Code>NoSuchKey</Code></Error>");
            return;
        }
        String wanted = request.headers.get("If-Match");
        if (wanted != null && !wanted.equals(object.etag())) {
            respond("412 Precondition Failed", "", isHead ? "" : "<Error><Code>PreconditionFailed</Code></Error>");
            return;
        }
        long total = object.body().lengthBytes();
        long first = 0;
        long last = total - 1;
        String status = "200 OK";
        StringBuilder headers = new StringBuilder();
        String range = request.headers.get("Range");
        if (range != null) {
            String spec = range.substring("bytes=".length());
            int dash = spec.indexOf('-');
            if (dash == 0) {
                first = Math.max(0, total - Long.parseLong(spec.substring(1)));
            } else {
                first = Long.parseLong(spec.substring(0, dash));
                if (dash < spec.length() - 1) {
                    last = Math.min(last, Long.parseLong(spec.substring(dash + 1)));
                }
            }
            if (first > last) {
                respond(
                        "416 Requested Range Not Satisfiable",
                        "",
                        isHead ? "" : "<Error><Code>InvalidRange</Code></Error>");
                return;
            }
            status = "206 Partial Content";
            headers.append("Content-Range: bytes ")
                    .append(first)
                    .append('-')
                    .append(last)
                    .append('/')
                    .append(total)
                    .append("\r\n");
        }
        object.metadata()
                .forEach((name, value) ->
                        headers.append(name).append(": ").append(value).append("\r\n"));
        send("HTTP/1.1 " + status + "\r\nx-amz-request-id: 1\r\nETag: " + object.etag()
                + "\r\nLast-Modified: Sat, 21 Nov 2026 00:00:00 GMT\r\nAccept-Ranges: bytes\r\n"
                + "Content-Type: application/octet-stream\r\n" + headers + "Content-Length: " + (last - first + 1)
                + "\r\n\r\n");
        if (!isHead) {
            object.body().send(channel, first, last - first + 1);
        }
    }

    /** The next request's head, or null at the end of the connection. */
    private @Nullable Request next() throws IOException {
        String line = line();
        if (line == null) {
            return null;
        }
        int afterMethod = line.indexOf(' ');
        String target = line.substring(afterMethod + 1, line.lastIndexOf(' '));
        TreeMap<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String header = line(); header != null && !header.isEmpty(); header = line()) {
            int colon = header.indexOf(':');
            headers.put(header.substring(0, colon), header.substring(colon + 1).trim());
        }
        int mark = target.indexOf('?');
        return new Request(
                line.substring(0, afterMethod),
                mark < 0 ? target : target.substring(0, mark),
                mark < 0 ? Map.of() : query(target.substring(mark + 1)),
                headers);
    }

    private static Map<String, String> query(String text) {
        Map<String, String> query = new HashMap<>();
        for (String pair : text.split("&", -1)) {
            int equals = pair.indexOf('=');
            query.put(
                    equals < 0 ? pair : pair.substring(0, equals),
                    equals < 0 ? "" : URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
        }
        return query;
    }

    private @Nullable String line() throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            if (!in.hasRemaining()) {
                in.clear();
                int count = channel.read(in);
                in.flip();
                if (count < 0) {
                    return null;
                }
            }
            char next = (char) (in.get() & 0xff);
            if (next == '\n') {
                return line.toString();
            }
            if (next != '\r') {
                line.append(next);
            }
        }
    }

    private void respond(String status, String headers, String body) throws IOException {
        send("HTTP/1.1 " + status + "\r\nx-amz-request-id: 1\r\n" + headers
                + (body.isEmpty() ? "" : "Content-Type: application/xml\r\n") + "Content-Length: " + body.length()
                + "\r\n\r\n" + body);
    }

    private void send(String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
