/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.wycheproof.PinnedResults;
import dev.keywright.wycheproof.Primitives;
import dev.keywright.wycheproof.WycheproofRun;
import dev.keywright.wycheproof.WycheproofVectors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/**
 * Wycheproof's vectors in a test. They are read from where {@link WycheproofVectors#find} says, the checkout's root being the
 * system property {@code keywright.root}, else the current folder. Where they are absent, the test is aborted and says so;
 * with {@code KEYWRIGHT_REQUIRE_WYCHEPROOF=true} in the environment, it fails.
 */
public final class WycheproofAssertions {
    private static final String REQUIRED = "KEYWRIGHT_REQUIRE_WYCHEPROOF";

    private WycheproofAssertions() {}

    /** Runs all cases, and fails with every difference from the results that are pinned under this name. */
    public static void assertAsPinned(Primitives primitives, String pinned) {
        WycheproofRun run = WycheproofRun.of(vectors(), primitives);
        assertThat(PinnedResults.named(pinned).differences(run))
                .as("what differs from the pinned results of " + pinned + "; this run is, to be explained:\n"
                        + PinnedResults.draft(run))
                .isEmpty();
    }

    /** The vectors; aborts the test, or fails it, if there are none. */
    public static WycheproofVectors vectors() {
        Optional<Path> folder = WycheproofVectors.find(
                Path.of(System.getProperty("keywright.root", "")), System.getenv(WycheproofVectors.VARIABLE));
        if (folder.isEmpty()) {
            String absent = "Wycheproof's vectors are not here, so " + WycheproofVectors.PINNED_CASES
                    + " cases are not run: set " + WycheproofVectors.VARIABLE + ", or: " + WycheproofVectors.HOW_TO_GET;
            assertThat(System.getenv(REQUIRED)).as(absent + "; " + REQUIRED).isNotEqualTo("true");
            Assumptions.abort(absent);
        }
        try {
            return WycheproofVectors.read(folder.orElseThrow());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
