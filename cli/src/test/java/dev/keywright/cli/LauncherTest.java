/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher {@code ./keywright}, in a checkout of its own whose Maven and Java are scripts that say how they were called. */
class LauncherTest {
    private static final Path ROOT = Path.of(Objects.requireNonNull(System.getProperty("keywright.root")));
    private static final Instant BUILT = Instant.parse("2026-01-02T00:00:00Z");

    @TempDir
    private Path folder;

    private Path checkout;
    private Path tools;
    private Path javaHome;

    private record Outcome(int exitCode, String out, String err) {}

    @BeforeEach
    void makeCheckout() throws IOException {
        checkout = Files.createDirectories(folder.resolve("check out"));
        tools = Files.createDirectories(folder.resolve("tools"));
        Files.copy(ROOT.resolve("keywright"), checkout.resolve("keywright"));
        Files.createDirectories(checkout.resolve(".mvn"));
        Files.createDirectories(checkout.resolve("cli/target"));
        source("cli/src/main/java/Main.java");
        source("cli/pom.xml");
        Files.writeString(checkout.resolve("pom.xml"), "<modules>\n    <module>cli</module>\n</modules>\n");
        age(checkout, Instant.parse("2026-01-01T00:00:00Z"));
        javaHome = javaHome("jdk", "17.0.15");
        script(tools.resolve("mvn"), """
                echo "[INFO] Building Keywright command line 0.1.0-SNAPSHOT                    [1/1]"
                echo "maven was here, $*" >> "%s/maven.log"
                [ -z "${FAILING_BUILD:-}" ] || { echo "[ERROR] no semicolon"; exit 1; }
                touch "%s/cli/target/keywright-cli.jar"
                """.formatted(folder, checkout));
    }

