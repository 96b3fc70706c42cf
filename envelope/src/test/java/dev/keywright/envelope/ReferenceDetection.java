/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * Which envelope metadata and instruction file make, written line by line after wire format 4.1, with the values of 3.2 to
 * 3.6 and the files of 5. Shares nothing with the code that ships; fuzzing compares the two.
 *
 * <p>Two things are stricter or laxer than the lines of 4.1: an empty {@code x-amz-matdesc} counts as absent too (INT-004),
 * and {@code w}, {@code m} or {@code t} on an object whose {@code 3} is in a file is refused, since 3.4 gives them to the
 * file alone.
 */
final class ReferenceDetection {
    enum Verdict {
        V1,
        V2,
        V3,
        NEEDS_FILE,
        REFUSED
    }

    private static final List<String> MAPS = List.of("x-amz-matdesc", "x-amz-m", "x-amz-t");
    private static final List<String> OLD = List.of(
            "x-amz-key",
            "x-amz-key-v2",
            "x-amz-iv",
            "x-amz-wrap-alg",
            "x-amz-cek-alg",
            "x-amz-tag-len",
            "x-amz-matdesc");
    private static final List<String> NEW =
            List.of("x-amz-c", "x-amz-d", "x-amz-i", "x-amz-3", "x-amz-w", "x-amz-m", "x-amz-t");
    private static final Set<String> WRAPS = Set.of(
            "AES/GCM", "RSA-OAEP-SHA1", "kms+context", "kms", "AESWrap", "RSA/ECB/OAEPWithSHA-256AndMGF1Padding");

    private ReferenceDetection() {}

    /** By the object's own metadata. */
    static Verdict ofMetadata(Map<String, String> metadata) {
        return metadata(metadata).map(ReferenceDetection::ofNames).orElse(Verdict.REFUSED);
    }

    /** By metadata that needs a file, and that file. */
    static Verdict ofBoth(Map<String, String> metadata, byte[] file) {
        Map<String, String> md = metadata(metadata).orElseThrow();
        Optional<Map<String, String>> read = file(file);
        if (read.isEmpty()) {
            return Verdict.REFUSED;
        }
        Map<String, String> f = read.get();
        if (has(md, "x-amz-c", "x-amz-d", "x-amz-i")) {
            if (any(f, OLD) || any(f, List.of("x-amz-c", "x-amz-d", "x-amz-i")) || !has(f, "x-amz-3", "x-amz-w")) {
                return Verdict.REFUSED;
            }
            Map<String, String> both = new HashMap<>(md);
            both.putAll(f);
            return v3(both);
        }
        Verdict alone = any(f, NEW) ? Verdict.REFUSED : ofNames(f);
        return alone == Verdict.NEEDS_FILE ? Verdict.REFUSED : alone;
    }

    private static Verdict ofNames(Map<String, String> md) {
        boolean k1 = md.containsKey("x-amz-key");
        boolean k2 = md.containsKey("x-amz-key-v2");
        boolean k3 = md.containsKey("x-amz-3");
        if ((k1 && k2) || (k1 && k3) || (k2 && k3)) {
            return Verdict.REFUSED;
        }
        if (any(md, OLD) && any(md, NEW)) {
            return Verdict.REFUSED;
        }
        if (k3) {
            return has(md, "x-amz-c", "x-amz-d", "x-amz-i", "x-amz-w") ? v3(md) : Verdict.REFUSED;
        }
        if (k2) {
            return has(md, "x-amz-iv", "x-amz-wrap-alg", "x-amz-cek-alg") ? v2(md) : Verdict.REFUSED;
        }
        if (k1) {
            return has(md, "x-amz-iv") && !any(md, List.of("x-amz-wrap-alg", "x-amz-cek-alg", "x-amz-tag-len"))
                    ? v1(md)
                    : Verdict.REFUSED;
        }
        if (any(md, List.of("x-amz-w", "x-amz-m", "x-amz-t")) || any(md, OLD)) {
            return Verdict.REFUSED;
        }
        boolean whole = has(md, "x-amz-c", "x-amz-d", "x-amz-i");
        return any(md, NEW) && !whole ? Verdict.REFUSED : Verdict.NEEDS_FILE;
    }

    private static Verdict v1(Map<String, String> md) {
        return verdict(
                Verdict.V1,
                isBase64(md.get("x-amz-iv"), n -> n == 16)
                        && isBase64(md.get("x-amz-key"), n -> n > 0)
                        && isMap(md.get("x-amz-matdesc")));
    }

