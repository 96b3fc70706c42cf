/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.generators;

import com.amazonaws.services.s3.AmazonS3;
import com.amazonaws.services.s3.AmazonS3EncryptionClient;
import com.amazonaws.services.s3.model.CompleteMultipartUploadRequest;
import com.amazonaws.services.s3.model.CryptoConfiguration;
import com.amazonaws.services.s3.model.CryptoConfigurationV2;
import com.amazonaws.services.s3.model.CryptoMode;
import com.amazonaws.services.s3.model.CryptoStorageMode;
import com.amazonaws.services.s3.model.EncryptionMaterials;
import com.amazonaws.services.s3.model.InitiateMultipartUploadRequest;
import com.amazonaws.services.s3.model.KMSEncryptionMaterials;
import com.amazonaws.services.s3.model.ObjectMetadata;
import com.amazonaws.services.s3.model.PartETag;
import com.amazonaws.services.s3.model.PutInstructionFileRequest;
import com.amazonaws.services.s3.model.S3ObjectId;
import com.amazonaws.services.s3.model.UploadPartRequest;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/** Writes what the encryption clients of AWS SDK for Java 1 write, in all their modes. */
public final class AwsSdkJava1 {
    private static final Map<String, String> FIRST = Map.of(
            "sdk",
            "AWS SDK for Java AmazonS3EncryptionClient",
            "version",
            "1.12.797",
            "script",
            "generators/aws-sdk-java-1");
    private static final Map<String, String> SECOND = Map.of(
            "sdk",
            "AWS SDK for Java AmazonS3EncryptionClientV2",
            "version",
            "1.12.797",
            "script",
            "generators/aws-sdk-java-1");
    private static final int[] SOME_SIZES = {0, 17, 1000};
    private static final int[] ALL_SIZES = {0, 1, 15, 16, 17, 33, 1000, 65536, 5242883};
    private static final int PART = 5 << 20;
    private static final Map<String, String> ASCII =
            new TreeMap<>(Map.of("team", "blue/green", "rotation", "2026-11 \"q4\" + 1"));
    private static final Map<String, String> LATIN = new TreeMap<>(Map.of("équipe", "Größe", "plain", "yes"));
    private static final Map<String, String> BEYOND_ASCII =
            new TreeMap<>(Map.of("équipe", "Größe 漢字 🔒", "plain", "yes"));
    private static final String OAEP = "RSA/ECB/OAEPWithSHA-256AndMGF1Padding";

    /** One way to write: a client in a mode, by the name that ids bear. */
    private record Way(String name, CryptoMode mode, boolean second, Provider provider) {
        String format(String key) {
            return mode == CryptoMode.EncryptionOnly && !key.startsWith("kms") ? "V1" : "V2";
        }

        String suite() {
            return mode == CryptoMode.EncryptionOnly ? "0x0070" : "0x0072";
        }

        String wrap(String key) {
            boolean old = mode == CryptoMode.EncryptionOnly;
            if (key.startsWith("kms")) {
                return second ? "kms+context" : "kms";
            }
            return key.startsWith("aes")
                    ? (second ? "AES/GCM" : old ? "AES" : "AESWrap")
                    : (second ? "RSA-OAEP-SHA1" : old ? "RSA" : OAEP);
        }
    }

    private final MasterKeys keys;
    private final Stores stores = new Stores();

    private AwsSdkJava1() throws Exception {
        keys = new MasterKeys(System.getenv("KW_KEYS"));
    }

    public static void main(String[] arguments) throws Exception {
        AwsSdkJava1 generator = new AwsSdkJava1();
        generator.matrix(new Way("eo", CryptoMode.EncryptionOnly, false, null));
        generator.matrix(new Way("ae", CryptoMode.AuthenticatedEncryption, false, null));
        generator.matrix(new Way("v2", CryptoMode.StrictAuthenticatedEncryption, true, null));
        generator.few(
                new Way("strict", CryptoMode.StrictAuthenticatedEncryption, false, null),
                "aes-256-a",
                "rsa-2048-a",
                "kms-a");
        generator.few(
                new Way("v2ae", CryptoMode.AuthenticatedEncryption, true, null), "aes-256-a", "rsa-2048-a", "kms-a");
        Provider bouncyCastle = new BouncyCastleProvider();
        // Its raw RSA is unpadded, which nobody is to read: EncryptionOnly with an RSA key stays out.
        generator.few(
                new Way("bc", CryptoMode.AuthenticatedEncryption, false, bouncyCastle),
                "aes-256-a",
                "rsa-2048-a",
                "rsa-3072-a",
                "rsa-4096-a");
        generator.few(new Way("bc-eo", CryptoMode.EncryptionOnly, false, bouncyCastle), "aes-256-a");
        generator.partner();
    }

    private void matrix(Way way) throws GeneralSecurityException {
        for (CryptoStorageMode storage : CryptoStorageMode.values()) {
            for (String key :
                    List.of("aes-128-a", "aes-192-a", "aes-256-a", "rsa-2048-a", "rsa-3072-a", "rsa-4096-a", "kms-a")) {
                boolean main = key.equals("aes-256-a") && storage == CryptoStorageMode.ObjectMetadata;
                put(way, storage, key, Map.of(), "", main ? ALL_SIZES : SOME_SIZES);
            }
            for (String key : List.of("aes-256-a", "rsa-2048-a", "kms-a")) {
                put(way, storage, key, ASCII, "ascii", 17);
                put(way, storage, key, LATIN, "latin", 17);
                if (storage == CryptoStorageMode.InstructionFile) {
                    put(way, storage, key, BEYOND_ASCII, "beyond-ascii", 17);
                }
            }
        }
        for (String key : List.of("aes-256-a", "kms-a")) {
            multipart(way, key);
        }
    }

