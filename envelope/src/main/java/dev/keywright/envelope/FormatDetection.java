/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.FormatException;
import dev.keywright.spi.PolicyException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which format an object's metadata is in. Stricter than any one client, and accepts everything legitimate: names of two
 * generations, or two wrapped keys, are refused whatever the policy.
 */
final class FormatDetection {
    private FormatDetection() {}

    static Envelope read(Map<String, String> metadata) {
        Map<String, String> names = normalized(metadata);
        List<String> keys = present(
                names,
                List.of(
                        MetadataNames.ENCRYPTED_DATA_KEY_V1,
                        MetadataNames.ENCRYPTED_DATA_KEY_V2,
                        MetadataNames.ENCRYPTED_DATA_KEY_V3));
        List<String> old = present(names, MetadataNames.OLD);
        List<String> current = present(names, MetadataNames.NEW);
        if (keys.size() > 1) {
            throw malformed("two wrapped data keys, " + keys + ": mixed formats");
        }
        if (!old.isEmpty() && !current.isEmpty()) {
            throw malformed("names of formats V1/V2, " + old + ", and of format V3, " + current + ": mixed formats");
        }
        if (names.containsKey(MetadataNames.ENCRYPTED_DATA_KEY_V3)) {
            return FormatV3.read(names);
        }
        if (names.containsKey(MetadataNames.ENCRYPTED_DATA_KEY_V2)) {
            return FormatV2.read(names);
        }
        if (names.containsKey(MetadataNames.ENCRYPTED_DATA_KEY_V1)) {
            throw new PolicyException(
                    "format V1 (ALG_AES_256_CBC_IV16_NO_KDF, unauthenticated) is not enabled: this version "
                            + "reads formats V2 and V3");
        }
        if (!old.isEmpty() || !current.isEmpty()) {
            throw malformed("an envelope without its wrapped data key, only " + (old.isEmpty() ? current : old)
                    + ": truncated, or the key is in an instruction file, which this version does not read");
        }
        throw new FormatException(
                FormatException.Fault.NOT_ENCRYPTED,
                "no envelope in its metadata: it was not encrypted by an S3 encryption client, or its envelope is in an "
                        + "instruction file, which this version does not read");
    }

    /** Lower-case names; entries that an empty value makes absent are dropped. */
    private static Map<String, String> normalized(Map<String, String> metadata) {
        Map<String, String> names = new TreeMap<>();
        metadata.forEach((name, value) -> {
            String lower = name.toLowerCase(Locale.ROOT);
            if (!MetadataNames.isReserved(lower)) {
                return;
            }
            boolean absent = value.isEmpty()
                    && (lower.equals(MetadataNames.MAT_DESC_V3)
                            || lower.equals(MetadataNames.ENCRYPTION_CONTEXT_V3)
                            || lower.equals(MetadataNames.MATERIALS_DESCRIPTION));
            if (!absent && names.put(lower, value) != null) {
                throw malformed("metadata name " + lower + " twice, in different case");
            }
        });
        return names;
    }

    private static List<String> present(Map<String, String> names, Collection<String> wanted) {
        List<String> found = new ArrayList<>(Set.copyOf(wanted));
        found.retainAll(names.keySet());
        found.sort(null);
        return found;
    }

    static FormatException malformed(String what) {
        return new FormatException(FormatException.Fault.MALFORMED, what);
    }
}
