/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Envelope;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.FormatException;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * All that is needed to go on with an upload. Everything but the sealed runs is public, and is what they are sealed with: a
 * state that was altered anywhere does not verify.
 *
 * @param envelope the object's
 * @param toFile whether the envelope goes into an instruction file, as what was created says already
 * @param totalBytes the file's length
 * @param etags what S3 answered for parts, by number; perhaps not for the last of them
 * @param sealedRuns the digests of all that was ever encrypted, sealed under the object's key
 */
record UploadState(
        ObjectName object,
        String uploadId,
        Envelope envelope,
        boolean toFile,
        long totalBytes,
        int partBytes,
        Map<Integer, String> etags,
        Bytes sealedRuns) {
    private static final String VERSION = "keywright-upload-state";
    private static final String VERSION_1 = "1";
    private static final String TO_FILE = "instruction-file";
    private static final String YES = "true";
    private static final String RUNS = "sealed-runs";
    private static final String ENVELOPE = "envelope.";
    private static final String ETAG = "etag.";

    /** What the runs are sealed with: every name and value, each with its length before it. */
    Bytes associatedData() {
        Map<String, byte[]> fields = new TreeMap<>();
        fields().forEach((name, value) -> fields.put(name, value.getBytes(StandardCharsets.UTF_8)));
        int total = 0;
        for (Map.Entry<String, byte[]> field : fields.entrySet()) {
            total += 2 * Integer.BYTES + field.getKey().length() + field.getValue().length;
        }
        ByteBuffer all = ByteBuffer.allocate(total);
        fields.forEach((name, value) -> all.putInt(name.length())
                .put(name.getBytes(StandardCharsets.US_ASCII))
                .putInt(value.length)
                .put(value));
        return Bytes.copyOf(all.array());
    }

    private Map<String, String> fields() {
        Map<String, String> fields = new TreeMap<>();
        fields.put(VERSION, VERSION_1);
        fields.put("bucket", object.bucket());
        fields.put("key", object.key());
        fields.put("upload-id", uploadId);
        fields.put("total-bytes", Long.toString(totalBytes));
        fields.put("part-bytes", Integer.toString(partBytes));
        if (toFile) {
            fields.put(TO_FILE, YES);
        }
        envelope.toMetadata().forEach((name, value) -> fields.put(ENVELOPE + name, value));
        etags.forEach((number, etag) -> fields.put(ETAG + number, etag));
        return fields;
    }

    UploadState with(Map<Integer, String> moreEtags, Bytes runs) {
        return new UploadState(object, uploadId, envelope, toFile, totalBytes, partBytes, Map.copyOf(moreEtags), runs);
    }

    /** As text: names and values. */
    byte[] toBytes() {
        Properties properties = new Properties();
        properties.putAll(fields());
        properties.put(RUNS, sealedRuns.toBase64());
        StringWriter text = new StringWriter();
        try {
            properties.store(text, "An upload that Keywright can go on with. It holds no secret in the clear.");
        } catch (IOException e) {
            throw new UncheckedIOException(e); // never: a string
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Reads it. Nothing in it is verified yet.
     *
     * @throws FormatException if it is none, or not whole
     */
    static UploadState parse(byte[] text) {
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(new String(text, StandardCharsets.UTF_8)));
            if (!VERSION_1.equals(properties.getProperty(VERSION))) {
                throw malformed("no " + VERSION + " " + VERSION_1 + " in it", null);
            }
            Map<String, String> envelope = new TreeMap<>();
            Map<Integer, String> etags = new TreeMap<>();
            for (String name : properties.stringPropertyNames()) {
                if (name.startsWith(ENVELOPE)) {
                    envelope.put(name.substring(ENVELOPE.length()), field(properties, name));
                } else if (name.startsWith(ETAG)) {
                    etags.put(Integer.parseInt(name.substring(ETAG.length())), field(properties, name));
                }
            }
            int partBytes = Integer.parseInt(field(properties, "part-bytes"));
            long totalBytes = Long.parseLong(field(properties, "total-bytes"));
            if (totalBytes < 0 || partBytes <= 0) {
                throw malformed("parts of " + partBytes + " bytes, " + totalBytes + " in all", null);
            }
            return new UploadState(
                    new ObjectName(field(properties, "bucket"), field(properties, "key")),
                    field(properties, "upload-id"),
                    Envelope.parse(envelope),
                    YES.equals(properties.getProperty(TO_FILE)),
                    totalBytes,
                    partBytes,
                    etags,
                    Bytes.fromBase64(field(properties, RUNS)));
        } catch (IllegalArgumentException | IOException e) {
            throw malformed(String.valueOf(e.getMessage()), e);
        }
    }

    private static String field(Properties properties, String name) {
        String value = properties.getProperty(name);
        if (value == null) {
            throw malformed("no " + name + " in it", null);
        }
        return value;
    }

    private static FormatException malformed(String what, @org.jspecify.annotations.Nullable Throwable cause) {
        return new FormatException(
                FormatException.Fault.MALFORMED, "not the state of an upload, or not whole: " + what, cause);
    }
}
