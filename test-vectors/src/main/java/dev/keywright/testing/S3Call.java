/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One request at work: what was asked, and the body as it comes in. */
record S3Call(RecordedRequest request, InputStream raw, Path folder) {
    private static final int XML_LIMIT = 4 << 20;

    String key() {
        return request.key();
    }

    @Nullable
    String header(String name) {
        return request.header(name);
    }

    String header(String name, String otherwise) {
        return request.headers().getOrDefault(name, otherwise);
    }

    @Nullable
    String query(String name) {
        return request.query().get(name);
    }

    String query(String name, String otherwise) {
        return request.query().getOrDefault(name, otherwise);
    }

    int number(String name, int otherwise) {
        String text = request.query().get(name);
        try {
            return text == null ? otherwise : Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new S3Error(400, "InvalidArgument", name + " is not a number");
        }
    }

    /** The body, verified. */
    Received receive() throws IOException {
        return Received.from(raw, request.headers(), folder);
    }

    /** The body of an XML request, verified. */
    byte[] receiveXml() throws IOException {
        return xml(receive());
    }

    /** The body of an XML request whose checksum headers speak of something else than this body. */
    byte[] receiveXmlWithoutChecksums() throws IOException {
        Map<String, String> others = new TreeMap<>(request.headers());
        others.keySet().removeIf(name -> Checksum.ofHeader(name).isPresent());
        return xml(Received.from(raw, others, folder));
    }

    private static byte[] xml(Received received) throws IOException {
        try (InputStream in = received.body().open(0)) {
            if (received.body().length() > XML_LIMIT) {
                throw new S3Error(400, "MalformedXML", "The XML you provided is too long.");
            }
            return in.readAllBytes();
        } finally {
            received.body().release();
        }
    }

    Map<String, String> headers() {
        return request.headers();
    }
}
