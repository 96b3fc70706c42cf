/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.Secrets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * PINs and passphrases: from a file, else from {@code KEYWRIGHT_PIN}, else from a person. Never from the command line. The
 * process's own copy of its environment can't be wiped.
 */
final class KeySecrets implements Secrets {
    private static final String VARIABLE = "KEYWRIGHT_PIN";
    private static final int MAX_FILE_BYTES = 4096;
    private static final char BYTE_ORDER_MARK = '\ufeff';

    private final Terminal terminal;
    private final @Nullable Path file;
    private final String option;
    private final String key;

    /** @param option the option that names the file, for messages */
    KeySecrets(Terminal terminal, @Nullable Path file, String option, String key) {
        this.terminal = terminal;
        this.file = file;
        this.option = option;
        this.key = key;
    }

    @Override
    public char[] secret(String name) {
        if (file != null) {
            return firstLine(file);
        }
        String value = terminal.environment().get(VARIABLE);
        if (value != null) {
            if (value.indexOf(Keywright.NOT_DECODED) >= 0) {
                throw new KeyringException(KeyringException.Reason.MISCONFIGURED, VARIABLE + Keywright.NOT_TEXT);
            }
            return value.toCharArray();
        }
        char[] typed = terminal.prompt().ask("keywright: " + name + " of " + key + ": ");
        if (typed == null) {
            throw new KeyringException(
                    KeyringException.Reason.MISCONFIGURED,
                    key + " needs a " + name + ": give " + option + " FILE or set " + VARIABLE
                            + " (there is no terminal to ask on)");
        }
        return typed;
    }

    private char[] firstLine(Path from) {
        byte[] bytes = new byte[0];
        CharBuffer text = CharBuffer.allocate(0);
        try {
            InputFile.requireName(from);
            if (Files.size(from) > MAX_FILE_BYTES) {
                throw unusable(from + " is longer than " + MAX_FILE_BYTES + " bytes", null);
            }
            bytes = Files.readAllBytes(from);
            text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            if (text.length() > 0 && text.get(0) == BYTE_ORDER_MARK) { // a token would count it as a wrong PIN
                throw unusable(from + " begins with a byte order mark; write it without one", null);
            }
            int end = 0;
            while (end < text.length() && text.get(end) != '\n' && text.get(end) != '\r') {
                end++;
            }
            if (end == 0) {
                throw unusable("the first line of " + from + " is empty", null);
            }
            char[] line = new char[end];
            text.get(line);
            return line;
        } catch (CharacterCodingException e) {
            throw unusable(from + " is not UTF-8 text", null);
        } catch (IOException e) {
            throw unusable(Failure.of(e).message(), e);
        } finally {
            Arrays.fill(bytes, (byte) 0);
            Arrays.fill(text.array(), '\0');
        }
    }

    private KeyringException unusable(String why, @Nullable Throwable cause) {
        return new KeyringException(KeyringException.Reason.MISCONFIGURED, option + ": " + why, cause);
    }
}
