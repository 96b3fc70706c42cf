/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tries every {@link TokenOperation} on every kind of token that is here, and tells what came of it: {@code ./tokens}. Ends with
 * 0 if all is as expected or its difference is explained, with 1 if not, with 2 if the page can't be written for want of a token.
 */
final class TokenTable {
    private static final Pattern REFUSAL = Pattern.compile("no: (CKR_\\w+|CKR 0x\\w+) by (C_\\w+)");

    private final TokenExpectations expectations = TokenExpectations.kept();
    private final Map<TokenColumn, Map<TokenOperation, String>> cells = new EnumMap<>(TokenColumn.class);
    private final Map<TokenColumn, String> versions = new EnumMap<>(TokenColumn.class);
    private final Map<TokenColumn, String> absent = new EnumMap<>(TokenColumn.class);
    private final List<String> notes = new ArrayList<>();
    private final List<String> unexplained = new ArrayList<>();

    private TokenTable() {}

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
        } else if (!table.absent.isEmpty()) {
            System.err.println("tokens: nothing was written, as tokens are missing: " + table.absent);
            System.exit(2);
        } else if (table.unexplained.isEmpty()) {
            Files.writeString(Path.of(arguments[0]), page);
            System.err.println("tokens: wrote " + arguments[0]);
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
                through Keywright's PKCS#11 binding, and deletes it. `=JCE`: what the token gave is, byte for byte, what the JDK
                gives. A refusal is named by its return value, and also by its function where that is the one after
                `C_EncryptInit` or `C_DecryptInit`. Each refusal that a token gives to what is altered is one that should be there.

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
        page.append(
                notes.isEmpty() && unexplained.isEmpty()
                        ? "\nNothing here is otherwise than when the binding was designed, as far as that was looked at then.\n"
                        : "\nWhat is otherwise than when the binding was designed:\n\n");
        for (int i = 0; i < notes.size(); i++) {
            page.append(i + 1).append(". ").append(notes.get(i)).append('\n');
        }
        return page.toString();
    }

    private String rendered(TokenOperation operation, TokenColumn token) {
        String cell = cells.get(token).get(operation);
        TokenExpectations.Verdict verdict = expectations.verdict(operation, token, cell);
        if (verdict.difference().isEmpty()) {
            return shortened(cell);
        }
        if (verdict.isUnexplained()) {
            unexplained.add(verdict.difference().get());
            return shortened(cell) + " **(unexplained)**";
        }
        notes.add(verdict.difference().get() + ". " + verdict.reason().get());
        return shortened(cell) + " (" + notes.size() + ")";
    }

    private static String shortened(String cell) {
        Matcher refusal = REFUSAL.matcher(cell);
        if (!refusal.matches()) {
            return cell;
        }
        boolean begins = refusal.group(2).endsWith("Init") || !refusal.group(2).matches("C_(En|De)crypt");
        return "no: `" + refusal.group(1) + "`" + (begins ? "" : " by `" + refusal.group(2) + "`");
    }
}
