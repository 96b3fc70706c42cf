/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Fuzzes which names of an envelope are where: each byte of the input chooses, for one name, one of a few values or absence;
 * first in the metadata, then in the instruction file.
 */
public final class DetectionFuzz {
    private static final String BYTES_12 = "oKGio6Slpqeoqaqr";
    private static final String BYTES_16 = "sLGys7S1tre4ubq7vL2+vw==";
    private static final String BYTES_27 = "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFla";
    private static final String BYTES_28 = "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaWw==";
    private static final List<String> MAP =
            List.of("{}", "", "{\"k\":\"v\"}", "{\"k\":\"v\",\"k\":\"v\"}", "=?UTF-8?B??=");

    /** Every name, with values of it that are right, and some that are wrong. */
    private static final Map<String, List<String>> VALUES = values();

    private DetectionFuzz() {}

    private static Map<String, List<String>> values() {
        Map<String, List<String>> values = new LinkedHashMap<>();
        values.put("x-amz-key", List.of(BYTES_16, "", "AA=", "\n"));
        values.put("x-amz-key-v2", List.of(BYTES_16, "", "AB==", "\n"));
        values.put("x-amz-iv", List.of(BYTES_12, BYTES_16, BYTES_28, ""));
        values.put(
                "x-amz-wrap-alg",
                List.of(
                        "AES/GCM",
                        "RSA-OAEP-SHA1",
                        "kms+context",
                        "kms",
                        "AESWrap",
                        "RSA/ECB/OAEPWithSHA-256AndMGF1Padding",
                        "AES",
                        "RSA",
                        "02"));
        values.put(
                "x-amz-cek-alg",
                List.of("AES/GCM/NoPadding", "AES/CBC/PKCS5Padding", "115", "AES/GCM", "AES/CBC/PKCS7Padding"));
        values.put("x-amz-tag-len", List.of("128", "", "0", "96", "0128"));
        values.put("x-amz-matdesc", MAP);
        values.put("x-amz-c", List.of("115", "", "116", "0115"));
        values.put("x-amz-d", List.of(BYTES_28, BYTES_27, "", "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaWx=="));
        values.put("x-amz-i", List.of(BYTES_28, BYTES_27, "", BYTES_12));
        values.put("x-amz-3", List.of(BYTES_16, "", "AAA", "\n"));
        values.put("x-amz-w", List.of("02", "12", "22", "01", "AES/GCM", ""));
        values.put("x-amz-m", MAP);
        values.put("x-amz-t", MAP);
        values.put("x-amz-unencrypted-content-length", List.of("0", "", "x"));
        values.put("owner", List.of("me"));
        return values;
    }

    public static void fuzzerTestOneInput(byte[] input) {
        Map<String, String> metadata = new LinkedHashMap<>();
        int at = 0;
        for (Map.Entry<String, List<String>> name : VALUES.entrySet()) {
            int choice = at < input.length ? input[at] & 0x7f : 0;
            boolean upper = at < input.length && input[at] < 0;
            at++;
            if (choice > 0) {
                metadata.put(
                        upper ? name.getKey().toUpperCase(Locale.ROOT) : name.getKey(),
                        name.getValue().get((choice - 1) % name.getValue().size()));
            }
        }
        List<String> file = new ArrayList<>();
        for (Map.Entry<String, List<String>> name : VALUES.entrySet()) {
            int choice = at < input.length ? input[at] & 0xff : 0;
            at++;
            if (choice == 0xff || choice == 0xfe) {
                file.add(quoted(name.getKey()) + ":" + (choice == 0xff ? "null" : "128"));
            } else if (choice > 0) {
                file.add(quoted(name.getKey()) + ":"
                        + quoted(name.getValue()
                                .get((choice - 1) % name.getValue().size())));
            }
        }
        // Whatever is left makes the file something else than an object of these names.
        String tail = at < input.length ? new String(input, at, input.length - at, StandardCharsets.UTF_8) : "";
        MetadataFuzz.check(metadata, ("{" + String.join(",", file) + "}" + tail).getBytes(StandardCharsets.UTF_8));
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }
}
