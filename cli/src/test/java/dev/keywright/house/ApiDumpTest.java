/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.house;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.house.House.Floor;
import java.io.IOException;
import java.lang.module.ModuleDescriptor.Exports;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The public face of each published module is the text in {@code docs/api}: a change of it is seen, and meant. To write it
 * anew: {@code mvn -pl cli -am verify -Dtest='ApiDumpTest' -Dsurefire.failIfNoSpecifiedTests=false
 * -Dkeywright.update-docs=true}.
 */
class ApiDumpTest {
    @ParameterizedTest
    @EnumSource(names = "CLI", mode = EnumSource.Mode.EXCLUDE)
    void publicApi_isTheTextInDocs(Floor floor) throws IOException {
        Path file = House.ROOT.resolve("docs/api").resolve(floor.folderName() + ".txt");
        String api = dump(floor);
        if (Boolean.getBoolean("keywright.update-docs")) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, api);
        }
        assertThat(api)
                .as("the API of " + floor.folderName() + " against " + file
                        + ", which -Dkeywright.update-docs=true rewrites")
                .isEqualTo(Files.exists(file) ? House.text(file) : "");
    }

    private static String dump(Floor floor) {
        StringBuilder text = new StringBuilder("module " + floor.descriptor().name() + "\n");
        floor.descriptor().exports().stream()
                .filter(exports -> !exports.isQualified())
                .map(Exports::source)
                .sorted()
                .flatMap(name -> publicTypes(floor, name))
                .forEach(type -> text.append('\n')
                        .append(ApiText.of(type).collect(Collectors.joining("\n")))
                        .append('\n'));
        return text.toString();
    }

    private static Stream<Class<?>> publicTypes(Floor floor, String packageName) {
        Path folder = floor.classes().resolve(packageName.replace('.', '/'));
        return House.files(folder, ".class").stream()
                .filter(file -> folder.equals(file.getParent()))
                .map(file -> file.getFileName().toString().replace(".class", ""))
                .filter(name -> !name.equals("package-info"))
                .<Class<?>>map(name -> type(packageName + "." + name))
                .filter(ApiDumpTest::isPublic);
    }

    private static Class<?> type(String name) {
        try {
            return Class.forName(name, false, ApiDumpTest.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    /** Also all round it. */
    private static boolean isPublic(Class<?> type) {
        boolean open = Modifier.isPublic(type.getModifiers()) || Modifier.isProtected(type.getModifiers());
        return open && (type.getEnclosingClass() == null || isPublic(type.getEnclosingClass()));
    }
}
