/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the figures were measured on and with. */
final class Machine {
    private static final List<String> TELLING_FLAGS =
            List.of("aes", "pclmulqdq", "avx2", "avx512f", "vaes", "vpclmulqdq", "sha_ni");

    private Machine() {}

    static Map<String, String> about(Settings settings, String ourClassPath, String peerClassPath, String revision)
            throws IOException, InterruptedException {
        Map<String, String> about = new LinkedHashMap<>();
        about.put("processor", processor());
        about.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        about.put("memory", memory());
        about.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        about.put("openssl", OpenSsl.version());
        about.put("keywright", revision);
        about.put("sdk", sdk(ourClassPath));
        about.put("peer", version(peerClassPath, "amazon-s3-encryption-client-java"));
        about.put("peerSdk", sdk(peerClassPath));
        for (Jdk jdk : settings.jdks()) {
            about.put("jdk" + jdk.feature(), jdk.title());
        }
        about.put("rounds", Integer.toString(settings.rounds()));
        about.put("quick", Boolean.toString(settings.quick()));
        return about;
    }

    /** Of the last minute. */
    static double load() {
        return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    }

    private static String processor() throws IOException {
        String model = System.getProperty("os.arch");
        List<String> flags = new ArrayList<>();
        Path file = Path.of("/proc/cpuinfo");
        if (Files.exists(file)) {
            for (String line : Files.readAllLines(file)) {
                if (line.startsWith("model name")) {
                    model = line.substring(line.indexOf(':') + 1).trim();
                } else if (line.startsWith("flags") && flags.isEmpty()) {
                    List<String> all = List.of(line.split("\\s+", -1));
                    TELLING_FLAGS.stream().filter(all::contains).forEach(flags::add);
                }
            }
        }
        return model + (flags.isEmpty() ? "" : " (" + String.join(", ", flags) + ")");
    }

    private static String memory() {
        long bytes = ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getTotalMemorySize();
        return (bytes >> 30) + " GiB";
    }

    private static String sdk(String classPath) {
        return version(classPath, "s3");
    }

    /** The version in a jar's name. */
    private static String version(String classPath, String artifact) {
        Matcher jar = Pattern.compile("/" + artifact + "-([0-9][0-9.]*)\\.jar").matcher(classPath);
        return jar.find() ? jar.group(1) : "unknown";
    }
}
