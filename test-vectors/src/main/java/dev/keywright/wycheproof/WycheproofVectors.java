/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.wycheproof;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The cases of C2SP's Wycheproof that concern S3's wraps and content algorithms, read from a folder of its JSON files.
 * Immutable.
 */
public final class WycheproofVectors {
    /** The environment variable that names the folder. */
    public static final String VARIABLE = "WYCHEPROOF_DIR";

    /** Gets the vectors that the pinned results are of, into where {@link #find} looks. */
    public static final String HOW_TO_GET =
            "git clone https://github.com/C2SP/wycheproof target/wycheproof && git -C target/wycheproof checkout dac1dd4";

    /** How many cases there are at that commit: what is not run where they are absent. */
    public static final int PINNED_CASES = VectorFile.pinnedCasesOfAll();

    private final Path folder;
    private final List<WycheproofCase> cases;

    WycheproofVectors(Path folder, List<WycheproofCase> cases) {
        this.folder = folder;
        this.cases = List.copyOf(cases);
    }

    /**
     * Where the vectors are: in the folder that is configured, which need not be checked for them; else in {@code
     * ../shared/wycheproof}, else in a clone at {@code target/wycheproof}.
     *
     * @param root of the checkout
     * @param configured the value of {@link #VARIABLE}
     * @return empty if they are nowhere
     */
    public static Optional<Path> find(Path root, @Nullable String configured) {
        if (configured != null && !configured.isEmpty()) {
            return Optional.of(Path.of(configured));
        }
        return Stream.of("../shared/wycheproof", "target/wycheproof/testvectors_v1")
                .map(place -> root.toAbsolutePath().resolve(place).normalize())
                .filter(place -> Files.isRegularFile(place.resolve(VectorFile.AES_GCM.fileName)))
                .findFirst();
    }

    /**
     * Reads them all, strictly. Files that concern other algorithms are not looked at.
     *
     * @throws IOException if a file is missing, or is not what it must be: algorithm, schema, members, number of tests
     */
    public static WycheproofVectors read(Path folder) throws IOException {
        List<WycheproofCase> cases = new ArrayList<>();
        for (VectorFile file : VectorFile.values()) {
            cases.addAll(VectorReader.read(folder, file));
        }
        return new WycheproofVectors(folder, cases);
    }

    /** Where they were read. */
    public Path folder() {
        return folder;
    }

    /** All cases, in the files' order. */
    public List<WycheproofCase> cases() {
        return cases;
    }
}
