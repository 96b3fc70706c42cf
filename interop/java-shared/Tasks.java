/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.CodeSource;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/** The tasks of standard input, for peers in Java. What they read and print: ../README.md. */
final class Tasks {
    static final String BUCKET = System.getenv("KW_BUCKET");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final TypeReference<Map<String, String>> STRINGS = new TypeReference<>() {};

    private Tasks() {}

    /** A client under test. */
    interface Peer {
        void write(Task task) throws Exception;

        byte[] read(Task task) throws Exception;
    }

    /** One line of standard input. */
    record Task(Map<String, String> told) {
        String object() {
            return told.get("object");
        }

        boolean isV3() {
            return told.get("format").equals("V3");
        }

        boolean hasInstructionFile() {
            return told.get("location").equals("instruction");
        }

        Path plaintext() {
            return Path.of(told.get("plaintext"));
        }

        /** AES, RSA or KMS. */
        String keyType() {
            return told.get("keyType");
        }

        String keyId() {
            return told.get("key");
        }

        SecretKey aesKey() {
            return new SecretKeySpec(Base64.getDecoder().decode(told.get("key")), "AES");
        }

        KeyPair rsaKeys() throws GeneralSecurityException {
            KeyFactory rsa = KeyFactory.getInstance("RSA");
            Base64.Decoder base64 = Base64.getDecoder();
            return new KeyPair(
                    rsa.generatePublic(new X509EncodedKeySpec(base64.decode(told.get("publicKey")))),
                    rsa.generatePrivate(new PKCS8EncodedKeySpec(base64.decode(told.get("key")))));
        }

        /** The materials description, or the encryption context. */
        Map<String, String> text() throws JsonProcessingException {
            return JSON.readValue(told.get("text"), STRINGS);
        }
    }

    static void run(String sdk, Peer peer) throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        out.println(JSON.writeValueAsString(Map.of("sdk", sdk)));
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            out.println(JSON.writeValueAsString(done(JSON.readValue(line, STRINGS), peer)));
        }
    }

    private static Map<String, String> done(Map<String, String> told, Peer peer) {
        String id = told.get("task");
        try {
            if (told.get("do").equals("write")) {
                peer.write(new Task(told));
                return Map.of("task", id);
            }
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(peer.read(new Task(told)));
            return Map.of("task", id, "sha256", HexFormat.of().formatHex(digest));
        } catch (Exception e) { // whatever the client throws is the answer
            return Map.of("task", id, "failed", withCauses(e));
        }
    }

    private static String withCauses(Throwable e) {
        return e.getCause() == null ? e.toString() : e + " <- " + withCauses(e.getCause());
    }

    /** The version in the name of the jar that this class is from. */
    static String version(Class<?> ofJar) {
        CodeSource source = ofJar.getProtectionDomain().getCodeSource();
        String name = Path.of(source.getLocation().getPath()).getFileName().toString();
        return name.substring(name.lastIndexOf('-') + 1, name.length() - ".jar".length());
    }
}
