/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import java.util.EnumSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * What must come of a case.
 *
 * @param word as the case says it: {@code success}, a layer, or {@code refused}
 * @param layers those that may refuse; empty if the case must succeed
 */
public record Expectation(String word, Set<Layer> layers) {
    private static final String SUCCESS = "success";
    private static final String REFUSED = "refused";

    static final Expectation POLICY = new Expectation(Layer.POLICY.word(), Set.of(Layer.POLICY));

    /** Copies the set. */
    public Expectation {
        layers = Set.copyOf(layers);
    }

    /** @throws IllegalArgumentException if a word is none of the format's */
    static Expectation of(String word, Iterable<String> alsoAllowed) {
        Set<Layer> layers = EnumSet.noneOf(Layer.class);
        if (word.equals(REFUSED)) {
            layers.addAll(EnumSet.allOf(Layer.class));
        } else if (!word.equals(SUCCESS)) {
            layers.add(layer(word));
        }
        for (String also : alsoAllowed) {
            if (word.equals(SUCCESS)) {
                throw new IllegalArgumentException("alsoAllowed beside success");
            }
            layers.add(layer(also));
        }
        return new Expectation(word, layers);
    }

    private static Layer layer(String word) {
        return Layer.named(word).orElseThrow(() -> new IllegalArgumentException("'" + word + "' is no layer"));
    }

    /** Whether the object must open. */
    public boolean isSuccess() {
        return layers.isEmpty();
    }

    /** For a report. */
    @Override
    public String toString() {
        if (isSuccess()) {
            return "success";
        }
        if (word.equals(REFUSED)) {
            return "a refusal by any layer";
        }
        StringBuilder text = new StringBuilder("a refusal by ").append(word);
        new TreeSet<>(layers)
                .stream()
                        .filter(layer -> !layer.word().equals(word))
                        .forEach(layer -> text.append(" or ").append(layer));
        return text.toString();
    }
}
