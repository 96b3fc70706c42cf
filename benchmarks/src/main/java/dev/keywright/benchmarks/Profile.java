/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;

/** Where the time of a flight recording went: by the innermost method, and by the innermost of our own. */
final class Profile {
    private static final int SHOWN = 12;

    private Profile() {}

    static String of(Path recording) throws IOException {
        Map<String, Integer> innermost = new HashMap<>();
        Map<String, Integer> ours = new HashMap<>();
        int samples = 0;
        try (RecordingFile events = new RecordingFile(recording)) {
            while (events.hasMoreEvents()) {
                RecordedEvent event = events.readEvent();
                String type = event.getEventType().getName();
                if (event.getStackTrace() == null
                        || !(type.equals("jdk.ExecutionSample") || type.equals("jdk.NativeMethodSample"))) {
                    continue;
                }
                List<RecordedFrame> frames = event.getStackTrace().getFrames();
                if (type.equals("jdk.NativeMethodSample") && waits(frames)) {
                    continue;
                }
                samples++;
                innermost.merge(name(frames.get(0)), 1, Integer::sum);
                ours.merge(
                        frames.stream()
                                .map(Profile::name)
                                .filter(name -> name.startsWith("dev.keywright.")
                                        && !name.startsWith("dev.keywright.benchmarks."))
                                .findFirst()
                                .orElse("(none of ours)"),
                        1,
                        Integer::sum);
            }
        }
        return "Samples: " + samples + "\n\nBy the innermost method:\n" + table(innermost, samples)
                + "\nBy the innermost method of ours:\n" + table(ours, samples);
    }

    /** A thread that waits for the other side is no thread that works. */
    private static boolean waits(List<RecordedFrame> frames) {
        String name = name(frames.get(0));
        return name.contains("Net.poll") || name.contains("accept") || name.contains("EPoll.wait");
    }

    private static String name(RecordedFrame frame) {
        return frame.getMethod().getType().getName() + "." + frame.getMethod().getName();
    }

    private static String table(Map<String, Integer> counts, int samples) {
        StringBuilder table = new StringBuilder();
        counts.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                .limit(SHOWN)
                .forEach(entry -> table.append(String.format(
                        Locale.ROOT, "  %5.1f %%  %s%n", 100.0 * entry.getValue() / samples, entry.getKey())));
        return table.toString();
    }
}
