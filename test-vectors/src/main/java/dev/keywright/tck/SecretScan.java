/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.tck;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/**
 * Collects what is printed, logged and thrown, and looks for secrets in it: raw, in hex, in base64, or as a printed array,
 * whole or any part of eight bytes. While it is open, standard output, standard error and the root logger are its own.
 */
final class SecretScan implements AutoCloseable {
    private static final int PART_BYTES = 8;
    private static final int BASE64_PART = 12; // nine bytes

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final Queue<String> said = new ConcurrentLinkedQueue<>();
    private final PrintStream out = System.out;
    private final PrintStream err = System.err;
    private final Logger root = Logger.getLogger("");
    private final Level rootLevel = root.getLevel();
    private final Handler handler = new Handler() {
        private final SimpleFormatter formatter = new SimpleFormatter();

        @Override
        public void publish(LogRecord event) {
            said.add(formatter.format(event));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    SecretScan() {
        handler.setLevel(Level.ALL);
        root.addHandler(handler);
        root.setLevel(Level.ALL);
        PrintStream collected = new PrintStream(printed, true, StandardCharsets.ISO_8859_1);
        System.setOut(collected);
        System.setErr(collected);
    }

    /** Adds a text that somebody may see. */
    void see(Object shown) {
        said.add(shown.toString());
    }

    /** Adds an error as a log would print it, causes included. */
    void see(Throwable error) {
        StringWriter trace = new StringWriter();
        error.printStackTrace(new PrintWriter(trace, true));
        said.add(trace.toString());
    }

    /** Everything seen, printed and logged until now. */
    private String everything() {
        return String.join("\n", said) + "\n" + printed.toString(StandardCharsets.ISO_8859_1);
    }

    /** In which forms {@code secret} was seen; the forms are named, the secret is not. */
    List<String> formsOf(byte[] secret) {
        String seen = everything();
        String seenFolded = seen.toLowerCase(Locale.ROOT);
        List<String> forms = new ArrayList<>();
        int part = Math.min(PART_BYTES, secret.length);
        for (int from = 0; from + part <= secret.length; from++) {
            byte[] window = Arrays.copyOfRange(secret, from, from + part);
            String decimal = Arrays.toString(window);
            if (seen.contains(new String(window, StandardCharsets.ISO_8859_1))
                    || seen.contains(new String(window, StandardCharsets.UTF_8))) {
                forms.add("raw");
            }
            if (seenFolded.contains(HexFormat.of().formatHex(window))
                    || seenFolded.contains(HexFormat.ofDelimiter(":").formatHex(window))
                    || seenFolded.contains(HexFormat.ofDelimiter(" ").formatHex(window))) {
                forms.add("hex");
            }
            if (seen.contains(decimal.substring(1, decimal.length() - 1))) {
                forms.add("array");
            }
        }
        for (Base64.Encoder encoder : List.of(Base64.getEncoder(), Base64.getUrlEncoder())) {
            String base64 = encoder.withoutPadding().encodeToString(secret);
            int length = Math.min(BASE64_PART, base64.length());
            for (int from = 0; from + length <= base64.length(); from += 4) {
                if (seen.contains(base64.substring(from, from + length))) {
                    forms.add("base64");
                }
            }
        }
        return forms.stream().distinct().toList();
    }

    /** Whether {@code text} was seen. */
    boolean hasSeen(String text) {
        return everything().contains(text);
    }

    @Override
    public void close() {
        System.setOut(out);
        System.setErr(err);
        root.removeHandler(handler);
        root.setLevel(rootLevel);
    }
}
