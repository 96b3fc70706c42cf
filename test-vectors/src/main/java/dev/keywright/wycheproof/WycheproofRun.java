/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.wycheproof;

import dev.keywright.spi.KeyringException;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All cases held against one implementation, and what came of each. Immutable. */
public final class WycheproofRun {
    private static final int LONGEST_DETAIL = 200;

    private final String name;
    private final List<CaseResult> results;

    private WycheproofRun(String name, List<CaseResult> results) {
        this.name = name;
        this.results = List.copyOf(results);
    }

    /**
     * Runs every case, one after the other.
     *
     * @throws KeyringException if the implementation throws it, which says that it can't be asked any more; what else it
     *     throws is an answer
     */
    public static WycheproofRun of(WycheproofVectors vectors, Primitives primitives) {
        return new WycheproofRun(
                primitives.name(),
                vectors.cases().stream().map(vector -> run(vector, primitives)).toList());
    }

    /** The implementation's name. */
    public String name() {
        return name;
    }

    /** One for each case, in the vectors' order. */
    public List<CaseResult> results() {
        return results;
    }

    /** How many cases of this algorithm came out so. */
    public long count(Algorithm algorithm, Outcome outcome) {
        return counts(algorithm).getOrDefault(outcome, 0L);
    }

    /** How often each outcome occurred with this algorithm; those that did not are left out. */
    public Map<Outcome, Long> counts(Algorithm algorithm) {
        Map<Outcome, Long> counts = new EnumMap<>(Outcome.class);
        results.stream()
                .filter(result -> result.vector().algorithm() == algorithm)
                .forEach(result -> counts.merge(result.outcome(), 1L, Long::sum));
        return counts;
    }

    /** The cases that came out as {@link Outcome#FAIL}. */
    public List<CaseResult> failures() {
        return results.stream()
                .filter(result -> result.outcome() == Outcome.FAIL)
                .toList();
    }

    private static CaseResult run(WycheproofCase vector, Primitives primitives) {
        Answer made = Answer.of(vector.trial()::made, primitives, vector.trial().toBeMade());
        Answer opened =
                Answer.of(vector.trial()::opened, primitives, vector.trial().toBeOpened());
        if (made.kind == Answer.Kind.CRASHED || opened.kind == Answer.Kind.CRASHED) {
            return result(vector, Outcome.FAIL, made.kind == Answer.Kind.CRASHED ? made : opened);
        }
        Answer absent = made.kind == Answer.Kind.NOT_OFFERED ? made : opened;
        if (absent.kind == Answer.Kind.NOT_OFFERED && (absent.wholeAlgorithm || !vector.isFaultOfTheQuestion())) {
            return result(vector, Outcome.NOT_OFFERED, absent);
        }
        return switch (vector.expected()) {
            case VALID -> valid(vector, made, opened);
            case INVALID -> invalid(vector, primitives, made, opened);
            case ACCEPTABLE -> acceptable(vector, made, opened);
        };
    }

    private static CaseResult valid(WycheproofCase vector, Answer made, Answer opened) {
        if (made.isRightOrAbsent() && opened.isRightOrAbsent()) {
            return new CaseResult(vector, Outcome.PASS, "");
        }
        return result(vector, Outcome.FAIL, made.isRightOrAbsent() ? opened : made);
    }

    private static CaseResult invalid(WycheproofCase vector, Primitives primitives, Answer made, Answer opened) {
        if (opened.kind == Answer.Kind.WRONG && rejectsImplicitly(vector, primitives)) {
            return new CaseResult(vector, Outcome.PASS, "rejected implicitly");
        }
        if (opened.gave()) {
            return new CaseResult(vector, Outcome.FAIL, "accepted, and must be refused: " + opened.detail);
        }
        if (made.kind == Answer.Kind.RIGHT || (made.gave() && vector.isFaultOfTheQuestion())) {
            return new CaseResult(vector, Outcome.FAIL, "made, and must be refused: " + made.detail);
        }
        return new CaseResult(vector, Outcome.PASS, "");
    }

    /**
     * Whether bad PKCS #1 v1.5 padding gives other bytes in place of an error, always the same for a ciphertext, as newer
     * implementations do on purpose: an attacker who asks for oracles learns nothing.
     */
    private static boolean rejectsImplicitly(WycheproofCase vector, Primitives primitives) {
        if (!vector.flags().contains("InvalidPkcs1Padding")) {
            return false;
        }
        try {
            byte[] first = vector.trial().opened(primitives);
            return first != null && Arrays.equals(first, vector.trial().opened(primitives));
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static CaseResult acceptable(WycheproofCase vector, Answer made, Answer opened) {
        if (made.kind == Answer.Kind.WRONG || opened.kind == Answer.Kind.WRONG) {
            return result(vector, Outcome.FAIL, made.kind == Answer.Kind.WRONG ? made : opened);
        }
        boolean accepted = opened.kind == Answer.Kind.RIGHT
                || (opened.kind == Answer.Kind.ABSENT && made.kind == Answer.Kind.RIGHT);
        return accepted
                ? result(vector, Outcome.ACCEPTABLE_ACCEPTED, made)
                : result(vector, Outcome.ACCEPTABLE_REJECTED, opened);
    }

    private static CaseResult result(WycheproofCase vector, Outcome outcome, Answer answer) {
        return new CaseResult(vector, outcome, answer.detail);
    }

    /** What came of one half of a trial. */
    private record Answer(Kind kind, String detail, boolean wholeAlgorithm) {
        enum Kind {
            ABSENT,
            RIGHT,
            WRONG,
            REFUSED,
            CRASHED,
            NOT_OFFERED
        }

        interface Half {
            byte @Nullable [] on(Primitives primitives) throws GeneralSecurityException;
        }

        static Answer of(Half half, Primitives primitives, byte[] wanted) {
            byte[] given;
            try {
                given = half.on(primitives);
            } catch (NotOfferedException e) {
                return new Answer(Kind.NOT_OFFERED, words(e), e.isWholeAlgorithm());
            } catch (GeneralSecurityException e) {
                return new Answer(Kind.REFUSED, "refused: " + words(e), false);
            } catch (KeyringException e) {
                throw e;
            } catch (RuntimeException e) {
                return new Answer(Kind.CRASHED, "unchecked " + words(e), false);
            }
            if (given == null) {
                return new Answer(Kind.ABSENT, "", false);
            }
            return Arrays.equals(given, wanted)
                    ? new Answer(Kind.RIGHT, "with the case's own bytes", false)
                    : new Answer(Kind.WRONG, "gave " + given.length + " other bytes", false);
        }

        boolean isRightOrAbsent() {
            return kind == Kind.RIGHT || kind == Kind.ABSENT;
        }

        boolean gave() {
            return kind == Kind.RIGHT || kind == Kind.WRONG;
        }

        private static String words(Exception e) {
            String message = e.getMessage();
            String all = e instanceof NotOfferedException && message != null
                    ? message
                    : e.getClass().getSimpleName() + (message == null ? "" : ": " + message);
            String line = all.replaceAll("\\s+", " ").strip();
            return line.length() <= LONGEST_DETAIL ? line : line.substring(0, LONGEST_DETAIL) + "...";
        }
    }
}
