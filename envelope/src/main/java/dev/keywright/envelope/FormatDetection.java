/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.FormatException;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which format an envelope's names are in. Stricter than any one client, and accepts everything legitimate: names of two
 * generations, or two wrapped keys, are refused whatever the policy.
 */
final class FormatDetection {
    private static final Set<String> MAPS =
            Set.of(MetadataNames.MATERIALS_DESCRIPTION, MetadataNames.MAT_DESC_V3, MetadataNames.ENCRYPTION_CONTEXT_V3);

    private FormatDetection() {}

    /** The envelope in an object's metadata; null if an instruction file must be looked for. */
    static @Nullable Envelope inMetadata(Map<String, String> names) {
        Envelope envelope = whole(names);
        List<String> withTheBody = present(names, MetadataNames.WITH_THE_BODY);
        boolean restIsInAFile = withTheBody.size() == MetadataNames.WITH_THE_BODY.size()
                && present(names, MetadataNames.NEW).equals(withTheBody);
        if (envelope == null && !restIsInAFile) {
            requireNone(present(names, MetadataNames.NEW));
            requireNone(present(names, MetadataNames.OLD));
        }
        return envelope;
    }

    private static void requireNone(List<String> left) {
        if (!left.isEmpty()) {
            throw malformed("an envelope without its wrapped data key, only " + left + ": truncated");
        }
    }

    /** The envelope that these names hold by themselves, wherever they stood; null if no wrapped key is among them. */
    static @Nullable Envelope whole(Map<String, String> names) {
        List<String> keys = present(
                names,
                List.of(
                        MetadataNames.ENCRYPTED_DATA_KEY_V1,
                        MetadataNames.ENCRYPTED_DATA_KEY_V2,
                        MetadataNames.ENCRYPTED_DATA_KEY_V3));
        if (keys.size() > 1) {
            throw malformed("two wrapped data keys, " + keys + ": mixed formats");
        }
        List<String> old = present(names, MetadataNames.OLD);
        List<String> current = present(names, MetadataNames.NEW);
        if (!old.isEmpty() && !current.isEmpty()) {
            throw malformed("names of formats V1/V2, " + old + ", and of format V3, " + current + ": mixed formats");
        }
        if (keys.isEmpty()) {
            return null;
        }
        return switch (keys.get(0)) {
            case MetadataNames.ENCRYPTED_DATA_KEY_V1 -> FormatV1.read(names);
            case MetadataNames.ENCRYPTED_DATA_KEY_V2 -> FormatV2.read(names);
            default -> FormatV3.read(names);
        };
    }

    /** An object's entries that are an envelope's: names in lower case, texts as they were meant. */
    static Map<String, String> normalized(Map<String, String> metadata) {
        Map<String, String> names = new TreeMap<>();
        metadata.forEach((name, value) -> {
            String lower = name.toLowerCase(Locale.ROOT);
            if (!MetadataNames.OLD.contains(lower) && !MetadataNames.NEW.contains(lower)) {
                return;
            }
            if (names.put(lower, MAPS.contains(lower) ? decoded(lower, value) : value) != null) {
                throw malformed("metadata name " + lower + " twice, in different case");
            }
        });
        return withoutEmptyMaps(names);
    }

    private static String decoded(String name, String value) {
        try {
            return HeaderText.decode(value);
        } catch (FormatException e) {
            throw e.about(name);
        }
    }

    /** An empty text in place of a map counts as absent (INT-004). */
    static Map<String, String> withoutEmptyMaps(Map<String, String> names) {
        Map<String, String> left = new TreeMap<>(names);
        MAPS.forEach(name -> left.remove(name, ""));
        return left;
    }

    /** Those of the wanted names that are there, sorted. */
    static List<String> present(Map<String, String> names, Collection<String> wanted) {
        return wanted.stream().filter(names::containsKey).sorted().collect(Collectors.toList());
    }

    static FormatException malformed(String what) {
        return new FormatException(FormatException.Fault.MALFORMED, what);
    }
}
