/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.generators;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.SdkPartType;
import software.amazon.encryption.s3.S3AsyncEncryptionClient;
import software.amazon.encryption.s3.S3EncryptionClient;
import software.amazon.encryption.s3.materials.AesKeyring;
import software.amazon.encryption.s3.materials.Keyring;
import software.amazon.encryption.s3.materials.KmsKeyring;
import software.amazon.encryption.s3.materials.MaterialsDescription;
import software.amazon.encryption.s3.materials.PartialRsaKeyPair;
import software.amazon.encryption.s3.materials.RsaKeyring;

/** What S3EC Java can write in one format: every wrap, place, size, description and context. */
final class Matrix {
    static final int[] SOME_SIZES = {0, 17, 1000};
    private static final int[] ALL_SIZES = {0, 1, 15, 16, 17, 33, 1000, 65536, 5242883};
    private static final int PART = 5 << 20;
    private static final Map<String, String> ASCII = map("team", "blue/green", "rotation", "2026-11 \"q4\" + 1");
    /** The SDK's HTTP clients send headers as Latin-1, with a question mark for what that lacks; the JSON escapes the lock. */
    private static final Map<String, String> LATIN = map("équipe", "Größe 🔒", "plain", "yes");

    private static final Map<String, String> BEYOND_LATIN = map("équipe", "Größe 漢字 🔒", "plain", "yes");

    /** Makes clients for a keyring. */
    interface Clients {
        S3AsyncEncryptionClient asynchronous(Keyring keyring, boolean instructionFiles);

        /** Only this one has the low-level multipart calls. */
        S3EncryptionClient blocking(Keyring keyring);
    }

    private final String shortName;
    private final Map<String, String> producer;
    private final String format;
    private final String suite;
    private final Stores stores;
    private final MasterKeys keys;
    private final Clients clients;

    Matrix(
            String shortName,
            Map<String, String> producer,
            String format,
            String suite,
            Stores stores,
            MasterKeys keys,
            Clients clients) {
        this.shortName = shortName;
        this.producer = producer;
        this.format = format;
        this.suite = suite;
        this.stores = stores;
        this.keys = keys;
        this.clients = clients;
    }

    void write() throws GeneralSecurityException {
        for (String location : List.of("metadata", "instruction")) {
            for (String key : List.of("aes-128-a", "aes-192-a", "aes-256-a")) {
                boolean main = key.equals("aes-256-a") && location.equals("metadata");
                put("AES/GCM", location, key, Map.of(), "", main ? ALL_SIZES : SOME_SIZES);
            }
            for (String key : List.of("rsa-2048-a", "rsa-3072-a", "rsa-4096-a")) {
                put("RSA-OAEP-SHA1", location, key, Map.of(), "", SOME_SIZES);
            }
            put("kms+context", location, "kms-a", Map.of(), "", SOME_SIZES);
            for (String key : List.of("aes-256-a", "rsa-2048-a", "kms-a")) {
                String wrap = wrapOf(key);
                put(wrap, location, key, ASCII, "ascii", 17);
                put(wrap, location, key, LATIN, "latin", 17);
                if (location.equals("instruction")) {
                    put(wrap, location, key, BEYOND_LATIN, "beyond-latin", 17);
                }
            }
        }
        multipart();
        aliased();
    }

    private static String wrapOf(String key) {
        return key.startsWith("aes") ? "AES/GCM" : key.startsWith("rsa") ? "RSA-OAEP-SHA1" : "kms+context";
    }

    /** A keyring; the description is used for raw keys only. */
    private Keyring keyring(String key, Map<String, String> description) throws GeneralSecurityException {
        MaterialsDescription stored =
                MaterialsDescription.builder().putAll(description).build();
        if (key.startsWith("aes")) {
            return AesKeyring.builder()
                    .wrappingKey(keys.aes(key))
                    .materialsDescription(stored)
                    .build();
        }
        if (key.startsWith("rsa")) {
            return RsaKeyring.builder()
                    .wrappingKeyPair(new PartialRsaKeyPair(keys.rsa(key)))
                    .materialsDescription(stored)
                    .build();
        }
        return kmsKeyring(keys.kmsArn(key));
    }