    private static Verdict v2(Map<String, String> md) {
        String tagLength = md.get("x-amz-tag-len");
        boolean content = switch (md.get("x-amz-cek-alg")) {
            case "AES/GCM/NoPadding" -> "128".equals(tagLength) && isBase64(md.get("x-amz-iv"), n -> n == 12);
            case "AES/CBC/PKCS5Padding", "AES/CBC/PKCS7Padding" ->
                (tagLength == null || tagLength.isEmpty() || tagLength.equals("0"))
                        && isBase64(md.get("x-amz-iv"), n -> n == 16);
            default -> false;
        };
        return verdict(
                Verdict.V2,
                content
                        && WRAPS.contains(md.get("x-amz-wrap-alg"))
                        && isBase64(md.get("x-amz-key-v2"), n -> n > 0)
                        && isMap(md.get("x-amz-matdesc")));
    }

    private static Verdict v3(Map<String, String> md) {
        boolean description = switch (md.get("x-amz-w")) {
            case "02", "22" -> isMap(md.get("x-amz-m"));
            case "12" -> isMap(md.get("x-amz-t"));
            default -> false;
        };
        return verdict(
                Verdict.V3,
                description
                        && md.get("x-amz-c").equals("115")
                        && isBase64(md.get("x-amz-d"), n -> n == 28)
                        && isBase64(md.get("x-amz-i"), n -> n == 28)
                        && isBase64(md.get("x-amz-3"), n -> n > 0));
    }

    private static Verdict verdict(Verdict format, boolean valuesAreRight) {
        return valuesAreRight ? format : Verdict.REFUSED;
    }

    /** Section 3.1: the standard alphabet, padded, no line breaks; so there is one text for any bytes. */
    private static boolean isBase64(String text, IntPredicate length) {
        if (!text.matches("[A-Za-z0-9+/]*={0,2}") || text.length() % 4 != 0) {
            return false;
        }
        byte[] bytes;
        try {
            bytes = Base64.getMimeDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            return false;
        }
        return length.test(bytes.length)
                && Base64.getEncoder().encodeToString(bytes).equals(text);
    }

    private static boolean isMap(String text) {
        return text == null || ReferenceJson.read(text, false, Set.of()).isPresent();
    }

    private static boolean has(Map<String, String> names, String... wanted) {
        return names.keySet().containsAll(List.of(wanted));
    }

    private static boolean any(Map<String, String> names, List<String> of) {
        return of.stream().anyMatch(names::containsKey);
    }

    /** The envelope's entries; empty if one is there twice, or is no header text. */
    private static Optional<Map<String, String>> metadata(Map<String, String> metadata) {
        Map<String, String> names = new HashMap<>();
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
            String name = entry.getKey().toLowerCase(Locale.ROOT);
            if (!OLD.contains(name) && !NEW.contains(name)) {
                continue;
            }
            Optional<String> value =
                    MAPS.contains(name) ? ReferenceHeaderText.decode(entry.getValue()) : Optional.of(entry.getValue());
            if (value.isEmpty() || names.put(name, value.get()) != null) {
                return Optional.empty();
            }
        }
        return Optional.of(withoutEmptyMaps(names));
    }

    /** An instruction file's entries; empty if it is none. */
    private static Optional<Map<String, String>> file(byte[] file) {
        String text = new String(file, StandardCharsets.UTF_8);
        if (file.length > 65536 || !Arrays.equals(text.getBytes(StandardCharsets.UTF_8), file)) {
            return Optional.empty();
        }
        Optional<Map<String, String>> read =
                ReferenceJson.read(text, true, Set.of("x-amz-tag-len", "x-amz-unencrypted-content-length"));
        if (read.isEmpty()) {
            return Optional.empty();
        }
        Map<String, String> names = new HashMap<>(read.get());
        if (has(names, "EncryptedEnvelopeKey", "IV")) {
            if (any(names, List.of("x-amz-key", "x-amz-iv"))) {
                return Optional.empty();
            }
            names.put("x-amz-key", names.remove("EncryptedEnvelopeKey"));
            names.put("x-amz-iv", names.remove("IV"));
        }
        return Optional.of(withoutEmptyMaps(names));
    }

    private static Map<String, String> withoutEmptyMaps(Map<String, String> names) {
        MAPS.forEach(name -> names.remove(name, ""));
        return names;
    }
}