    private void source(String name) throws IOException {
        Path file = checkout.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "");
    }

    private static void age(Path top, Instant time) throws IOException {
        try (var walk = Files.walk(top)) {
            for (Path path : walk.toList()) {
                Files.setLastModifiedTime(path, FileTime.from(time));
            }
        }
    }

    private Path javaHome(String name, String version) throws IOException {
        Path home = Files.createDirectories(folder.resolve(name + "/bin")).getParent();
        Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
        script(home.resolve("bin/java"), """
                echo "in $(pwd)"
                for argument in "$@"; do echo "<$argument>"; done
                exit "${EXIT_CODE:-0}"
                """);
        script(home.resolve("bin/javac"), "exit 0\n");
        return home;
    }

    private static void script(Path file, String text) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private void built() throws IOException {
        for (String name : List.of("keywright-cli.jar", "launcher.built")) {
            Path file = checkout.resolve("cli/target").resolve(name);
            Files.writeString(file, "");
            Files.setLastModifiedTime(file, FileTime.from(BUILT));
        }
    }

    private Outcome run(Map<String, String> environment, Path launcher, String... arguments)
            throws IOException, InterruptedException {
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        List<String> command = new ArrayList<>(List.of(launcher.toString()));
        command.addAll(Arrays.asList(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().clear();
        builder.environment().put("PATH", tools + ":/usr/bin:/bin");
        builder.environment().put("JAVA_HOME", javaHome.toString());
        builder.environment().putAll(environment);
        int code = builder.start().waitFor();
        return new Outcome(code, Files.readString(out), Files.readString(err));
    }

    private boolean mavenRan() {
        return Files.exists(folder.resolve("maven.log"));
    }

    @Test
    void nothingStale_runsAtOnce_withEveryArgumentAsItIs() throws Exception {
        built();
        Outcome outcome =
                run(Map.of("EXIT_CODE", "4"), checkout.resolve("keywright"), "seal", "a b", "", "*", "--key=x;y?z&w");
        assertThat(outcome.exitCode()).isEqualTo(4);
        assertThat(outcome.out())
                .isEqualTo("in " + folder.toRealPath() + "\n<-XX:+UseSerialGC>\n<-Xshare:auto>\n<-jar>\n<"
                        + checkout.toRealPath().resolve("cli/target/keywright-cli.jar")
                        + ">\n<seal>\n<a b>\n<>\n<*>\n<--key=x;y?z&w>\n");
        assertThat(outcome.err()).isEmpty();
        assertThat(mavenRan()).isFalse();
    }

    @Test
    void demo_hasSoftHsmInstalledFirst_andNothingElseHas() throws Exception {
        built();
        Files.createDirectories(checkout.resolve(".ci"));
        script(
                checkout.resolve(".ci/install-softhsm"),
                "echo installing >> '%s/installed.log'; exit ${NO_SOFTHSM:-0}\n".formatted(folder));
        for (String[] arguments : new String[][] {{"demo", "--help"}, {"inspect", "demo"}, {}}) {
            run(Map.of(), checkout.resolve("keywright"), arguments);
        }
        assertThat(folder.resolve("installed.log")).doesNotExist();

        assertThat(run(Map.of(), checkout.resolve("keywright"), "demo").out()).endsWith("<demo>\n");
        assertThat(folder.resolve("installed.log")).hasContent("installing");

        Outcome refused = run(Map.of("NO_SOFTHSM", "1"), checkout.resolve("keywright"), "demo");
        assertThat(refused.exitCode()).isOne();
        assertThat(refused.out()).isEmpty();
    }

    @Test
    void throughALink_findsItsCheckout() throws Exception {
        built();
        Path link = Files.createSymbolicLink(folder.resolve("kw"), Path.of("check out/keywright"));
        assertThat(run(Map.of(), link, "--version")).returns(0, Outcome::exitCode);
        assertThat(mavenRan()).isFalse();
    }

    @Test
    void neverBuilt_builds_andTellsOfItOnStandardErrorOnly() throws Exception {
        Outcome outcome = run(Map.of(), checkout.resolve("keywright"), "--version");
        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.err()).contains("keywright: building").contains("Keywright command line (1/1)");
        assertThat(outcome.out()).startsWith("in ").doesNotContain("Keywright", "maven");
        assertThat(Files.readString(folder.resolve("maven.log"))).contains("-pl cli -am", "package");
        assertThat(run(Map.of(), checkout.resolve("keywright"), "--version").err())
                .as("the second time")
                .isEmpty();
    }

    @Test
    void sourceNewerThanTheBuild_buildsAgain() throws Exception {
        built();
        Files.setLastModifiedTime(checkout.resolve("cli/src/main/java/Main.java"), FileTime.from(BUILT.plusSeconds(1)));
        run(Map.of(), checkout.resolve("keywright"), "--version");
        assertThat(mavenRan()).isTrue();
    }

    @Test
    void pomNewerThanTheBuild_buildsAgain() throws Exception {
        built();
        Files.setLastModifiedTime(checkout.resolve("pom.xml"), FileTime.from(BUILT.plusSeconds(1)));
        run(Map.of(), checkout.resolve("keywright"), "--version");
        assertThat(mavenRan()).isTrue();
    }

    @Test
    void failingBuild_showsItsErrors_andRunsNothing() throws Exception {
        Outcome outcome = run(Map.of("FAILING_BUILD", "yes"), checkout.resolve("keywright"), "--version");
        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err()).contains("[ERROR] no semicolon", "the build failed");
        assertThat(checkout.resolve("cli/target/launcher.built")).doesNotExist();
    }

    @Test
    void olderJava_isNamed_withWhatToInstall() throws Exception {
        built();
        for (String version : List.of("11.0.2", "1.8.0_392")) {
            Path old = javaHome("old-" + version, version);
            Outcome outcome = run(Map.of("JAVA_HOME", old.toString()), checkout.resolve("keywright"), "--version");
            assertThat(outcome.exitCode()).isEqualTo(1);
            assertThat(outcome.out()).isEmpty();
            assertThat(outcome.err()).contains(old.toString(), "Install a JDK 17 or newer", "openjdk-17-jdk-headless");
        }
    }

    @Test
    void noJavaHome_takesTheJavaOnThePath() throws Exception {
        built();
        Files.createSymbolicLink(tools.resolve("java"), javaHome.resolve("bin/java"));
        assertThat(run(Map.of("JAVA_HOME", ""), checkout.resolve("keywright"), "x")
                        .out())
                .contains("<x>");
    }

    @Test
    void noMaven_saysWhatToInstall() throws Exception {
        Files.delete(tools.resolve("mvn"));
        Path bare = Files.createDirectories(folder.resolve("bare"));
        for (String tool : List.of("sh", "dirname", "readlink", "sed", "find", "head", "mkdir", "cat", "flock")) {
            script(bare.resolve(tool), "exec /usr/bin/" + tool + " \"$@\"\n");
        }
        Outcome outcome = run(Map.of("PATH", bare.toString()), checkout.resolve("keywright"), "--version");
        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.err()).contains("Maven 3.8.7 or newer", "apt-get install maven");
    }

    @Test
    void closedStreams_areNeitherReadNorWritten_inTheirPlaceIsNothing() throws Exception {
        built();
        Path streams = folder.resolve("streams");
        script(javaHome.resolve("bin/java"), """
                in=$(readlink /proc/$$/fd/0) out=$(readlink /proc/$$/fd/1) err=$(readlink /proc/$$/fd/2)
                printf '%%s\\n' "$in" "$out" "$err" > '%s'
                echo all is well || exit 7
                """.formatted(streams));
        ProcessBuilder builder = new ProcessBuilder(
                "sh",
                "-c",
                "\"$0\" --version <&- >&- 2>&-",
                checkout.resolve("keywright").toString());
        builder.environment().put("JAVA_HOME", javaHome.toString());
        assertThat(builder.start().waitFor())
                .as("of writing to standard output")
                .isEqualTo(7);
        assertThat(streams).hasContent("/dev/null\n/dev/null\n/dev/null\n");
    }

    @Test
    void noLocale_isUtf8_andAChosenOneStays() throws Exception {
        built();
        script(javaHome.resolve("bin/java"), "echo \"<${LC_ALL:-}>\"\n");
        Path launcher = checkout.resolve("keywright");
        assertThat(run(Map.of(), launcher).out()).isEqualTo("<C.UTF-8>\n");
        assertThat(run(Map.of("LANG", "POSIX"), launcher).out()).isEqualTo("<C.UTF-8>\n");
        assertThat(run(Map.of("LC_ALL", "C", "LANG", "de_DE.UTF-8"), launcher).out())
                .isEqualTo("<C.UTF-8>\n");
        assertThat(run(Map.of("LANG", "de_DE.UTF-8"), launcher).out()).isEqualTo("<>\n");
        assertThat(run(Map.of("LC_CTYPE", "ja_JP.eucJP"), launcher).out()).isEqualTo("<>\n");
    }
}
