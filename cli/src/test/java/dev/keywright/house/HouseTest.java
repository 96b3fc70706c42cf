/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.house;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.house.House.Floor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The house rules that a machine can see in the sources. */
class HouseTest {
    private static final Pattern UNFINISHED = Pattern.compile("\\b(TO" + "DO|FIX" + "ME|X" + "XX)\\b");
    private static final Set<String> WORDS_WITHOUT_A_JOB = Set.of("util", "utils", "common", "impl", "helper", "misc");

    private static List<Path> sources(Floor floor) {
        return House.files(floor.folder().resolve("src"), ".java");
    }

    @ParameterizedTest
    @EnumSource
    void everyPackage_saysItsJob_andIsNullMarked(Floor floor) {
        Set<Path> packages = new TreeSet<>();
        House.files(floor.folder().resolve("src/main/java"), ".java").stream()
                .filter(file -> !file.endsWith("module-info.java"))
                .forEach(file -> packages.add(file.getParent()));
        assertThat(packages)
                .isNotEmpty()
                .allSatisfy(folder -> assertThat(folder.resolve("package-info.java"))
                        .content()
                        .contains("@NullMarked\npackage ")
                        .containsPattern("(?s)^(/\\* Copyright[^\n]*\n)?/\\*\\*.{40,}\\*/\n@NullMarked"));
    }

    @ParameterizedTest
    @EnumSource
    void everyModule_hasADescriptorThatSaysItsJob(Floor floor) {
        assertThat(floor.folder().resolve("src/main/java/module-info.java"))
                .content()
                .containsPattern("(?s)/\\*\\*.{10,}\\*/.*module dev\\.keywright\\.");
    }

    @ParameterizedTest
    @EnumSource
    void noSource_isUnfinished(Floor floor) {
        List<Path> files = new ArrayList<>(sources(floor));
        files.add(floor.folder().resolve("pom.xml"));
        assertThat(files)
                .allSatisfy(
                        file -> assertThat(UNFINISHED.matcher(House.text(file)).find())
                                .as(file.toString())
                                .isFalse());
    }

    @ParameterizedTest
    @EnumSource
    void noName_isAWordWithoutAJob(Floor floor) {
        for (Path file : sources(floor)) {
            for (Path name : floor.folder().relativize(file)) {
                assertThat(WORDS_WITHOUT_A_JOB).as(file.toString()).doesNotContain(name.toString());
            }
            String type = file.getFileName().toString().replace(".java", "");
            assertThat(type).as(file.toString()).doesNotMatch(".*(Helper|Utils?|Impl)");
            if (!type.contains("MaterialsManager")) {
                assertThat(type).as(file.toString()).doesNotEndWith("Manager");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void noTest_sleeps(Floor floor) {
        assertThat(House.files(floor.folder().resolve("src/test"), ".java"))
                .allSatisfy(
                        file -> assertThat(House.text(file)).as(file.toString()).doesNotContain("Thread" + ".sleep("));
    }

    @ParameterizedTest
    @EnumSource
    void noModule_setsAVersionOfItsOwn(Floor floor) {
        String pom = House.text(floor.folder().resolve("pom.xml"));
        assertThat(pom.substring(pom.indexOf("</parent>"))).doesNotContainPattern("<version>(?!\\$\\{)");
    }

    @Test
    void build_isReproducible_andForJava17() {
        assertThat(House.text(House.ROOT.resolve("pom.xml")))
                .containsPattern("<project\\.build\\.outputTimestamp>\\d{4}-\\d\\d-\\d\\dT")
                .contains(
                        "<maven.compiler.release>17</maven.compiler.release>",
                        "<warnings.option>-Werror</warnings.option>");
    }

    @Test
    void documents_areThere() {
        for (String name : List.of(
                "README.md", "LICENSE", "NOTICE", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "PRINCIPLES.md")) {
            assertThat(Files.isRegularFile(House.ROOT.resolve(name))).as(name).isTrue();
        }
    }
}
