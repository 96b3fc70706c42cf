/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import dev.keywright.envelope.Envelope;
import dev.keywright.testing.json.Json;
import dev.keywright.vectors.VectorCase.KmsRecord;
import dev.keywright.vectors.VectorCase.Location;
import dev.keywright.vectors.VectorCase.Plaintext;
import dev.keywright.vectors.VectorCase.Producer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A stored object that opens, to be recorded in a corpus. The plaintext itself is never recorded, only its length and hash.
 *
 * @param body where the stored body is
 * @param metadata the object's user metadata, as an S3 client hands it over
 * @param instruction where the instruction file as stored is; null if there is none
 * @param envelope what metadata and file make
 * @param key what opened it; recorded as well if the corpus has no key of that id
 * @param encryptionContext what the caller gave
 * @param kms what KMS answered
 * @param plaintext what came out
 */
public record NewCase(
        String id,
        String comment,
        Producer producer,
        Path body,
        Map<String, String> metadata,
        @Nullable Path instruction,
        String instructionSuffix,
        Location location,
        Envelope envelope,
        VectorKey key,
        Map<String, String> encryptionContext,
        List<KmsRecord> kms,
        Plaintext plaintext) {
    /** Looks at a corpus that a case was just recorded in. */
    @FunctionalInterface
    public interface Proof {
        /** Runs the case, say; whatever it throws takes the case out again. */
        void require(Corpus with, VectorCase recorded) throws IOException;
    }

    /**
     * Adds the case, its key if it is a new one, and counts it. If the corpus can't be read with it, or the proof fails, all
     * is as it was.
     *
     * @return the corpus with the case
     * @throws CorpusException if there is such a case already, or this one does not fit in
     */
    public Corpus recordIn(Corpus corpus, Proof proof) throws IOException {
        if (corpus.cases().stream().anyMatch(vector -> vector.id().equals(id))) {
            throw new CorpusException("there is a case " + id + " already");
        }
        if (!id.matches("[A-Za-z0-9._-]+") || !producer.name().matches("[A-Za-z0-9_-][A-Za-z0-9._-]*")) {
            throw new CorpusException("id '" + id + "' and producer '" + producer.name()
                    + "' must be of letters, digits, '.', '_' and '-'");
        }
        Path parent = corpus.folder().resolve(producer.name());
        boolean first = !Files.exists(parent);
        Path folder = parent.resolve(id);
        Path summary = corpus.folder().resolve(Corpus.SUMMARY);
        Path keys = corpus.folder().resolve(KeyFile.NAME);
        byte[] summaryBefore = Files.readAllBytes(summary);
        byte[] keysBefore = Files.readAllBytes(keys);
        Files.createDirectories(parent);
        Files.createDirectory(folder);
        boolean recorded = false;
        try {
            writeCase(folder);
            writeKey(corpus, keys, keysBefore);
            writeSummary(corpus, summary);
            Corpus with = Corpus.read(corpus.folder());
            VectorCase made = with.cases().stream()
                    .filter(vector -> vector.id().equals(id))
                    .findFirst()
                    .orElseThrow();
            proof.require(with, made);
            recorded = true;
            return with;
        } finally {
            if (!recorded) {
                Files.write(summary, summaryBefore);
                Files.write(keys, keysBefore);
                delete(first ? parent : folder);
            }
        }
    }

    private void writeCase(Path folder) throws IOException {
        write(folder.resolve(VectorCase.CASE), fields());
        write(folder.resolve(VectorCase.METADATA), new TreeMap<>(metadata));
        Files.copy(body, folder.resolve(VectorCase.BODY));
        if (instruction != null) {
            Files.copy(instruction, folder.resolve(VectorCase.INSTRUCTION));
        }
    }

    private Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", id);
        fields.put("comment", comment);
        Map<String, Object> made = new LinkedHashMap<>();
        made.put("sdk", producer.sdk());
        made.put("version", producer.version());
        made.put("script", producer.script());
        fields.put("producer", made);
        fields.put("format", envelope.format().name());
        fields.put("suite", String.format("0x%04x", envelope.suite().id()));
        fields.put("wrap", envelope.wrapped().algorithm().wireName());
        fields.put("location", location.word());
        if (instruction != null && !instructionSuffix.equals(CaseFile.DEFAULT_SUFFIX)) {
            fields.put("instructionSuffix", instructionSuffix);
        }
        fields.put("key", key.id());
        Map<String, String> description = new TreeMap<>(envelope.wrapped().description());
        if (!envelope.wrapped().algorithm().isKms() && !description.isEmpty()) {
            fields.put("materialsDescription", description);
        }
        if (!encryptionContext.isEmpty()) {
            fields.put("encryptionContext", new TreeMap<>(encryptionContext));
        }
        if (!kms.isEmpty()) {
            fields.put("kms", kms.stream().map(NewCase::fields).toList());
        }
        Permissions least = Permissions.leastFor(envelope);
        Map<String, Object> policy = new LinkedHashMap<>();
        policy.put("commitment", least.commitment().name());
        policy.put("legacyWrap", least.legacyWrap());
        policy.put("legacyContent", least.legacyContent());
        fields.put("policy", policy);
        fields.put("expect", "success");
        Map<String, Object> text = new LinkedHashMap<>();
        text.put("bytes", plaintext.bytes());
        text.put("sha256", plaintext.sha256());
        fields.put("plaintext", text);
        fields.put("flags", List.of());
        return fields;
    }

    private static Map<String, Object> fields(KmsRecord record) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("ciphertextBlob", record.ciphertextBlob().toBase64());
        fields.put("keyId", record.keyId());
        fields.put("encryptionContext", new TreeMap<>(record.encryptionContext()));
        fields.put("plaintext", record.plaintext().toBase64());
        return fields;
    }

    private void writeKey(Corpus corpus, Path file, byte[] before) throws IOException {
        if (corpus.keys().containsKey(key.id())) {
            return;
        }
        Map<String, @Nullable Object> keys = Json.readObject(new String(before, StandardCharsets.UTF_8));
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("type", key.type());
        if (key instanceof VectorKey.Aes aes) {
            fields.put("bits", aes.key().size() * 8);
            fields.put("key", aes.key().toBase64());
        } else if (key instanceof VectorKey.Rsa rsa) {
            fields.put("bits", rsa.bits());
            fields.put("pkcs8", base64(rsa.pair().getPrivate().getEncoded()));
            fields.put("spki", base64(rsa.pair().getPublic().getEncoded()));
        } else if (key instanceof VectorKey.Kms known) {
            fields.put("keyId", known.keyId());
            fields.put("aliases", known.aliases());
        }
        keys.put(key.id(), fields);
        write(file, keys);
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private void writeSummary(Corpus corpus, Path file) throws IOException {
        TreeSet<String> producers = new TreeSet<>(corpus.producers());
        producers.add(producer.name());
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("schema", Corpus.SCHEMA);
        fields.put("cases", corpus.cases().size() + 1);
        fields.put("producers", producers);
        fields.put("licence", corpus.licence());
        write(file, fields);
    }

    private static void write(Path file, Map<String, ? extends @Nullable Object> fields) throws IOException {
        Files.writeString(file, PrettyJson.write(fields));
    }

    private static void delete(Path folder) throws IOException {
        List<Path> all;
        try (Stream<Path> tree = Files.walk(folder)) {
            all = tree.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path each : all) {
            Files.delete(each);
        }
    }

    @Override
    public String toString() {
        return id;
    }
}
