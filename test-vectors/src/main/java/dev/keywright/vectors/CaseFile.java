/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import dev.keywright.envelope.CommitmentPolicy;
import dev.keywright.envelope.MessageFormat;
import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.vectors.VectorCase.KmsRecord;
import dev.keywright.vectors.VectorCase.Location;
import dev.keywright.vectors.VectorCase.Plaintext;
import dev.keywright.vectors.VectorCase.Producer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Reads one case directory (vector format, section 3), strictly. */
final class CaseFile {
    static final String DEFAULT_SUFFIX = ".instruction";

    private static final Set<String> FILES =
            Set.of(VectorCase.CASE, VectorCase.METADATA, VectorCase.BODY, VectorCase.INSTRUCTION);
    private static final int MAX_HEX_BYTES = 256;
    private static final int TAG_BYTES = 16;
    private static final int RANGE_NOT_SATISFIABLE = 416;

    private final Path folder;
    private final String producer;
    private final Fields fields;

    private CaseFile(Path folder, String producer, Fields fields) {
        this.folder = folder;
        this.producer = producer;
        this.fields = fields;
    }

    static VectorCase read(Path folder, String producer) throws IOException {
        String where = producer + "/" + folder.getFileName();
        Set<String> files = new TreeSet<>();
        try (Stream<Path> list = Files.list(folder)) {
            list.forEach(file -> files.add(file.getFileName().toString()));
        }
        for (String needed : List.of(VectorCase.CASE, VectorCase.METADATA)) {
            if (!files.contains(needed)) {
                throw new CorpusException(where + ": no " + needed);
            }
        }
        files.removeAll(FILES);
        if (!files.isEmpty()) {
            throw new CorpusException(where + ": unknown files " + files);
        }
        return new CaseFile(folder, producer, Fields.read(folder.resolve(VectorCase.CASE), where)).read();
    }

    private VectorCase read() throws IOException {
        String id = fields.text("id");
        if (!id.equals(String.valueOf(folder.getFileName())) || !id.matches("[A-Za-z0-9._-]+")) {
            throw fields.wrong(
                    "its id is '" + id + "', and must be the folder's name, of letters, digits, '.', '_' and '-'");
        }
        Expectation expect = expect();
        Fields made = fields.object("producer");
        Producer by = new Producer(producer, made.text("sdk"), made.text("version"), made.text("script"));
        made.done();
        AlgorithmSuite suite = suite();
        Path body = folder.resolve(VectorCase.BODY);
        Plaintext plaintext = fields.has("plaintext") ? plaintext() : null;
        VectorCase vector = new VectorCase(
                folder,
                id,
                fields.text("comment"),
                by,
                fields.optionalText("derivedFrom"),
                fields.optionalText("fault"),
                format(),
                suite,
                wrap(),
                location(),
                suffix(),
                fields.text("key"),
                fields.optionalMap("materialsDescription"),
                fields.optionalMap("encryptionContext"),
                fields.has("kms") ? kms() : List.of(),
                policy(),
                expect,
                plaintext,
                Files.exists(body) ? body : null,
                fields.has("bodyFrom") ? bodyFrom(suite) : null,
                fields.has("ranges") ? ranges() : List.of(),
                fields.textList("flags"),
                Fields.read(folder.resolve(VectorCase.METADATA), producer + "/" + id + "/" + VectorCase.METADATA)
                        .texts());
        fields.done();
        requireConsistent(vector);
        return vector;
    }

    private Expectation expect() throws CorpusException {
        String word = fields.text("expect");
        List<String> also = fields.has("alsoAllowed") ? fields.textList("alsoAllowed") : List.of();
        try {
            return Expectation.of(word, also);
        } catch (IllegalArgumentException e) {
            throw fields.wrong("expect: " + e.getMessage());
        }
    }

    private MessageFormat format() throws CorpusException {
        String format = fields.text("format");
        return switch (format) {
            case "V1" -> MessageFormat.V1;
            case "V2" -> MessageFormat.V2;
            case "V3" -> MessageFormat.V3;
            default -> throw fields.wrong("'" + format + "' is no format: V1, V2 or V3");
        };
    }

