/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import dev.keywright.spi.KeywrightException;
import java.util.Optional;

/** What came of one reading of a case. */
public sealed interface Outcome {
    /** The object was opened, and all of its plaintext handed over. */
    record Opened() implements Outcome {
        @Override
        public String toString() {
            return "success";
        }
    }

    /** A layer refused it. */
    record Refused(Layer layer, String why) implements Outcome {
        @Override
        public String toString() {
            return "a refusal by " + layer + " (" + why + ")";
        }
    }

    /** Neither: the reader failed in another way, or was told something else of the object than the case says. */
    record Failed(String why) implements Outcome {
        @Override
        public String toString() {
            return "no answer: " + why;
        }
    }

    /** The outcome that this error stands for. */
    static Outcome of(KeywrightException error) {
        Optional<Layer> layer = Layer.of(error);
        String why = String.valueOf(error.getMessage());
        return layer.isPresent() ? new Refused(layer.get(), why) : new Failed(why);
    }
}
