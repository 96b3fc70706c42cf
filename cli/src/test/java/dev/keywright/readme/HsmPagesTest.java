/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.readme;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.pkcs11.Pkcs11Profile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** docs/hsm has a page for each profile, which tells whether it was run, and its links lead somewhere. */
class HsmPagesTest {
    private static final Path FOLDER = Path.of(Objects.requireNonNull(System.getProperty("keywright.root")))
            .resolve("docs/hsm");

    @ParameterizedTest
    @EnumSource
    void profile_hasAPage_thatTellsWhetherItWasRun(Pkcs11Profile profile) throws IOException {
        String page = Files.readString(FOLDER.resolve(profile + ".md"));
        assertThat(page.contains("**From documents")).isEqualTo(!profile.wasRun() && !page.contains("were **run**"));
        assertThat(Files.readString(FOLDER.resolve("README.md"))).contains("](" + profile + ".md) | `" + profile + "`");
        Matcher value =
                Pattern.compile("=(?:0x)?([^,}]+)").matcher(profile.quirks().toString());
        while (value.find()) {
            assertThat(page).contains(value.group(1));
        }
    }

    @Test
    void everyLink_leadsToAFile() throws IOException {
        List<Path> pages;
        try (Stream<Path> listed = Files.list(FOLDER)) {
            pages = listed.toList();
        }
        assertThat(pages).hasSizeGreaterThan(Pkcs11Profile.values().length);
        for (Path page : pages) {
            Matcher link = Pattern.compile("\\]\\(([^)#:]+)\\)").matcher(Files.readString(page));
            while (link.find()) {
                assertThat(FOLDER.resolve(link.group(1))).as(page.toString()).exists();
            }
        }
    }
}