    private Keyring kmsKeyring(String keyId) {
        return KmsKeyring.builder().kmsClient(stores.kms).wrappingKeyId(keyId).build();
    }

    private Written written(String wrap, String location, String key, String more, int size, String comment) {
        String id = String.join(
                "-",
                shortName,
                format,
                suite.substring(2),
                wrap.replaceAll("[^A-Za-z0-9]", ""),
                key.replace("-", ""),
                location);
        return new Written(more.isEmpty() ? id : id + "-" + more, size, comment, producer)
                .shape(format, suite, wrap, location, key);
    }

    private void put(String wrap, String location, String key, Map<String, String> map, String more, int... sizes)
            throws GeneralSecurityException {
        boolean kms = key.startsWith("kms");
        S3AsyncEncryptionClient client = clients.asynchronous(keyring(key, map), location.equals("instruction"));
        for (int size : sizes) {
            String what =
                    map.isEmpty() ? "" : (kms ? ", with an encryption context" : ", with a materials description");
            String comment = "Put by S3EC Java, " + wrap + " under " + key + what + ", " + size + " bytes.";
            Written written = written(wrap, location, key, more, size, comment);
            client.putObject(
                            request -> {
                                request.bucket(Stores.BUCKET).key(written.id);
                                if (kms && !map.isEmpty()) {
                                    request.overrideConfiguration(
                                            S3AsyncEncryptionClient.withAdditionalEncryptionContext(map));
                                }
                            },
                            AsyncRequestBody.fromBytes(written.plaintext()))
                    .join();
            if (!map.isEmpty()) {
                written.with(kms ? "encryptionContext" : "materialsDescription", map);
            }
            written.print();
        }
    }

    /** The low-level calls, one part of 5 MiB and a short one. */
    private void multipart() throws GeneralSecurityException {
        for (String key : List.of("aes-256-a", "rsa-3072-a", "kms-a")) {
            String comment = "Uploaded in two parts by S3EC Java, the last of 3 bytes.";
            Written written = written(wrapOf(key), "metadata", key, "multipart", PART + 3, comment);
            byte[] plaintext = written.plaintext();
            S3EncryptionClient client = clients.blocking(keyring(key, Map.of()));
            String upload = client.createMultipartUpload(
                            request -> request.bucket(Stores.BUCKET).key(written.id))
                    .uploadId();
            CompletedPart first = part(client, written, upload, 1, Arrays.copyOf(plaintext, PART), SdkPartType.DEFAULT);
            byte[] rest = Arrays.copyOfRange(plaintext, PART, plaintext.length);
            CompletedPart last = part(client, written, upload, 2, rest, SdkPartType.LAST);
            client.completeMultipartUpload(request -> request.bucket(Stores.BUCKET)
                    .key(written.id)
                    .uploadId(upload)
                    .multipartUpload(parts -> parts.parts(first, last)));
            written.print();
        }
    }

    private static CompletedPart part(
            S3EncryptionClient client, Written written, String upload, int number, byte[] bytes, SdkPartType type) {
        String etag = client.uploadPart(
                        request -> request.bucket(Stores.BUCKET)
                                .key(written.id)
                                .uploadId(upload)
                                .partNumber(number)
                                .contentLength((long) bytes.length)
                                .sdkPartType(type),
                        RequestBody.fromBytes(bytes))
                .eTag();
        return CompletedPart.builder().partNumber(number).eTag(etag).build();
    }

    /** The writer names its KMS key by an alias. */
    private void aliased() {
        Written written =
                written("kms+context", "metadata", "kms-b", "alias", 17, "The writer named its KMS key by an alias.");
        S3AsyncEncryptionClient client = clients.asynchronous(kmsKeyring(keys.kmsAlias("kms-b")), false);
        client.putObject(
                        request -> request.bucket(Stores.BUCKET).key(written.id),
                        AsyncRequestBody.fromBytes(written.plaintext()))
                .join();
        written.print();
    }

    private static Map<String, String> map(String... namesAndValues) {
        Map<String, String> map = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            map.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return map;
    }
}
