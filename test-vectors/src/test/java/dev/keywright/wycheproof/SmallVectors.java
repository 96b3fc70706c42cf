/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.wycheproof;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file of AES-GCM in Wycheproof's form: test case 2 of the GCM specification, with its tag altered, and left open. */
final class SmallVectors {
    static final String TEXT = """
            { "algorithm": "AES-GCM", "schema": "aead_test_schema_v1.json", "numberOfTests": 3,
              "header": ["Three cases."],
              "notes": { "Ktv": { "bugType": "BASIC" }, "ModifiedTag": { "bugType": "AUTH_BYPASS" } },
              "testGroups": [
                { "type": "AeadTest", "source": { "name": "by hand", "version": "1" },
                  "keySize": 128, "ivSize": 96, "tagSize": 128,
                  "tests": [
                    { "tcId": 1, "comment": "as it is", "flags": ["Ktv"], "result": "valid", %1$s,
                      "tag": "ab6e47d42cec13bdf53a67b21257bddf" },
                    { "tcId": 2, "comment": "last bit altered", "flags": ["ModifiedTag"], "result": "invalid", %1$s,
                      "tag": "ab6e47d42cec13bdf53a67b21257bdde" },
                    { "tcId": 3, "comment": "", "flags": [], "result": "acceptable", %1$s,
                      "tag": "ab6e47d42cec13bdf53a67b21257bddf" } ] } ] }
            """.formatted(
                    "\"key\": \"00000000000000000000000000000000\", \"iv\": \"000000000000000000000000\", \"aad\": \"\","
                            + " \"msg\": \"00000000000000000000000000000000\", \"ct\": \"0388dace60b6a392f328c2b971b2fe78\"");

    private SmallVectors() {}

    static WycheproofVectors read(Path folder) throws IOException {
        return read(folder, TEXT);
    }

    static WycheproofVectors read(Path folder, String text) throws IOException {
        Files.writeString(folder.resolve(VectorFile.AES_GCM.fileName), text);
        return new WycheproofVectors(folder, VectorReader.read(folder, VectorFile.AES_GCM));
    }
}
