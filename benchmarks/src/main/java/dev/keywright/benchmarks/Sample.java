/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One measurement.
 *
 * @param jdk feature version of the JDK it ran on
 * @param subject what was measured, whose: {@code put-1g/peer}, {@code cipher/encryptInSegments/1048576/1}
 * @param round from 1
 * @param values figures by name: {@code wall} and {@code cpu} in seconds, {@code firstByte} in seconds, {@code heap} in
 *     bytes, {@code gb} and {@code gbCpu} in 10^9 bytes a second, {@code load} the machine's load average before
 * @param failure why there are none, where it failed
 */
record Sample(
        int jdk,
        String subject,
        int round,
        Map<String, Double> values,
        @Nullable String failure) {
    Map<String, @Nullable Object> toJson() {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("jdk", jdk);
        json.put("subject", subject);
        json.put("round", round);
        json.put("values", values);
        if (failure != null) {
            json.put("failure", failure);
        }
        return json;
    }

    static Sample ofJson(Map<?, ?> json) {
        Map<String, Double> values = new LinkedHashMap<>();
        if (json.get("values") instanceof Map<?, ?> figures) {
            figures.forEach((name, value) -> values.put(String.valueOf(name), ((Number) value).doubleValue()));
        }
        return new Sample(
                number(json, "jdk"), String.valueOf(json.get("subject")), number(json, "round"), values, (String)
                        json.get("failure"));
    }

    private static int number(Map<?, ?> json, String name) {
        if (json.get(name) instanceof Number number) {
            return number.intValue();
        }
        throw new IllegalArgumentException("a sample without " + name);
    }
}
