/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks;

import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * One target.
 *
 * @param id the key of its explanation in the notes
 * @param what what is done
 * @param against what it is held against
 * @param ratio what is compared, from one round's figures; NaN if one of them is missing
 * @param atLeast whether more is better
 * @param bound on JDKs before 25
 * @param boundOn25 on JDK 25 and later
 * @param unit what stands behind the number
 */
record Line(
        String id,
        String what,
        String against,
        ToDoubleFunction<Round> ratio,
        boolean atLeast,
        double bound,
        double boundOn25,
        Unit unit) {
    private static final int FIRST_WITH_THE_HIGHER_BOUND = 25;

    /** Below it, a ratio is told as one to so many. */
    private static final double SHOWN_AS_FRACTION = 0.095;

    enum Unit {
        TIMES("x"),
        MEBIBYTES(" MiB"),
        COUNT("");

        private final String suffix;

        Unit(String suffix) {
            this.suffix = suffix;
        }
    }

    /** The figures of one round. */
    record Round(Results results, int jdk, int round) {
        double value(String subject, String name) {
            return results.value(jdk, round, subject, name);
        }
    }

    /** What came out, and whether that is enough. */
    enum Verdict {
        MET("met"),
        MISSED("missed"),
        NOT_MEASURED("not measured");

        private final String text;

        Verdict(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    static Line atLeast(String id, String what, String against, double bound, ToDoubleFunction<Round> ratio) {
        return new Line(id, what, against, ratio, true, bound, bound, Unit.TIMES);
    }

    static Line atMost(String id, String what, String against, double bound, ToDoubleFunction<Round> ratio) {
        return new Line(id, what, against, ratio, false, bound, bound, Unit.TIMES);
    }

    Line on25(double other) {
        return new Line(id, what, against, ratio, atLeast, bound, other, unit);
    }

    Line in(Unit other) {
        return new Line(id, what, against, ratio, atLeast, bound, boundOn25, other);
    }

    double bound(int jdk) {
        return jdk >= FIRST_WITH_THE_HIGHER_BOUND ? boundOn25 : bound;
    }

    /** The median of the rounds' ratios, each of figures that were measured one after the other. */
    Spread spread(Results results, int jdk) {
        return Spread.of(results.rounds(jdk).stream()
                .mapToDouble(round -> ratio.applyAsDouble(new Round(results, jdk, round)))
                .filter(Double::isFinite)
                .toArray());
    }

    Verdict verdict(Results results, int jdk) {
        Spread spread = spread(results, jdk);
        if (!spread.isThere()) {
            return Verdict.NOT_MEASURED;
        }
        boolean met = atLeast ? spread.median() >= bound(jdk) : spread.median() <= bound(jdk);
        return met ? Verdict.MET : Verdict.MISSED;
    }

    String target(int jdk) {
        return (atLeast ? ">= " : "<= ") + text(bound(jdk));
    }

    /** A value with its unit, to as many digits as say something. */
    String text(double value) {
        if (unit == Unit.COUNT) {
            return String.format(Locale.ROOT, "%.0f", value);
        }
        if (unit == Unit.TIMES && value > 0 && value < SHOWN_AS_FRACTION) {
            return "1/" + Math.round(1 / value);
        }
        return String.format(Locale.ROOT, Math.abs(value) >= 10 ? "%.0f" : "%.2f", value) + unit.suffix;
    }

    String outcome(Results results, int jdk) {
        Spread spread = spread(results, jdk);
        if (!spread.isThere()) {
            return "–";
        }
        return spread.rounds() == 1
                ? text(spread.median())
                : text(spread.median()) + " (" + text(spread.least()) + " – " + text(spread.most()) + ")";
    }
}
