/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What earlier runs found of each operation on each token, and why a run now is right where it finds otherwise. */
final class TokenExpectations {
    /** In a cell, what earlier runs did not tell. */
    private static final String UNSAID = "-";

    private final Map<String, String> expected = new HashMap<>();
    private final Map<String, Difference> differences = new HashMap<>();

    private record Difference(String cell, String reason) {}

    /** How a cell stands to what was expected: its difference, if there is one, and the reason of that, if it is known. */
    record Verdict(Optional<String> difference, Optional<String> reason) {
        boolean isUnexplained() {
            return difference.isPresent() && reason.isEmpty();
        }
    }

    /**
     * Reads both lists, whose fields are separated by tabs.
     *
     * @param table the tokens' names after a first field; then for each operation its name and a cell for each
     * @param reasons operation, token, cell, reason
     */
    TokenExpectations(List<String> table, List<String> reasons) {
        List<String[]> rows = fields(table);
        String[] tokens = rows.get(0);
        for (String[] row : rows.subList(1, rows.size())) {
            for (int i = 1; i < tokens.length; i++) {
                expected.put(key(TokenOperation.valueOf(row[0]), TokenColumn.valueOf(tokens[i])), row[i]);
            }
        }
        for (String[] row : fields(reasons)) {
            differences.put(
                    key(TokenOperation.valueOf(row[0]), TokenColumn.valueOf(row[1])), new Difference(row[2], row[3]));
        }
    }

    /** Those kept beside the tests. */
    static TokenExpectations kept() {
        return new TokenExpectations(lines("token-operations.tsv"), lines("token-differences.tsv"));
    }

    private static List<String> lines(String name) {
        try (InputStream file = TokenExpectations.class.getResourceAsStream(name)) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String[]> fields(List<String> lines) {
        return lines.stream()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> line.split("\t", -1))
                .toList();
    }

    private static String key(TokenOperation operation, TokenColumn token) {
        return operation + " on " + token;
    }

    /** Judges a cell, as {@link TokenTrial#cell} gives it. */
    Verdict verdict(TokenOperation operation, TokenColumn token, String cell) {
        String wanted = expected.getOrDefault(key(operation, token), UNSAID);
        if (matches(wanted, cell)) {
            return new Verdict(Optional.empty(), Optional.empty());
        }
        Difference known = differences.get(key(operation, token));
        return new Verdict(
                Optional.of(operation.title + ", " + token.title + ": expected " + wanted + ", found " + cell),
                known != null && known.cell().equals(cell) ? Optional.of(known.reason()) : Optional.empty());
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
