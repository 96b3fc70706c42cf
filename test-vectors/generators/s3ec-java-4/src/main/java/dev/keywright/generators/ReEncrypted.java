/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.generators;

import java.util.List;
import java.util.Map;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.encryption.s3.S3EncryptionClient;
import software.amazon.encryption.s3.internal.ReEncryptInstructionFileRequest;
import software.amazon.encryption.s3.materials.AesKeyring;
import software.amazon.encryption.s3.materials.MaterialsDescription;
import software.amazon.encryption.s3.materials.PartialRsaKeyPair;
import software.amazon.encryption.s3.materials.RawKeyring;
import software.amazon.encryption.s3.materials.RsaKeyring;

/** Instruction files that S3EC Java made from older ones: rotated keys, and a copy for a partner. */
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
            rotated(
                    committing,
                    "rsa-2048-a",
                    rsa("rsa-2048-a", OLD),
                    "RSA-OAEP-SHA1",
                    "rsa-3072-a",
                    rsa("rsa-3072-a", NEW));
            forPartner(committing);
        }
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
                "-",
                "s3ecj4",
                format,
                suite.substring(2),
                wrap.replaceAll("[^A-Za-z0-9]", ""),
                key.replace("-", ""),
                "instruction",
                more);
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
        client(committing, before)
                .reEncryptInstructionFile(ReEncryptInstructionFileRequest.builder()
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
        client(committing, own)
                .reEncryptInstructionFile(ReEncryptInstructionFileRequest.builder()
                        .bucket(Stores.BUCKET)
                        .key(written.id)
                        .instructionFileSuffix("partner")
                        .newKeyring(rsa("rsa-2048-b", NEW))
                        .build());
        written.print();
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
