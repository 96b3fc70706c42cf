/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.KeywrightException;
import dev.keywright.vectors.VectorCase.Plaintext;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
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
 * <p>A case's ranges are looked at as slices of the whole plaintext that a way gives.
 */
public final class CorpusRun {
    /** Ways of reading that the vector format names and this version does not have, for reports. */
    public static final List<String> ABSENT_WAYS = List.of("asynchronous client");

    private static final String RECIPE = "the recipe";
    private static final int TAG_BYTES = 16;

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

    /** Runs one case. A body that must be made is made once, into a temporary file, which holds ciphertext only. */
    public CaseResult run(VectorCase vector) {
        Attempts attempts = new Attempts(vector);
        attempts.followPlaintextRecipe();
        if (vector.bodyFile() != null) {
            readByEveryWay(vector, attempts);
        } else {
            try {
                Path file = Files.createTempFile("keywright-vector-", ".bin");
                try {
                    attempts.followBodyRecipe(file);
                    readByEveryWay(vector.withBodyIn(file), attempts);
                } finally {
                    Files.delete(file);
                }
            } catch (IOException e) {
                attempts.failures.add(new CaseResult.Failure(RECIPE, "the body recorded", e.toString()));
            }
        }
        return new CaseResult(vector, attempts.readings, attempts.failures, attempts.absences, attempts.refusedBy);
    }

    private void readByEveryWay(VectorCase vector, Attempts attempts) {
        for (WayOfReading way : ways) {
            Optional<String> absent = way.absentFor(vector);
            if (absent.isPresent()) {
                attempts.absences.add(new CaseResult.Absence(way.name(), absent.get()));
                continue;
            }
            attempts.read(vector, way, "", vector.policy(), vector.expect());
            if (vector.expect().isSuccess()) {
                for (Map.Entry<String, Permissions> withdrawn :
                        vector.policy().withdrawals().entrySet()) {
                    attempts.read(
                            vector, way, ", without " + withdrawn.getKey(), withdrawn.getValue(), Expectation.POLICY);
                }
            }
        }
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

        void followPlaintextRecipe() {
            Plaintext plaintext = vector.plaintext();
            Recipe from = plaintext == null ? null : plaintext.from();
            try {
                if (plaintext != null && from != null && !Sha256.of(from.open()).equals(plaintext.sha256())) {
                    failures.add(new CaseResult.Failure(RECIPE, "the plaintext recorded", "another SHA-256"));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e); // a stream of memory
            }
        }

        /** What is made must be what was recorded; else it would be another object that is read. */
        void followBodyRecipe(Path file) throws IOException {
            BodyRecipe recipe = vector.bodyFrom();
            try (InputStream made = vector.openBody()) {
                Files.copy(made, file, StandardCopyOption.REPLACE_EXISTING);
            }
            if (recipe != null
                    && !(Sha256.of(Files.newInputStream(file)).equals(recipe.sha256())
                            && (recipe.tag().size() == 0 || recipe.tag().equals(end(file))))) {
                failures.add(new CaseResult.Failure(RECIPE, "the body recorded", "another SHA-256 or tag"));
            }
        }

        private static Bytes end(Path file) throws IOException {
            try (InputStream body = Files.newInputStream(file)) {
                body.skipNBytes(Files.size(file) - TAG_BYTES);
                return Bytes.copyOf(body.readAllBytes());
            }
        }

        void read(VectorCase stored, WayOfReading way, String how, Permissions allowed, Expectation wanted) {
            readings++;
            PlaintextWitness witness = new PlaintextWitness(vector);
            Outcome outcome = outcome(stored, way, allowed, witness);
            problem(way, wanted, outcome, witness)
                    .ifPresent(got -> failures.add(new CaseResult.Failure(way.name() + how, wanted.toString(), got)));
            if (how.isEmpty() && outcome instanceof Outcome.Refused refused) {
                refusedBy.add(refused.layer());
            }
        }

        private static Outcome outcome(
                VectorCase stored, WayOfReading way, Permissions allowed, OutputStream plaintext) {
            try {
                return way.read(stored, allowed, plaintext);
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
