/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import dev.keywright.spi.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request's body, received and verified: framing taken off, length, {@code Content-MD5}, {@code x-amz-content-sha256} and
 * checksums compared with what the headers and trailers say.
 *
 * @param body the body, which the receiver releases
 * @param md5 its MD5
 * @param checksums the checksums that the sender named, in base64
 */
record Received(Body body, Bytes md5, Map<Checksum, String> checksums) {
    private static final int BUFFER_BYTES = 64 * 1024;

    static Received from(InputStream raw, Map<String, String> headers, Path folder) throws IOException {
        boolean framed = headers.getOrDefault("x-amz-content-sha256", "").startsWith("STREAMING-")
                || hasCoding(headers.getOrDefault("content-encoding", ""));
        AwsChunkedInput chunked = framed ? new AwsChunkedInput(raw) : null;
        InputStream in = chunked == null ? raw : chunked;

        Map<Checksum, String> wanted = new EnumMap<>(Checksum.class);
        headers.forEach((name, value) -> Checksum.ofHeader(name).ifPresent(found -> wanted.put(found, value)));
        Map<Checksum, Checksum.Running> running = new EnumMap<>(Checksum.class);
        wanted.keySet().forEach(each -> running.put(each, each.begin()));
        for (String trailer : headers.getOrDefault("x-amz-trailer", "")
                .toLowerCase(Locale.ROOT)
                .split(",", -1)) {
            Checksum.ofHeader(trailer.strip()).ifPresent(each -> running.put(each, each.begin()));
        }
        Checksum.Running md5 = Checksum.MD5.begin();
        String sha256 = headers.getOrDefault("x-amz-content-sha256", "");
        Checksum.Running signed = Checksum.SHA256.begin();
        boolean isSigned = sha256.matches("[0-9a-fA-F]{64}");

        Spool spool = new Spool(folder);
        try {
            byte[] buffer = new byte[BUFFER_BYTES];
            long length = 0;
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                int got = count;
                md5.update(buffer, 0, got);
                if (isSigned) {
                    signed.update(buffer, 0, got);
                }
                running.values().forEach(each -> each.update(buffer, 0, got));
                spool.write(buffer, 0, got);
                length += got;
            }
            requireLength(headers.get(framed ? "x-amz-decoded-content-length" : "content-length"), length);
            if (isSigned && !HexFormat.of().formatHex(signed.value()).equalsIgnoreCase(sha256)) {
                throw new S3Error(
                        400,
                        "XAmzContentSHA256Mismatch",
                        "The provided 'x-amz-content-sha256' header does not match what was computed.");
            }
            if (chunked != null) {
                chunked.trailers()
                        .forEach((name, value) -> Checksum.ofHeader(name).ifPresent(found -> wanted.put(found, value)));
            }
            Bytes computedMd5 = Bytes.copyOf(md5.value());
            String contentMd5 = headers.get("content-md5");
            if (contentMd5 != null && !computedMd5.equals(Bytes.copyOf(decoded(contentMd5)))) {
                throw S3Error.badDigest("Content-MD5");
            }
            running.forEach((each, computation) -> {
                String value = wanted.get(each);
                if (value == null) {
                    throw S3Error.invalid("the trailer " + each.header() + " was announced and not sent");
                }
                if (!Arrays.equals(decoded(value), computation.value())) {
                    throw S3Error.badDigest(each.name());
                }
            });
            return new Received(spool.finish(), computedMd5, wanted);
        } catch (IOException | RuntimeException e) {
            spool.discard();
            throw e;
        }
    }

    /** The media's own codings in a {@code Content-Encoding}, without the framing. */
    static String withoutFraming(String contentEncoding) {
        return String.join(
                ",",
                Arrays.stream(contentEncoding.split(",", -1))
                        .map(String::strip)
                        .filter(coding -> !coding.isEmpty() && !coding.equals("aws-chunked"))
                        .toList());
    }

    private static boolean hasCoding(String contentEncoding) {
        return Arrays.stream(contentEncoding.split(",", -1))
                .anyMatch(coding -> coding.strip().equals("aws-chunked"));
    }

    private static void requireLength(@Nullable String declared, long length) {
        if (declared != null && !declared.equals(Long.toString(length))) {
            throw new S3Error(
                    400,
                    "IncompleteBody",
                    "You did not provide the number of bytes specified: " + declared + " declared, " + length
                            + " sent");
        }
    }

    private static byte[] decoded(String base64) {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new S3Error(400, "InvalidDigest", "The checksum you specified is not valid base64.");
        }
    }
}
