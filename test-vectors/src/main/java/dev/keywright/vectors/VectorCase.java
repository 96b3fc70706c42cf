/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import dev.keywright.envelope.MessageFormat;
import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.WrapAlgorithm;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One case: a stored object, how it is to be read, and what must come of it. The fields are those of {@code case.json} (vector
 * format, section 3). Immutable; bodies are read from their file, or made, each time.
 *
 * @param folder where its files are
 * @param key the id of the master key to read with
 * @param materialsDescription what the reader's raw master key is known by; empty if it has none
 * @param encryptionContext what the caller gives, without reserved entries
 * @param policy for a good case, the least with which it can be read
 * @param plaintext null if the case must be refused
 * @param bodyFile where the body is; null if it must be made
 * @param bodyFrom how to make the body; null if it is only in its file
 * @param metadata the object's user metadata, as an S3 client hands it over
 */
public record VectorCase(
        Path folder,
        String id,
        String comment,
        Producer producer,
        @Nullable String derivedFrom,
        @Nullable String fault,
        MessageFormat format,
        AlgorithmSuite suite,
        WrapAlgorithm wrap,
        Location location,
        String instructionSuffix,
        String key,
        Map<String, String> materialsDescription,
        Map<String, String> encryptionContext,
        List<KmsRecord> kms,
        Permissions policy,
        Expectation expect,
        @Nullable Plaintext plaintext,
        @Nullable Path bodyFile,
        @Nullable BodyRecipe bodyFrom,
        List<RangeCheck> ranges,
        List<String> flags,
        Map<String, String> metadata) {
    static final String CASE = "case.json";
    static final String METADATA = "meta.json";
    static final String BODY = "object.bin";
    static final String INSTRUCTION = "instruction.json";

    /** Copies lists and maps. */
    public VectorCase {
        materialsDescription = Map.copyOf(materialsDescription);
        encryptionContext = Map.copyOf(encryptionContext);
        kms = List.copyOf(kms);
        ranges = List.copyOf(ranges);
        flags = List.copyOf(flags);
        metadata = Map.copyOf(metadata);
    }

    /**
     * Who wrote the object.
     *
     * @param name the folder that the producer's cases are in
     * @param script what made it, relative to the corpus's generators
     */
    public record Producer(String name, String sdk, String version, String script) {}

    /** Where the envelope is. */
    public enum Location {
        /** In the object's own metadata. */
        METADATA,
        /** In an instruction file, in part at least. */
        INSTRUCTION;

        /** Its name in the vector format. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What AWS KMS answers to one {@code Decrypt}: the plaintext if blob and context are these, and nothing otherwise.
     *
     * @param encryptionContext the complete one
     * @param plaintext a data key published with the corpus, and no secret
     */
    public record KmsRecord(
            Bytes ciphertextBlob, String keyId, Map<String, String> encryptionContext, Bytes plaintext) {
        /** Copies the map. */
        public KmsRecord {
            encryptionContext = Map.copyOf(encryptionContext);
        }
    }

    /**
     * What must come out.
     *
     * @param sha256 in hexadecimal
     * @param from the recipe that makes it, if there is one
     */
    public record Plaintext(
            long bytes, String sha256, @Nullable Recipe from) {}

    /** The suite's number, such as {@code 0x0073}. */
    public String suiteId() {
        return String.format("0x%04x", suite.id());
    }

    /** The length of the stored body, in bytes. */
    public long bodyBytes() throws IOException {
        return bodyFile != null ? Files.size(bodyFile) : recipe().bytes(suite);
    }

    /**
     * The stored body; the caller closes it.
     *
     * @throws CorpusException if the recipe can't be followed
     */
    public InputStream openBody() throws IOException {
        if (bodyFile != null) {
            return Files.newInputStream(bodyFile);
        }
        try {
            return recipe().open(suite, StoredIv.of(this));
        } catch (GeneralSecurityException e) {
            throw new CorpusException(id + ": the body's recipe can't be followed: " + e.getMessage());
        }
    }

    private BodyRecipe recipe() {
        if (bodyFrom == null) {
            throw new IllegalStateException(id + " has neither a body nor a recipe");
        }
        return bodyFrom;
    }

    /** This case, with its body in that file. */
    VectorCase withBodyIn(Path file) {
        return new VectorCase(
                folder,
                id,
                comment,
                producer,
                derivedFrom,
                fault,
                format,
                suite,
                wrap,
                location,
                instructionSuffix,
                key,
                materialsDescription,
                encryptionContext,
                kms,
                policy,
                expect,
                plaintext,
                file,
                bodyFrom,
                ranges,
                flags,
                metadata);
    }

    /** The instruction file as stored; empty if there is none. */
    public Optional<byte[]> instruction() throws IOException {
        Path file = folder.resolve(INSTRUCTION);
        return Files.exists(file) ? Optional.of(Files.readAllBytes(file)) : Optional.empty();
    }

    @Override
    public String toString() {
        return id;
    }
}
