/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.KeywrightException;
import dev.keywright.vectors.VectorCase.Plaintext;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Runs cases: each by every way of reading, and each good one again with every permission that it needs withdrawn in turn,
 * which must be refused by policy. From a way that releases only what it verified, no byte may come of a case that must
 * fail; from another, none unless the content itself is what fails.
 *
 * <p>Ranges are looked at as slices of the whole plaintext.
 */
public final class CorpusRun {
    /** Ways of reading that the vector format names and this version does not have, for reports. */
    public static final List<String> ABSENT_WAYS = List.of(
            "ranged reads (ranges are checked as slices of the whole)", "parallel segments", "asynchronous client");

    private static final String RECIPE = "the recipe";
    private static final int TAG_BYTES = 16;
    private static final int BUFFER_BYTES = 8192;

    private final List<WayOfReading> ways;

    /**
     * A run by these ways.
     *
     * @throws IllegalArgumentException if there are none
     */
    public CorpusRun(List<? extends WayOfReading> ways) {
        if (ways.isEmpty()) {
            throw new IllegalArgumentException("no way of reading");
        }
        this.ways = List.copyOf(ways);
    }

    /** The ways, in the order in which they are tried. */
    public List<WayOfReading> ways() {
        return ways;
    }

    /**
     * Runs these cases, several at a time.
     *
     * @param each told of every result as it comes, in any order, one at a time
     * @return the results, in the order of the cases
     */
    public List<CaseResult> run(Collection<VectorCase> cases, Consumer<CaseResult> each) {
        return cases.parallelStream()
                .map(vector -> {
                    CaseResult result = run(vector);
                    synchronized (each) {
                        each.accept(result);
                    }
                    return result;
                })
                .toList();
    }

    /** Runs one case. */
    public CaseResult run(VectorCase vector) {
        Attempts attempts = new Attempts(vector);
        attempts.followRecipes();
        for (WayOfReading way : ways) {
            Optional<String> absent = way.absentFor(vector);
            if (absent.isPresent()) {
                attempts.absences.add(new CaseResult.Absence(way.name(), absent.get()));
                continue;
            }
            attempts.read(way, "", vector.policy(), vector.expect());
            if (vector.expect().isSuccess()) {
                for (Map.Entry<String, Permissions> withdrawn :
                        vector.policy().withdrawals().entrySet()) {
                    attempts.read(way, ", without " + withdrawn.getKey(), withdrawn.getValue(), Expectation.POLICY);
                }
            }
        }
        return new CaseResult(vector, attempts.readings, attempts.failures, attempts.absences, attempts.refusedBy);
    }

    private static final class Attempts {
        private final VectorCase vector;
        private final List<CaseResult.Failure> failures = new ArrayList<>();
        private final List<CaseResult.Absence> absences = new ArrayList<>();
        private final Set<Layer> refusedBy = EnumSet.noneOf(Layer.class);
        private int readings;

        Attempts(VectorCase vector) {
            this.vector = vector;
        }

        /** What is made and not stored must be what was recorded; else it would be another object that is read. */
        void followRecipes() {
            try {
                Plaintext plaintext = vector.plaintext();
                Recipe from = plaintext == null ? null : plaintext.from();
                if (plaintext != null && from != null && !Sha256.of(from.open()).equals(plaintext.sha256())) {
                    failures.add(new CaseResult.Failure(RECIPE, "the plaintext recorded", "another SHA-256"));
                }
                BodyRecipe body = vector.bodyFrom();
                if (body != null && !isBody(body)) {
                    failures.add(new CaseResult.Failure(RECIPE, "the body recorded", "another SHA-256 or tag"));
                }
            } catch (IOException e) {
                failures.add(new CaseResult.Failure(RECIPE, "the body recorded", String.valueOf(e.getMessage())));
            }
        }

        private boolean isBody(BodyRecipe recipe) throws IOException {
            MessageDigest digest = Sha256.digest();
            byte[] last = new byte[0];
            try (InputStream body = vector.openBody()) {
                byte[] buffer = new byte[BUFFER_BYTES];
                for (int got = body.readNBytes(buffer, 0, buffer.length);
                        got > 0;
                        got = body.readNBytes(buffer, 0, buffer.length)) {
                    digest.update(buffer, 0, got);
                    last = tail(last, buffer, got);
                }
            }
            return (recipe.tag().size() == 0 || recipe.tag().equals(Bytes.copyOf(last)))
                    && Sha256.hex(digest.digest()).equals(recipe.sha256());
        }

        /** The last bytes of what came before and of this. */
        private static byte[] tail(byte[] before, byte[] buffer, int length) {
            byte[] both = Arrays.copyOf(before, before.length + length);
            System.arraycopy(buffer, 0, both, before.length, length);
            return Arrays.copyOfRange(both, Math.max(0, both.length - TAG_BYTES), both.length);
        }

        void read(WayOfReading way, String how, Permissions allowed, Expectation wanted) {
            readings++;
            PlaintextWitness witness = new PlaintextWitness(vector);
            Outcome outcome = outcome(way, allowed, witness);
            problem(way, wanted, outcome, witness)
                    .ifPresent(got -> failures.add(new CaseResult.Failure(way.name() + how, wanted.toString(), got)));
            if (how.isEmpty() && outcome instanceof Outcome.Refused refused) {
                refusedBy.add(refused.layer());
            }
        }

        private Outcome outcome(WayOfReading way, Permissions allowed, OutputStream plaintext) {
            try {
                return way.read(vector, allowed, plaintext);
            } catch (KeywrightException e) {
                return Outcome.of(e);
            } catch (IOException | RuntimeException e) {
                return new Outcome.Failed(e.toString());
            }
        }

        private Optional<String> problem(
                WayOfReading way, Expectation wanted, Outcome outcome, PlaintextWitness witness) {
            if (outcome instanceof Outcome.Failed) {
                return Optional.of(outcome.toString());
            }
            if (outcome instanceof Outcome.Refused refused) {
                if (!wanted.layers().contains(refused.layer())) {
                    return Optional.of(outcome.toString());
                }
                boolean mayHaveSome = !way.releasesOnlyVerified() && refused.layer() == Layer.INTEGRITY;
                return witness.bytes() == 0 || mayHaveSome
                        ? Optional.empty()
                        : Optional.of(outcome + ", after " + witness.bytes() + " bytes of plaintext");
            }
            Plaintext plaintext = vector.plaintext();
            return wanted.isSuccess() && plaintext != null
                    ? witness.differs(plaintext)
                    : Optional.of(outcome + ", with " + witness.bytes() + " bytes of plaintext");
        }
    }
}
