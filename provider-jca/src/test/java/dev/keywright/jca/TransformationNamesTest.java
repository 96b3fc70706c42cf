/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Providers differ in what a bare name means, so none is used: {@code RSA} is textbook RSA in one of them. */
class TransformationNamesTest {
    private static final Pattern NAME = Pattern.compile("\"((?:AES|RSA|DES|OAEP)[^\"\\s]*)\"");
    /** Whole as it stands: RFC 3394 has neither mode nor padding, and means the same to every provider. */
    private static final String KEY_WRAP = "AESWrap";

    private static final Pattern KEY_ALGORITHM =
            Pattern.compile("LoanedKey\\.(copyOf|throwAway)\\(.*\"AES\"\\)|\"(AES|RSA)\"\\.equalsIgnoreCase\\(");

    /** Every source file of this module, by name, its lines joined where a call is broken. */
    private static Map<String, String> sources() throws IOException {
        Path folder = Path.of(System.getProperty("keywright.root"), "provider-jca", "src", "main", "java");
        Map<String, String> sources = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            files.filter(file -> file.toString().endsWith(".java")).forEach(file -> {
                try {
                    sources.put(file.getFileName().toString(), Files.readString(file));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
        return sources;
    }

    @Test
    @Tag("PRV-001")
    void transformation_everyOne_isSpelledWithModeAndPadding() throws IOException {
        List<String> found = new ArrayList<>();
        sources()
                .forEach((file, text) -> text.lines().forEach(line -> {
                    Matcher name = NAME.matcher(line);
                    while (name.find()) {
                        String what = name.group(1);
                        if (what.split("/", -1).length == 3 || what.equals(KEY_WRAP)) {
                            found.add(what);
                        } else {
                            assertThat(KEY_ALGORITHM.matcher(line).find())
                                    .as("%s: %s", file, line.strip())
                                    .isTrue();
                        }
                    }
                }));
        assertThat(found)
                .containsExactlyInAnyOrder(
                        "AES/ECB/NoPadding",
                        "AES/CTR/NoPadding",
                        "AES/GCM/NoPadding",
                        "AES/GCM/NoPadding",
                        "AES/CBC/NoPadding",
                        "AES/ECB/PKCS5Padding",
                        KEY_WRAP,
                        "RSA/ECB/OAEPPadding",
                        "RSA/ECB/PKCS1Padding");
    }

    @Test
    @Tag("PRV-001")
    void cipher_getInstance_isCalledWhereTheNameIsChecked() throws IOException {
        sources().forEach((file, text) -> {
            if (text.contains("Cipher.getInstance(")) {
                assertThat(file).isIn("AesCiphers.java", "Transformation.java");
            }
        });
    }

    @Test
    @Tag("PRV-003")
    void rsaEnvelope_isDecryptedNotUnwrapped() throws IOException {
        Map<String, String> sources = sources();
        for (String file : List.of(
                "RsaOpener.java",
                "RsaSealer.java",
                "RsaLegacyOpener.java",
                "RsaMasterKey.java",
                "Transformation.java")) {
            assertThat(sources.get(file)).as(file).doesNotContain("WRAP_MODE").doesNotContain(".unwrap(");
        }
        assertThat(sources.get("RsaOpener.java")).contains("Cipher.DECRYPT_MODE");
    }

    @Test
    @Tag("PRV-001")
    void oaep_alwaysHasParameters() throws IOException {
        Map<String, String> sources = sources();
        assertThat(sources.get("RsaSealer.java")).contains("Cipher.ENCRYPT_MODE, key, parameters()");
        assertThat(sources.get("RsaOpener.java")).contains("Cipher.DECRYPT_MODE, key, RsaSealer.parameters()");
        assertThat(sources.get("RsaLegacyOpener.java")).contains("Cipher.DECRYPT_MODE, key, parameters(mgf)");
    }
}
