/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class MetadataNamesTest {
    private static Map<String, String> constants() throws IllegalAccessException {
        Map<String, String> constants = new TreeMap<>();
        for (Field field : MetadataNames.class.getDeclaredFields()) {
            if (field.getType() == String.class) {
                constants.put(field.getName(), (String) field.get(null));
            }
        }
        return constants;
    }

    @Test
    @Tag("FMT-019")
    @Tag("FMT-021")
    @Tag("FMT-023")
    @Tag("FMT-025")
    @Tag("FMT-027")
    @Tag("FMT-029")
    @Tag("FMT-031")
    void constants_ofFormatV3_haveTheSpecificationsNames() throws IllegalAccessException {
        assertThat(constants())
                .containsEntry("CONTENT_CIPHER_V3", "x-amz-c")
                .containsEntry("ENCRYPTED_DATA_KEY_V3", "x-amz-3")
                .containsEntry("MAT_DESC_V3", "x-amz-m")
                .containsEntry("ENCRYPTION_CONTEXT_V3", "x-amz-t")
                .containsEntry("ENCRYPTED_DATA_KEY_ALGORITHM_V3", "x-amz-w")
                .containsEntry("KEY_COMMITMENT_V3", "x-amz-d")
                .containsEntry("MESSAGE_ID_V3", "x-amz-i");
    }

    @Test
    @Tag("FMT-001")
    @Tag("FMT-002")
    @Tag("ASC-001")
    void names_areAsciiInLowerCase_withThePrefixOfTheFormatAndNotThatOfTheTransport() throws IllegalAccessException {
        Set<String> names = new HashSet<>(constants().values());
        assertThat(names).hasSize(15).allMatch(name -> name.matches("x-amz-(?!meta-)[a-z0-9-]+"));
        assertThat(Envelope.parse(KnownAnswers.V3).toMetadata().keySet()).isSubsetOf(names);
        assertThat(Envelope.parse(KnownAnswers.V2).toMetadata().keySet()).isSubsetOf(names);
    }
}
