/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.generators;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.encryption.s3.S3EncryptionClient;
import software.amazon.encryption.s3.internal.ReEncryptInstructionFileRequest;
import software.amazon.encryption.s3.materials.AesKeyring;
import software.amazon.encryption.s3.materials.MaterialsDescription;
import software.amazon.encryption.s3.materials.PartialRsaKeyPair;
import software.amazon.encryption.s3.materials.RawKeyring;
import software.amazon.encryption.s3.materials.RsaKeyring;

/** Instruction files that S3EC Java made from older ones: rotated keys, a copy for a partner, and old CBC objects. */
final class ReEncrypted {
    private static final Map<String, String> OLD = Map.of("rotation", "1");
    private static final Map<String, String> NEW = Map.of("rotation", "2");

    private final Stores stores;
    private final MasterKeys keys;

    ReEncrypted(Stores stores, MasterKeys keys) {
        this.stores = stores;
        this.keys = keys;
    }

    void write() throws Exception {
        for (boolean committing : List.of(true, false)) {
            rotated(committing, "aes-256-a", aes("aes-256-a", OLD), "AES/GCM", "aes-256-b", aes("aes-256-b", NEW));
            rotated(committing, "rsa-2048-a", rsa("rsa-2048-a", OLD), "RSA-OAEP-SHA1", "rsa-3072-a", rsa("rsa-3072-a", NEW));
            forPartner(committing);
        }
        oldContent("AES/GCM", "aes-256-b", aes("aes-256-b", NEW));
        oldContent("RSA-OAEP-SHA1", "rsa-2048-a", rsa("rsa-2048-a", NEW));
    }

    private RawKeyring<?> aes(String key, Map<String, String> description) {
        return AesKeyring.builder()
                .wrappingKey(keys.aes(key))
                .enableLegacyWrappingAlgorithms(true)
                .materialsDescription(description(description))
                .build();
    }

    private RawKeyring<?> rsa(String key, Map<String, String> description) throws Exception {
        return RsaKeyring.builder()
                .wrappingKeyPair(new PartialRsaKeyPair(keys.rsa(key)))
                .materialsDescription(description(description))
                .build();
    }

    private static MaterialsDescription description(Map<String, String> map) {
        return MaterialsDescription.builder().putAll(map).build();
    }

    private S3EncryptionClient client(boolean committing, RawKeyring<?> keyring) {
        return new Clients(stores, committing).reEncrypting(keyring);
    }

    private Written written(boolean committing, String wrap, String key, String more, int size, String comment) {
        String format = committing ? "V3" : "V2";
        String suite = committing ? "0x0073" : "0x0072";
        String id = String.join(
                "-", "s3ecj4", format, suite.substring(2), wrap.replaceAll("[^A-Za-z0-9]", ""), key.replace("-", ""), "instruction", more);
        return new Written(id, size, comment, S3ecJava4.PRODUCER)
                .shape(format, suite, wrap, "instruction", key)
                .with("materialsDescription", NEW);
    }

    /** The master key was changed: the file was written anew in its place. */
    private void rotated(
            boolean committing, String from, RawKeyring<?> before, String wrap, String key, RawKeyring<?> after) {
        String comment = "Written under " + from + "; its instruction file was re-encrypted to " + key + ".";
        Written written = written(committing, wrap, key, "rotated", 33, comment);
        put(committing, before, written);
        client(committing, before).reEncryptInstructionFile(ReEncryptInstructionFileRequest.builder()
                .bucket(Stores.BUCKET)
                .key(written.id)
                .newKeyring(after)
                .build());
        written.print();
    }

    /** A second instruction file, for somebody else's key, under a suffix of its own. */
    private void forPartner(boolean committing) throws Exception {
        Written written = written(
                        committing,
                        "RSA-OAEP-SHA1",
                        "rsa-2048-b",
                        "partner",
                        33,
                        "Shared with a partner by a second instruction file, under a suffix of its own.")
                .with("instructionSuffix", ".partner");
        RawKeyring<?> own = rsa("rsa-4096-a", OLD);
        put(committing, own, written);
        client(committing, own).reEncryptInstructionFile(ReEncryptInstructionFileRequest.builder()
                .bucket(Stores.BUCKET)
                .key(written.id)
                .instructionFileSuffix("partner")
                .newKeyring(rsa("rsa-2048-b", NEW))
                .build());
        written.print();
    }

    /**
     * An object of format V1, made here with the JDK, whose instruction file S3EC Java re-encrypted: names of V2, a tag length
     * of 0, and a wrap bound to GCM over content in CBC.
     */
    private void oldContent(String wrap, String key, RawKeyring<?> after) throws Exception {
        for (int size : Matrix.SOME_SIZES) {
            Written written = new Written(
                            String.join("-", "s3ecj4-V2-0070", wrap.replaceAll("[^A-Za-z0-9]", ""), key.replace("-", ""), "instruction-rotated"),
                            size,
                            "A CBC object of format V1 whose instruction file S3EC Java re-encrypted to " + key + ".",
                            S3ecJava4.PRODUCER)
                    .shape("V2", "0x0070", wrap, "instruction", key)
                    .with("materialsDescription", NEW);
            putV1(written, wrap.startsWith("AES") ? keys.aes("aes-256-a") : null);
            RawKeyring<?> before = wrap.startsWith("AES")
                    ? aes("aes-256-a", OLD)
                    : RsaKeyring.builder()
                            .wrappingKeyPair(new PartialRsaKeyPair(keys.rsa("rsa-4096-a")))
                            .enableLegacyWrappingAlgorithms(true)
                            .materialsDescription(description(OLD))
                            .build();
            client(false, before).reEncryptInstructionFile(ReEncryptInstructionFileRequest.builder()
                    .bucket(Stores.BUCKET)
                    .key(written.id)
                    .newKeyring(after)
                    .build());
            written.print();
        }
    }

    /** @param master the AES key that wraps the data key; null for an RSA key */
    private void putV1(Written written, SecretKey master) throws Exception {
        SecureRandom random = new SecureRandom();
        byte[] dataKey = new byte[32];
        byte[] iv = new byte[16];
        random.nextBytes(dataKey);
        random.nextBytes(iv);
        Cipher content = Cipher.getInstance("AES/CBC/PKCS5Padding");
        content.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(dataKey, "AES"), new IvParameterSpec(iv));
        Cipher wrap = Cipher.getInstance(master == null ? "RSA/ECB/PKCS1Padding" : "AES/ECB/PKCS5Padding");
        wrap.init(Cipher.ENCRYPT_MODE, master == null ? keys.rsa("rsa-4096-a").getPublic() : master);
        Base64.Encoder base64 = Base64.getEncoder();
        byte[] file = new ObjectMapper()
                .writeValueAsBytes(Map.of(
                        "x-amz-key", base64.encodeToString(wrap.doFinal(dataKey)),
                        "x-amz-iv", base64.encodeToString(iv),
                        "x-amz-matdesc", "{\"rotation\":\"1\"}"));
        byte[] body = content.doFinal(written.plaintext());
        stores.blocking.putObject(
                request -> request.bucket(Stores.BUCKET).key(written.id + ".instruction"), RequestBody.fromBytes(file));
        stores.blocking.putObject(request -> request.bucket(Stores.BUCKET).key(written.id), RequestBody.fromBytes(body));
    }

    private void put(boolean committing, RawKeyring<?> keyring, Written written) {
        new Clients(stores, committing)
                .asynchronous(keyring, true)
                .putObject(
                        request -> request.bucket(Stores.BUCKET).key(written.id),
                        AsyncRequestBody.fromBytes(written.plaintext()))
                .join();
    }
}