    private AlgorithmSuite suite() throws CorpusException {
        String suite = fields.text("suite");
        return switch (suite) {
            case "0x0070" -> AlgorithmSuite.ALG_AES_256_CBC_IV16_NO_KDF;
            case "0x0072" -> AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF;
            case "0x0073" -> AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY;
            default -> throw fields.wrong("'" + suite + "' is no suite of stored objects: 0x0070, 0x0072 or 0x0073");
        };
    }

    private WrapAlgorithm wrap() throws CorpusException {
        String name = fields.text("wrap");
        for (WrapAlgorithm wrap : WrapAlgorithm.values()) {
            if (wrap.wireName().equals(name)) {
                return wrap;
            }
        }
        throw fields.wrong("'" + name + "' is no wrap");
    }

    private Location location() throws CorpusException {
        String word = fields.text("location");
        for (Location location : Location.values()) {
            if (location.word().equals(word)) {
                return location;
            }
        }
        throw fields.wrong("'" + word + "' is no location: metadata or instruction");
    }

    private String suffix() throws CorpusException {
        String suffix = fields.optionalText("instructionSuffix");
        if (suffix != null && suffix.isEmpty()) {
            throw fields.wrong("an empty instructionSuffix names the object itself");
        }
        return suffix == null ? DEFAULT_SUFFIX : suffix;
    }

    private List<KmsRecord> kms() throws CorpusException {
        List<KmsRecord> records = new ArrayList<>();
        for (Fields each : fields.objectList("kms")) {
            records.add(new KmsRecord(
                    each.base64("ciphertextBlob"),
                    each.text("keyId"),
                    each.optionalMap("encryptionContext"),
                    each.base64("plaintext")));
            each.done();
        }
        return records;
    }

    private Permissions policy() throws CorpusException {
        Fields policy = fields.object("policy");
        String commitment = policy.text("commitment");
        Map<String, CommitmentPolicy> known = new TreeMap<>();
        for (CommitmentPolicy each : List.of(
                CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT, CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)) {
            known.put(each.name(), each);
        }
        CommitmentPolicy chosen = known.get(commitment);
        if (chosen == null) {
            throw policy.wrong("commitment is '" + commitment + "', and must be one of " + known.keySet());
        }
        Permissions permissions = new Permissions(chosen, policy.truth("legacyWrap"), policy.truth("legacyContent"));
        policy.done();
        return permissions;
    }

    private Plaintext plaintext() throws CorpusException {
        Fields plain = fields.object("plaintext");
        long bytes = plain.number("bytes");
        String sha256 = plain.sha256("sha256");
        Recipe from = plain.has("from") ? recipe(plain.object("from")) : null;
        String hex = plain.optionalText("hex");
        plain.done();
        if (from != null && from.bytes() != bytes) {
            throw plain.wrong("its recipe makes " + from.bytes() + " bytes, and bytes is " + bytes);
        }
        if (hex != null) {
            byte[] decoded = decoded(plain, hex);
            if (decoded.length != bytes
                    || bytes > MAX_HEX_BYTES
                    || !Sha256.of(decoded).equals(sha256)) {
                throw plain.wrong("hex, bytes and sha256 are not of one text of at most " + MAX_HEX_BYTES + " bytes");
            }
        }
        return new Plaintext(bytes, sha256, from);
    }

    private static byte[] decoded(Fields plain, String hex) throws CorpusException {
        try {
            return HexFormat.of().parseHex(hex);
        } catch (IllegalArgumentException e) {
            throw plain.wrong("hex must be hexadecimal");
        }
    }

    private static Recipe recipe(Fields recipe) throws CorpusException {
        String name = recipe.text("prng");
        if (!name.equals(Recipe.NAME)) {
            throw recipe.wrong("'" + name + "' is no recipe; there is " + Recipe.NAME);
        }
        Recipe made = new Recipe(recipe.text("seed"), recipe.number("bytes"));
        recipe.done();
        return made;
    }

