/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.readme;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** README.md tells what is: its Java is that of {@link ReadmeExamplesTest}, its files and commands are there. */
class ReadmeTest {
    private static final Path ROOT = Path.of(Objects.requireNonNull(System.getProperty("keywright.root")));
    private static final Path EXAMPLES = ROOT.resolve("cli/src/test/java/dev/keywright/readme/ReadmeExamplesTest.java");
    private static final Pattern IN_README =
            Pattern.compile("<!-- snippet: ([a-z0-9-]+) -->\\n```java\\n(.*?)```", Pattern.DOTALL);
    private static final Pattern IN_EXAMPLES =
            Pattern.compile("^ *// snippet: ([a-z0-9-]+)\\n(.*?)^ *// end$", Pattern.DOTALL | Pattern.MULTILINE);

    private static String readme() throws IOException {
        return Files.readString(ROOT.resolve("README.md"));
    }

    private static Map<String, String> snippets(Pattern pattern, String text) {
        Map<String, String> snippets = new TreeMap<>();
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            snippets.put(matcher.group(1), matcher.group(2).stripTrailing().stripIndent());
        }
        return snippets;
    }

    @Test
    void everyJavaBlock_isAnExampleThatRuns() throws IOException {
        Map<String, String> shown = snippets(IN_README, readme());
        assertThat(shown).isNotEmpty().isEqualTo(snippets(IN_EXAMPLES, Files.readString(EXAMPLES)));
        assertThat(readme().split("```java", -1)).as("every block has a name").hasSize(shown.size() + 1);
    }

    @Test
    void everyFileThatIsLinked_isThere() throws IOException {
        Matcher link = Pattern.compile("\\]\\(([^)#:]+)\\)").matcher(readme());
        int links = 0;
        while (link.find()) {
            assertThat(ROOT.resolve(link.group(1))).exists();
            links++;
        }
        assertThat(links).isPositive();
    }

    @Test
    void theTwoCommands_areNearTheTop() throws IOException {
        assertThat(readme().lines().limit(40)).contains("./keywright demo", "./check");
        assertThat(Files.isExecutable(ROOT.resolve("keywright"))).isTrue();
        assertThat(Files.isExecutable(ROOT.resolve("check"))).isTrue();
    }
}