    private void few(Way way, String... some) throws GeneralSecurityException {
        for (String key : some) {
            put(way, CryptoStorageMode.ObjectMetadata, key, Map.of(), "", SOME_SIZES);
        }
    }

    private AmazonS3 client(Way way, CryptoStorageMode storage, EncryptionMaterials materials) {
        if (way.second) {
            return stores.second(
                    new CryptoConfigurationV2().withCryptoMode(way.mode).withStorageMode(storage), materials);
        }
        CryptoConfiguration configuration = new CryptoConfiguration(way.mode).withStorageMode(storage);
        return stores.first(
                way.provider == null
                        ? configuration
                        : configuration.withCryptoProvider(way.provider).withAlwaysUseCryptoProvider(true),
                materials);
    }

    private EncryptionMaterials materials(String key, Map<String, String> description) throws GeneralSecurityException {
        EncryptionMaterials materials = key.startsWith("kms")
                ? new KMSEncryptionMaterials(keys.kmsArn(key))
                : key.startsWith("aes")
                        ? new EncryptionMaterials(keys.aes(key))
                        : new EncryptionMaterials(keys.rsa(key));
        description.forEach(materials::addDescription);
        return materials;
    }

    private Written written(Way way, CryptoStorageMode storage, String key, String more, int size, String comment) {
        String location = storage == CryptoStorageMode.ObjectMetadata ? "metadata" : "instruction";
        String wrap = way.wrap(key);
        String shortWrap = wrap.equals(OAEP) ? "OAEP256" : wrap.replaceAll("[^A-Za-z0-9]", "");
        String id = String.join(
                "-",
                "awsj1",
                way.name,
                way.format(key),
                way.suite().substring(2),
                shortWrap,
                key.replace("-", ""),
                location);
        return new Written(more.isEmpty() ? id : id + "-" + more, size, comment, way.second ? SECOND : FIRST)
                .shape(way.format(key), way.suite(), wrap, location, key);
    }

    /** What the caller must say of it on read. The legacy wrap kms takes no context. */
    private static void describe(Written written, Way way, String key, Map<String, String> map) {
        if (!map.isEmpty() && !key.startsWith("kms")) {
            written.with("materialsDescription", map);
        } else if (!map.isEmpty() && way.second) {
            written.with("encryptionContext", map);
        }
    }

    private void put(Way way, CryptoStorageMode storage, String key, Map<String, String> map, String more, int... sizes)
            throws GeneralSecurityException {
        AmazonS3 client = client(way, storage, materials(key, map));
        for (int size : sizes) {
            String by = way.provider == null ? "" : " with BouncyCastle as its provider";
            String comment = "Put in mode " + way.mode + by + ", " + way.wrap(key) + " under " + key
                    + (map.isEmpty() ? "" : ", with a materials description") + ", " + size + " bytes.";
            Written written = written(way, storage, key, more, size, comment);
            ObjectMetadata metadata = new ObjectMetadata();
            metadata.setContentLength(size);
            client.putObject(Stores.BUCKET, written.id, new ByteArrayInputStream(written.plaintext()), metadata);
            describe(written, way, key, map);
            written.print();
        }
    }

    private void multipart(Way way, String key) throws GeneralSecurityException {
        String comment = "Uploaded in two parts in mode " + way.mode + ", the last of 3 bytes.";
        Written written = written(way, CryptoStorageMode.ObjectMetadata, key, "multipart", PART + 3, comment);
        AmazonS3 client = client(way, CryptoStorageMode.ObjectMetadata, materials(key, Map.of()));
        String upload = client.initiateMultipartUpload(new InitiateMultipartUploadRequest(Stores.BUCKET, written.id))
                .getUploadId();
        byte[] plaintext = written.plaintext();
        PartETag first = part(client, written, upload, 1, plaintext, 0, PART);
        PartETag last = part(client, written, upload, 2, plaintext, PART, 3);
        client.completeMultipartUpload(
                new CompleteMultipartUploadRequest(Stores.BUCKET, written.id, upload, List.of(first, last)));
        written.print();
    }

    private static PartETag part(
            AmazonS3 client, Written written, String upload, int number, byte[] plaintext, int from, int size) {
        return client.uploadPart(new UploadPartRequest()
                        .withBucketName(Stores.BUCKET)
                        .withKey(written.id)
                        .withUploadId(upload)
                        .withPartNumber(number)
                        .withInputStream(new ByteArrayInputStream(plaintext, from, size))
                        .withPartSize(size)
                        .withLastPart(number == 2))
                .getPartETag();
    }

    /** A second instruction file for somebody else's key, under a suffix of its own. */
    private void partner() throws GeneralSecurityException {
        Map<String, String> theirs = Map.of("for", "partner");
        for (String key : List.of("aes-256-b", "rsa-2048-b")) {
            Way way = new Way("ae", CryptoMode.AuthenticatedEncryption, false, null);
            Written written = written(
                    way,
                    CryptoStorageMode.InstructionFile,
                    key,
                    "partner",
                    33,
                    "Shared with a partner by a second instruction file, under a suffix of its own.");
            AmazonS3EncryptionClient client = (AmazonS3EncryptionClient)
                    client(way, CryptoStorageMode.InstructionFile, materials("aes-256-a", Map.of("for", "us")));
            ObjectMetadata metadata = new ObjectMetadata();
            metadata.setContentLength(written.size);
            client.putObject(Stores.BUCKET, written.id, new ByteArrayInputStream(written.plaintext()), metadata);
            client.putInstructionFile(new PutInstructionFileRequest(
                    new S3ObjectId(Stores.BUCKET, written.id), materials(key, theirs), "partner"));
            written.with("materialsDescription", theirs)
                    .with("instructionSuffix", ".partner")
                    .print();
        }
    }
}