    private BodyRecipe bodyFrom(AlgorithmSuite suite) throws CorpusException {
        Fields body = fields.object("bodyFrom");
        boolean tagged = suite.tagBytes() > 0;
        Bytes tag = tagged ? body.base64("tag") : Bytes.empty();
        BodyRecipe made = new BodyRecipe(
                recipe(body.object("plaintextFrom")), body.base64("dataKey"), tag, body.sha256("sha256"));
        body.done();
        if (tagged && tag.size() != TAG_BYTES) {
            throw body.wrong("a tag of " + tag.size() + " bytes");
        }
        if (!suite.acceptsDataKeyBytes(made.dataKey().size())) {
            throw body.wrong("a data key of " + made.dataKey().size() + " bytes");
        }
        return made;
    }

    private List<RangeCheck> ranges() throws CorpusException {
        List<RangeCheck> ranges = new ArrayList<>();
        for (Fields each : fields.objectList("ranges")) {
            String range = each.text("range");
            if (!RangeCheck.isWellFormed(range)) {
                throw each.wrong("'" + range + "' is no range of one piece");
            }
            if (each.has("status")) {
                if (each.number("status") != RANGE_NOT_SATISFIABLE) {
                    throw each.wrong("the only status is " + RANGE_NOT_SATISFIABLE);
                }
                ranges.add(new RangeCheck(range, -1, ""));
            } else {
                ranges.add(new RangeCheck(range, each.number("bytes"), each.sha256("sha256")));
            }
            each.done();
        }
        return ranges;
    }

    /** What the fields say together. */
    private void requireConsistent(VectorCase vector) throws IOException {
        boolean success = vector.expect().isSuccess();
        require(success == (vector.plaintext() != null), "plaintext belongs to a case that succeeds, and only there");
        require(success || vector.ranges().isEmpty(), "ranges belong to a case that succeeds");
        require((vector.derivedFrom() == null) == (vector.fault() == null), "derivedFrom and fault belong together");
        require(
                (vector.format() == MessageFormat.V3) == vector.suite().isCommitting(),
                "format and suite do not go together");
        require(
                (vector.format() == MessageFormat.V1) == vector.wrap().isUnnamed(),
                "format and wrap do not go together");
        require(
                vector.format() != MessageFormat.V1 || vector.suite().tagBytes() == 0,
                "format V1 has the suite 0x0070 only");
        require(vector.kms().isEmpty() || vector.wrap().isKms(), "kms belongs to the wraps kms+context and kms");
        require(!success || !vector.wrap().isKms() || !vector.kms().isEmpty(), "a KMS wrap, and no kms");
        boolean file = vector.bodyFile() != null;
        require(file || vector.bodyFrom() != null, "neither " + VectorCase.BODY + " nor bodyFrom");
        require(
                !success
                        || vector.location() != Location.INSTRUCTION
                        || vector.instruction().isPresent(),
                "location is instruction, and there is no " + VectorCase.INSTRUCTION);
        BodyRecipe recipe = vector.bodyFrom();
        if (file && recipe != null) {
            require(
                    Sha256.of(vector.openBody()).equals(recipe.sha256()),
                    VectorCase.BODY + " is not what bodyFrom describes");
        }
        Plaintext plaintext = vector.plaintext();
        if (plaintext != null) {
            for (RangeCheck range : vector.ranges()) {
                require(isOf(range, plaintext.bytes()), range.range() + " does not have the length that is said");
            }
        }
    }

    private static boolean isOf(RangeCheck range, long plaintextBytes) {
        long first = range.first(plaintextBytes);
        return range.unsatisfiable()
                ? first >= plaintextBytes
                : range.bytes() == Math.max(0, range.end(plaintextBytes) - first);
    }

    private void require(boolean holds, String problem) throws CorpusException {
        if (!holds) {
            throw fields.wrong(problem);
        }
    }

    /** The kind of master key that this wrap needs. */
    static String keyType(WrapAlgorithm wrap) {
        return switch (wrap) {
            case AES_GCM, AES_WRAP, RAW_AES -> "AES";
            case RSA_OAEP_SHA1, RSA_OAEP_SHA256, RAW_RSA -> "RSA";
            case KMS_CONTEXT, KMS -> "KMS";
        };
    }
}
