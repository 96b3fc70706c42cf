/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.house;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.keywright.house.House.Floor;
import java.lang.module.ModuleDescriptor.Requires;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The drawing of the house, on what was compiled: who may stand on whom. */
class ModuleGraphTest {
    private static final Set<String> JAVA_BASE =
            ModuleFinder.ofSystem().find("java.base").orElseThrow().descriptor().packages();

    /** Beside java.base and jspecify: the modules each floor may require. AWS's stand for all of them. */
    private static final Map<Floor, Set<String>> MAY_REQUIRE = Map.of(
            Floor.SPI, Set.of(),
            Floor.ENVELOPE, Set.of("dev.keywright.spi"),
            Floor.JCA, Set.of("dev.keywright.spi"),
            Floor.PKCS11, Set.of("dev.keywright.spi", "com.sun.jna", "java.logging"),
            Floor.KMS, Set.of("dev.keywright.spi", "software.amazon.awssdk"),
            Floor.S3,
                    Set.of(
                            "dev.keywright.spi",
                            "dev.keywright.envelope",
                            "dev.keywright.jca",
                            "software.amazon.awssdk",
                            "org.reactivestreams"), // the SDK's asynchronous bodies
            Floor.TEST_VECTORS,
                    Set.of(
                            "dev.keywright.spi",
                            "dev.keywright.envelope",
                            "org.junit.jupiter.api",
                            "org.junit.jupiter.params",
                            "org.assertj.core",
                            "java.logging",
                            "java.xml",
                            "jdk.httpserver"));

    private static final Map<Floor, List<JavaClass>> CLASSES = new EnumMap<>(Floor.class);

    static {
        // Names are all that is asked of classes outside of the floor.
        ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
    }

    private static List<JavaClass> classes(Floor floor) {
        return CLASSES.computeIfAbsent(floor, some -> List.copyOf(new ClassFileImporter().importPath(some.classes())));
    }

    /** The packages outside of the floor that its classes name. */
    private static Set<String> packagesNamed(Floor floor) {
        Set<String> own = new TreeSet<>();
        Set<String> named = new TreeSet<>();
        for (JavaClass type : classes(floor)) {
            own.add(type.getPackageName());
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                JavaClass target = dependency.getTargetClass().getBaseComponentType();
                if (!target.isPrimitive()) {
                    named.add(target.getPackageName());
                }
            }
        }
        named.removeAll(own);
        assertThat(own).as("packages of " + floor).isNotEmpty();
        return named;
    }

    private static boolean isBase(String packageName) {
        return JAVA_BASE.contains(packageName) || packageName.equals("org.jspecify.annotations");
    }

    @ParameterizedTest
    @EnumSource(names = "CLI", mode = EnumSource.Mode.EXCLUDE)
    void moduleInfo_requires_onlyWhatTheDrawingAllows(Floor floor) {
        for (Requires requires : floor.descriptor().requires()) {
            String name =
                    requires.name().startsWith("software.amazon.awssdk.") ? "software.amazon.awssdk" : requires.name();
            if (name.equals("org.jspecify")) {
                assertThat(requires.modifiers()).contains(Requires.Modifier.STATIC);
            } else if (!name.equals("java.base")) {
                assertThat(MAY_REQUIRE.get(floor))
                        .as(floor + " requires " + name)
                        .contains(name);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SPI", "ENVELOPE", "JCA"})
    void lowerFloors_bytecode_namesOnlyJavaBaseAndWhatIsBelow(Floor floor) {
        assertThat(packagesNamed(floor))
                .allSatisfy(name -> assertThat(isBase(name) || (floor != Floor.SPI && name.equals("dev.keywright.spi")))
                        .as(floor + " names " + name)
                        .isTrue());
    }

    @ParameterizedTest
    @EnumSource
    void awsTypes_areNamed_onlyInS3KmsAndCli(Floor floor) {
        if (!Set.of(Floor.S3, Floor.KMS, Floor.CLI).contains(floor)) {
            assertThat(packagesNamed(floor)).noneMatch(name -> name.startsWith("software.amazon."));
        }
    }

    @ParameterizedTest
    @EnumSource(names = "CLI", mode = EnumSource.Mode.EXCLUDE)
    void bouncyCastle_isNamed_onlyInCli(Floor floor) {
        assertThat(packagesNamed(floor)).noneMatch(name -> name.startsWith("org.bouncycastle"));
    }

    @ParameterizedTest
    @EnumSource(names = {"JCA", "PKCS11", "KMS"})
    void providers_name_onlyTheSpiOfTheHouse(Floor floor) {
        assertThat(packagesNamed(floor).stream().filter(name -> name.startsWith("dev.keywright")))
                .containsExactly("dev.keywright.spi");
    }

    @ParameterizedTest
    @EnumSource
    void moduleInfo_provides_whatMetaInfServicesSays(Floor floor) {
        Map<String, List<String>> declared = new TreeMap<>();
        floor.descriptor().provides().forEach(provides -> declared.put(provides.service(), provides.providers()));
        Map<String, List<String>> listed = new TreeMap<>();
        for (Path file : House.files(floor.classes().resolve("META-INF/services"), "")) {
            if (Files.isRegularFile(file)) {
                listed.put(
                        file.getFileName().toString(),
                        House.text(file).lines().filter(line -> !line.isBlank()).collect(Collectors.toList()));
            }
        }
        assertThat(listed).isEqualTo(declared);
    }

    @Test
    void reactor_hasEveryFloor() {
        assertThat(House.text(House.ROOT.resolve("pom.xml")).lines())
                .containsAll(List.of(Floor.values()).stream()
                        .map(floor -> "    <module>" + floor.folderName() + "</module>")
                        .toList());
    }
}
