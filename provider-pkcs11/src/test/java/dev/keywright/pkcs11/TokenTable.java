/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tries every {@link TokenOperation} on every kind of token that is here, and tells what came of it: {@code ./tokens}. Ends with
 * 0 if all is as expected or its difference is explained, with 1 if not.
 */
final class TokenTable {
    /** What was found when the binding was designed: operations by tokens. */
    private static final String EXPECTED = "token-operations.tsv";

    /** Where the run is right and that was not: operation, token, cell, reason. */
    private static final String DIFFERENCES = "token-differences.tsv";

    /** In a cell, what an earlier look did not say. */
    private static final String UNSAID = "-";

    private static final Pattern REFUSAL = Pattern.compile("no: (CKR_\\w+|CKR 0x\\w+) by (C_\\w+)");

    private final Map<String, String> expected = new HashMap<>();
    private final Map<String, Difference> differences = new HashMap<>();
    private final Map<TokenColumn, Map<TokenOperation, String>> cells = new EnumMap<>(TokenColumn.class);
    private final Map<TokenColumn, String> versions = new EnumMap<>(TokenColumn.class);
    private final Map<TokenColumn, String> absent = new EnumMap<>(TokenColumn.class);
    private final List<String> notes = new ArrayList<>();
    private final List<String> unexplained = new ArrayList<>();

    private record Difference(String cell, String reason) {}

    private TokenTable() {
        List<String[]> rows = resource(EXPECTED);
        String[] tokens = rows.get(0);
        for (String[] fields : rows.subList(1, rows.size())) {
            TokenOperation operation = TokenOperation.valueOf(fields[0]);
            for (int i = 1; i < tokens.length; i++) {
                expected.put(key(operation, TokenColumn.valueOf(tokens[i])), fields[i]);
            }
        }
        for (String[] fields : resource(DIFFERENCES)) {
            differences.put(
                    key(TokenOperation.valueOf(fields[0]), TokenColumn.valueOf(fields[1])),
                    new Difference(fields[2], fields[3]));
        }
    }

    private static List<String[]> resource(String name) {
        try (InputStream file = TokenTable.class.getResourceAsStream(name)) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .map(line -> line.split("\t", -1))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String key(TokenOperation operation, TokenColumn token) {
        return operation + " on " + token;
    }

    /**
     * Runs them all.
     *
     * @param arguments nothing, or the file to write the page to
     */
    public static void main(String[] arguments) throws IOException {
        TokenTable table = new TokenTable();
        for (TokenColumn token : TokenColumn.values()) {
            table.run(token);
        }
        String page = table.page();
        table.unexplained.forEach(line -> System.err.println("tokens: unexplained: " + line));
        if (arguments.length == 0) {
            System.out.print(page);
        } else if (table.absent.isEmpty() && table.unexplained.isEmpty()) {
            Files.writeString(Path.of(arguments[0]), page);
            System.err.println("tokens: wrote " + arguments[0]);
        } else {
            System.err.println("tokens: nothing was written, as "
                    + (table.absent.isEmpty() ? "not all is explained" : "tokens are missing: " + table.absent));
            System.exit(1);
        }
        System.exit(table.unexplained.isEmpty() ? 0 : 1);
    }

    private void run(TokenColumn token) {
        Optional<String> obstacle = token.obstacle();
        if (obstacle.isPresent()) {
            absent.put(token, obstacle.get());
            return;
        }
        System.err.println("tokens: " + token.title);
        Map<TokenOperation, String> column = new EnumMap<>(TokenOperation.class);
        token.with(trial -> {
            versions.put(token, trial.versions());
            for (TokenOperation operation : TokenOperation.values()) {
                column.put(operation, operation.on(trial));
            }
        });
        cells.put(token, column);
    }

    // ---- the page --------------------------------------------------------------------------------------------------

    private String page() {
        StringBuilder page = new StringBuilder("""
                # What each token can do

                Written by `./tokens --write`, which makes a token of each kind, tries each operation on it in a session of its own
                through Keywright's PKCS#11 binding, and deletes it. `=JCE`: what the token gave is what the JDK gives, byte for byte.
                A refusal is named by its return value, and by the function that gave it where that is not the one that begins the
                operation (`C_EncryptInit`, `C_DecryptInit`, `C_CreateObject`, or the only one that there is). SunPKCS11 has no part
                in this.

                """);
        versions.forEach((token, said) ->
                page.append("- ").append(token.title).append(": ").append(said).append('\n'));
        absent.forEach((token, reason) -> page.append("- ")
                .append(token.title)
                .append(": not run here. ")
                .append(reason)
                .append('\n'));
        page.append("\n| operation |");
        cells.keySet().forEach(token -> page.append(' ').append(token.title).append(" |"));
        page.append("\n| --- |").append(" --- |".repeat(cells.size())).append('\n');
        for (TokenOperation operation : TokenOperation.values()) {
            page.append("| ").append(operation.title).append(" |");
            for (TokenColumn token : cells.keySet()) {
                page.append(' ').append(rendered(operation, token)).append(" |");
            }
            page.append('\n');
        }
        page.append(notes.isEmpty() ? "" : "\nWhere this is not what was found when the binding was designed:\n\n");
        for (int i = 0; i < notes.size(); i++) {
            page.append(i + 1).append(". ").append(notes.get(i)).append('\n');
        }
        return page.toString();
    }

    private String rendered(TokenOperation operation, TokenColumn token) {
        String cell = cells.get(token).get(operation);
        String text = shortened(cell);
        String wanted = expected.getOrDefault(key(operation, token), UNSAID);
        if (matches(wanted, cell)) {
            return text;
        }
        Difference difference = differences.get(key(operation, token));
        if (difference == null || !difference.cell().equals(cell)) {
            unexplained.add(key(operation, token) + ": expected " + (difference == null ? wanted : difference.cell())
                    + ", found " + cell);
            return text + " **(unexplained)**";
        }
        String note = operation.title + ", " + token.title + ": expected " + wanted + ". " + difference.reason();
        notes.add(note);
        return text + " (" + notes.size() + ")";
    }

    private static String shortened(String cell) {
        Matcher refusal = REFUSAL.matcher(cell);
        if (!refusal.matches()) {
            return cell;
        }
        boolean begins = refusal.group(2).endsWith("Init") || !refusal.group(2).matches("C_(En|De)crypt");
        return "no: `" + refusal.group(1) + "`" + (begins ? "" : " by `" + refusal.group(2) + "`");
    }

    private static boolean matches(String wanted, String cell) {
        return switch (wanted) {
            case UNSAID -> true;
            case "yes" -> cell.startsWith("yes");
            case "=JCE" -> cell.equals("yes, =JCE");
            case "no" -> cell.startsWith("no");
            default -> cell.startsWith("no: " + wanted + " ");
        };
    }
}
