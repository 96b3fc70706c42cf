/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.wycheproof;

import dev.keywright.spi.Bytes;
import dev.keywright.testing.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads one file of vectors. Strictly: another algorithm or schema than the file's, an unknown or missing member, a flag
 * that is not explained, a key or IV that is not of its group's size, an id given twice, or a number of tests that is not
 * that of the cases is an error.
 */
final class VectorReader {
    private static final Set<String> HASHES = Set.of("SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512");

    private final VectorFile file;
    private final List<WycheproofCase> cases = new ArrayList<>();
    private final Set<Integer> ids = new HashSet<>();
    private Set<String> explainedFlags = Set.of();

    private VectorReader(VectorFile file) {
        this.file = file;
    }

    static List<WycheproofCase> read(Path folder, VectorFile file) throws IOException {
        Path path = folder.resolve(file.fileName);
        String text = Files.readString(path);
        try {
            return new VectorReader(file).cases(new Members(path.toString(), Json.read(text)));
        } catch (IllegalArgumentException e) {
            throw new IOException(path + ": " + e.getMessage(), e);
        }
    }

    private List<WycheproofCase> cases(Members top) throws IOException {
        top.mustBe("algorithm", file.algorithm);
        top.mustBe("schema", file.layout.schema);
        int count = top.number("numberOfTests");
        top.skip("header", "generatorVersion");
        explainedFlags = Set.copyOf(top.object("notes").names());
        for (@Nullable Object group : top.list("testGroups")) {
            group(new Members(file.fileName, group));
        }
        top.end();
        if (cases.size() != count) {
            throw top.fault("numberOfTests is " + count + ", and there are " + cases.size());
        }
        return cases;
    }

    private void group(Members group) throws IOException {
        group.mustBe("type", file.layout.groupType);
        group.skip("source", "privateKey", "privateKeyPem", "privateKeyJwk");
        List<@Nullable Object> tests = group.list("tests");
        Group shared = shared(group);
        group.end();
        for (@Nullable Object test : tests) {
            add(new Members(file.fileName + ", a test", test), shared);
        }
    }

    /** What the cases of a group have in common; sizes in bits, 0 where a layout has none. */
    private record Group(int keyBits, int ivBits, int tagBits, Bytes pkcs8, String hash, String mgfHash) {}

    private Group shared(Members group) throws IOException {
        int keyBits = group.number("keySize");
        int ivBits = 0;
        int tagBits = 0;
        Bytes pkcs8 = Bytes.empty();
        String hash = "";
        String mgfHash = "";
        switch (file.layout) {
            case AEAD, MAC_WITH_IV -> {
                ivBits = group.number("ivSize");
                tagBits = group.number("tagSize");
            }
            case CBC -> ivBits = group.number("ivSize");
            case OAEP -> {
                pkcs8 = group.hex("privateKeyPkcs8");
                group.mustBe("mgf", "MGF1");
                hash = hash(group, "sha");
                mgfHash = hash(group, "mgfSha");
            }
            case PKCS1 -> pkcs8 = group.hex("privateKeyPkcs8");
            case KEY_WRAP, HKDF -> {}
        }
        return new Group(keyBits, ivBits, tagBits, pkcs8, hash, mgfHash);
    }

    private static String hash(Members group, String name) throws IOException {
        String hash = group.text(name);
        if (!HASHES.contains(hash)) {
            throw group.fault(name + " is '" + hash + "', which is none of " + HASHES);
        }
        return hash;
    }

    private void add(Members test, Group group) throws IOException {
        int id = test.number("tcId");
        if (!ids.add(id)) {
            throw test.fault("tcId " + id + " is given twice");
        }
        String comment = test.text("comment");
        Set<String> flags = flags(test);
        Expected expected = expected(test);
        Trial trial = trial(test, group);
        test.end();
        cases.add(new WycheproofCase(file, id, comment, flags, expected, algorithm(trial), trial));
    }

    private Set<String> flags(Members test) throws IOException {
        Set<String> flags = new HashSet<>();
        for (@Nullable Object flag : test.list("flags")) {
            if (!(flag instanceof String name) || !explainedFlags.contains(name)) {
                throw test.fault("flag " + flag + " is not explained in the file's notes");
            }
            flags.add(name);
        }
        return flags;
    }

    private static Expected expected(Members test) throws IOException {
        String result = test.text("result");
        return switch (result) {
            case "valid" -> Expected.VALID;
            case "invalid" -> Expected.INVALID;
            case "acceptable" -> Expected.ACCEPTABLE;
            default -> throw test.fault("result '" + result + "' is none of valid, invalid, acceptable");
        };
    }

    private Algorithm algorithm(Trial trial) {
        return switch (file.layout) {
            case AEAD -> Algorithm.AES_GCM;
            case MAC_WITH_IV -> Algorithm.AES_GMAC;
            case KEY_WRAP -> Algorithm.AES_KW;
            case CBC -> Algorithm.AES_CBC_PKCS5;
            case OAEP -> ((Trials.Oaep) trial).algorithm();
            case PKCS1 -> Algorithm.RSA_PKCS1;
            case HKDF -> Algorithm.HKDF_SHA512;
        };
    }

    private Trial trial(Members test, Group group) throws IOException {
        return switch (file.layout) {
            case AEAD ->
                new Trials.Gcm(
                        sized(test, "key", group.keyBits),
                        sized(test, "iv", group.ivBits),
                        test.hex("aad"),
                        test.hex("msg"),
                        joined(test.hex("ct"), sized(test, "tag", group.tagBits)),
                        group.tagBits);
            case MAC_WITH_IV ->
                new Trials.Gmac(
                        sized(test, "key", group.keyBits),
                        sized(test, "iv", group.ivBits),
                        test.hex("msg"),
                        sized(test, "tag", group.tagBits));
            case KEY_WRAP -> new Trials.KeyWrap(sized(test, "key", group.keyBits), test.hex("msg"), test.hex("ct"));
            case CBC ->
                new Trials.Cbc(
                        sized(test, "key", group.keyBits),
                        sized(test, "iv", group.ivBits),
                        test.hex("msg"),
                        test.hex("ct"));
            case OAEP ->
                new Trials.Oaep(
                        group.pkcs8, group.hash, group.mgfHash, test.hex("label"), test.hex("msg"), test.hex("ct"));
            case PKCS1 -> new Trials.Pkcs1(group.pkcs8, test.hex("msg"), test.hex("ct"));
            case HKDF ->
                new Trials.Hkdf(
                        sized(test, "ikm", group.keyBits),
                        test.hex("salt"),
                        test.hex("info"),
                        test.number("size"),
                        test.hex("okm"));
        };
    }

    private static Bytes sized(Members test, String name, int bits) throws IOException {
        Bytes bytes = test.hex(name);
        if (bytes.size() * Byte.SIZE != bits) {
            throw test.fault(name + " has " + bytes.size() * Byte.SIZE + " bits, and its group says " + bits);
        }
        return bytes;
    }

    private static Bytes joined(Bytes first, Bytes second) {
        byte[] both = new byte[first.size() + second.size()];
        System.arraycopy(first.toByteArray(), 0, both, 0, first.size());
        System.arraycopy(second.toByteArray(), 0, both, first.size(), second.size());
        return Bytes.copyOf(both);
    }
}
