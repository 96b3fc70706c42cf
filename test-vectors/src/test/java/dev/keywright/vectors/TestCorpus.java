/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HexFormat;

/**
 * A small right corpus, for a test to spoil: a good case, a bad one derived from it, one of KMS, and one whose body is made.
 * The first is the known answer of format V3.
 */
final class TestCorpus {
    static final String PLAINTEXT = "The quick brown fox jumps over the lazy dog.";
    static final String GOOD = "made/good/case.json";
    static final String BAD = "made/bad/case.json";
    static final String KMS = "made/with-kms/case.json";
    static final String RECIPE = "other/recipe/case.json";

    private static final String METADATA = """
            {"x-amz-3": "wMHCw8TFxsfIycrLZD2Cgbio5cQKJj1ETqw+PznQGFL2FeRCMfe2pjPKc5xzrxDftjO0vbzsRda5DdFB", "x-amz-c": "115",
             "x-amz-d": "DnQZ5c+3xg1Xp0jYfAMnh0k1DJu0yXP09Agx9A==", "x-amz-i": "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaWw==",
             "x-amz-w": "02"}
            """;

    final Path folder;

    TestCorpus(Path folder) {
        this.folder = folder;
        write("corpus.json", """
                {"schema": "corpus-1", "cases": 4, "producers": ["made", "other"], "licence": "Apache-2.0"}
                """);
        write("flags.json", """
                {"KnownAnswer": "no attack", "ModifiedTag": "the tag was altered"}
                """);
        write("keys.json", """
                {"aes": {"type": "AES", "bits": 256, "key": "gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp8="},
                 "kms": {"type": "KMS", "keyId": "arn:aws:kms:eu-central-1:111122223333:key/one", "aliases": ["alias/one"]}}
                """);
        byte[] body = HexFormat.of().parseHex("00".repeat(60));
        common(
                "good",
                "\"expect\": \"success\", \"flags\": [\"KnownAnswer\"],"
                        + " \"ranges\": [{\"range\": \"bytes=16-43\", \"bytes\": 28, \"sha256\": \""
                        + Sha256.of(PLAINTEXT.substring(16).getBytes(StandardCharsets.US_ASCII))
                        + "\"}, {\"range\": \"bytes=44-50\", \"status\": 416}],"
                        + " \"plaintext\": {\"bytes\": 44, \"sha256\": \""
                        + Sha256.of(PLAINTEXT.getBytes(StandardCharsets.US_ASCII)) + "\"}",
                body);
        common(
                "bad",
                "\"expect\": \"integrity\", \"derivedFrom\": \"good\", \"fault\": \"the tag altered\","
                        + " \"flags\": [\"ModifiedTag\"]",
                body);
        kms(body);
        recipe();
    }

    /** Two cases of format V3 under the AES key. */
    private void common(String id, String more, byte[] body) {
        write("made/" + id + "/case.json", """
                {"id": "%s", "comment": "A case.", "producer": {"sdk": "keywright", "version": "1", "script": "none"},
                 "format": "V3", "suite": "0x0073", "wrap": "AES/GCM", "location": "metadata", "key": "aes",
                 "policy": {"commitment": "REQUIRE_ENCRYPT_REQUIRE_DECRYPT", "legacyWrap": false, "legacyContent": false},
                 %s}
                """.formatted(id, more));
        write("made/" + id + "/meta.json", METADATA);
        write("made/" + id + "/object.bin", body);
    }

    /** In an instruction file. */
    private void kms(byte[] body) {
        write(KMS, """
                {"id": "with-kms", "comment": "A case.", "producer": {"sdk": "keywright", "version": "1", "script": "none"},
                 "format": "V2", "suite": "0x0072", "wrap": "kms", "location": "instruction", "key": "kms",
                 "kms": [{"ciphertextBlob": "AQI=", "keyId": "arn:aws:kms:eu-central-1:111122223333:key/one",
                   "encryptionContext": {"a": "b"}, "plaintext": "%s"}],
                 "policy": {"commitment": "REQUIRE_ENCRYPT_ALLOW_DECRYPT", "legacyWrap": true, "legacyContent": false},
                 "expect": "success", "flags": [],
                 "plaintext": {"bytes": 1, "sha256": "%s", "hex": "61"}}
                """.formatted(Base64.getEncoder().encodeToString(new byte[32]), Sha256.of(new byte[] {'a'})));
        write("made/with-kms/meta.json", "{}");
        write("made/with-kms/instruction.json", "{}");
        write("made/with-kms/object.bin", body);
    }

    /** Its IV is in the metadata, and a recipe needs no more of it. */
    private void recipe() {
        write(RECIPE, """
                {"id": "recipe", "comment": "A case.", "producer": {"sdk": "keywright", "version": "1", "script": "none"},
                 "format": "V2", "suite": "0x0070", "wrap": "AESWrap", "location": "metadata", "key": "aes",
                 "policy": {"commitment": "REQUIRE_ENCRYPT_ALLOW_DECRYPT", "legacyWrap": true, "legacyContent": true},
                 "expect": "success", "flags": [],
                 "plaintext": {"bytes": 1000, "from": {"prng": "sha256-counter", "seed": "recipe", "bytes": 1000},
                   "sha256": "%s"},
                 "bodyFrom": {"plaintextFrom": {"prng": "sha256-counter", "seed": "recipe", "bytes": 1000},
                   "dataKey": "%s", "sha256": "%s"}}
                """.formatted(
                        RecipeTest.SHA256_OF_1000,
                        Base64.getEncoder().encodeToString(new byte[32]),
                        RecipeTest.SHA256_OF_CBC_BODY));
        write("other/recipe/meta.json", "{\"X-Amz-IV\": \"AAAAAAAAAAAAAAAAAAAAAA==\"}");
    }

    void write(String file, String text) {
        write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    void write(String file, byte[] bytes) {
        try {
            Path path = folder.resolve(file);
            Files.createDirectories(path.getParent());
            Files.write(path, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String text(String file) {
        try {
            return Files.readString(folder.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Replaces a text that must be there. */
    TestCorpus edit(String file, String from, String to) {
        String before = text(file);
        if (!before.contains(from)) {
            throw new AssertionError(file + " has no " + from);
        }
        write(file, before.replace(from, to));
        return this;
    }

    void delete(String file) {
        try {
            Files.delete(folder.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    VectorCase read(String id) throws IOException {
        return Corpus.read(folder).cases().stream()
                .filter(vector -> vector.id().equals(id))
                .findFirst()
                .orElseThrow();
    }
}
