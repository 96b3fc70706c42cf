/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.house;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.house.House.Floor;
import java.io.File;
import java.io.IOException;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Provider;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The descriptors at work: the modules on a module path, as a user has them. */
class ModulePathTest {
    private static List<Path> modulePath() {
        Set<Path> path = new TreeSet<>();
        for (Floor floor : Floor.values()) {
            path.add(floor.classes());
        }
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            String name = Path.of(entry).getFileName().toString();
            if (name.endsWith(".jar") && !name.startsWith("keywright-")) {
                path.add(Path.of(entry));
            }
        }
        return List.copyOf(path);
    }

    private static ModuleLayer layer() {
        Configuration configuration = ModuleLayer.boot()
                .configuration()
                .resolveAndBind(
                        ModuleFinder.of(),
                        ModuleFinder.of(modulePath().toArray(Path[]::new)),
                        Arrays.stream(Floor.values())
                                .map(floor -> floor.descriptor().name())
                                .collect(Collectors.toSet()));
        return ModuleLayer.boot().defineModulesWithOneLoader(configuration, ClassLoader.getPlatformClassLoader());
    }

    @Test
    void serviceLoader_overTheModules_findsTheSecurityProvider() {
        assertThat(ServiceLoader.load(layer(), Provider.class).stream()
                        .filter(provider -> provider.type().getModule().getLayer() != ModuleLayer.boot())
                        .map(provider -> provider.get().getName()))
                .contains("Keywright");
    }

    @Test
    void serviceLoader_overTheModules_findsEveryKeyringFactory() throws ReflectiveOperationException {
        ModuleLayer layer = layer();
        Class<?> factory = layer.findLoader("dev.keywright.spi").loadClass("dev.keywright.spi.KeyringFactory");
        List<Object> schemes = new ArrayList<>();
        for (Object found : ServiceLoader.load(layer, factory)) {
            schemes.add(factory.getMethod("scheme").invoke(found));
        }
        assertThat(schemes).containsExactlyInAnyOrder("aes", "rsa", "pkcs11", "aws-kms");
    }

    @Test
    void commandLine_onTheModulePath_seals(@TempDir Path folder) throws IOException, InterruptedException {
        Files.write(folder.resolve("key"), new byte[32]);
        Files.writeString(folder.resolve("plain"), "nobody else's business");
        assertThat(run(folder, "seal", "--key", "aes:key", "plain", "sealed")).startsWith("sealed plain");
        assertThat(folder.resolve("sealed")).hasSize("nobody else's business".length() + 16);
        assertThat(folder.resolve("sealed.envelope.json")).content().contains("x-amz-3");
    }

    private static String run(Path folder, String... arguments) throws IOException, InterruptedException {
        Path output = folder.resolve("output");
        List<String> command = Stream.concat(
                        Stream.of(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "--module-path",
                                modulePath().stream()
                                        .map(Path::toString)
                                        .collect(Collectors.joining(File.pathSeparator)),
                                "--module",
                                "dev.keywright.cli/dev.keywright.cli.Keywright"),
                        Arrays.stream(arguments))
                .toList();
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor()).as(Files.readString(output)).isZero();
        return Files.readString(output);
    }
}
