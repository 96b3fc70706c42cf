/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.envelope.FlatJson;
import dev.keywright.spi.FormatException;
import dev.keywright.spi.KeywrightException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** An object's envelope in a file beside its body: the metadata that S3 would store, as a flat JSON object. */
final class EnvelopeFile {
    /** What the name of a body is lengthened by. */
    static final String SUFFIX = ".envelope.json";

    private static final int MAX_BYTES = 64 * 1024;

    private EnvelopeFile() {}

    static Path beside(Path body) {
        return body.resolveSibling(body.getFileName() + SUFFIX);
    }

    static void write(Map<String, String> metadata, OutputStream out) throws IOException {
        out.write((FlatJson.write(metadata) + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    /** @throws FormatException if the file is no flat JSON object */
    static Map<String, String> read(Path file) throws IOException {
        InputFile.requireName(file);
        byte[] bytes;
        try (InputStream stream = Files.newInputStream(file)) {
            bytes = stream.readNBytes(MAX_BYTES + 1);
        }
        try {
            if (bytes.length > MAX_BYTES) {
                throw malformed("longer than " + MAX_BYTES + " bytes");
            }
            return FlatJson.read(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException e) {
            throw malformed("not UTF-8 text").about("envelope " + file);
        } catch (KeywrightException e) {
            throw e.about("envelope " + file);
        }
    }

    private static FormatException malformed(String what) {
        return new FormatException(FormatException.Fault.MALFORMED, what);
    }
}
