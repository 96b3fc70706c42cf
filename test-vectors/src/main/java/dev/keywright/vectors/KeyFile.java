/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import dev.keywright.spi.Bytes;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Reads the test master keys of a corpus (vector format, section 2). */
final class KeyFile {
    static final String NAME = "keys.json";

    private static final Set<Long> AES_BITS = Set.of(128L, 192L, 256L);

    private KeyFile() {}

    static Map<String, VectorKey> read(Path folder) throws IOException {
        Map<String, VectorKey> keys = new TreeMap<>();
        for (Map.Entry<String, Fields> entry :
                Fields.read(folder.resolve(NAME), NAME).objects().entrySet()) {
            keys.put(entry.getKey(), key(entry.getKey(), entry.getValue()));
        }
        return keys;
    }

    private static VectorKey key(String id, Fields fields) throws CorpusException {
        String type = fields.text("type");
        VectorKey key = switch (type) {
            case "AES" -> aes(id, fields);
            case "RSA" -> rsa(id, fields);
            case "KMS" -> new VectorKey.Kms(id, fields.text("keyId"), fields.textList("aliases"));
            default -> throw fields.wrong("'" + type + "' is no type of key: AES, RSA or KMS");
        };
        fields.done();
        return key;
    }

    private static VectorKey aes(String id, Fields fields) throws CorpusException {
        long bits = fields.number("bits");
        Bytes key = fields.base64("key");
        if (!AES_BITS.contains(bits) || key.size() * 8L != bits) {
            throw fields.wrong("a key of " + key.size() + " bytes, said to have " + bits + " bits");
        }
        return new VectorKey.Aes(id, key);
    }

    private static VectorKey rsa(String id, Fields fields) throws CorpusException {
        long bits = fields.number("bits");
        byte[] privateHalf = fields.base64("pkcs8").toByteArray();
        byte[] publicHalf = fields.base64("spki").toByteArray();
        try {
            KeyFactory keys = KeyFactory.getInstance("RSA");
            if (keys.generatePublic(new X509EncodedKeySpec(publicHalf)) instanceof RSAPublicKey spki
                    && keys.generatePrivate(new PKCS8EncodedKeySpec(privateHalf)) instanceof RSAPrivateKey pkcs8
                    && spki.getModulus().equals(pkcs8.getModulus())
                    && spki.getModulus().bitLength() == bits) {
                return new VectorKey.Rsa(id, new KeyPair(spki, pkcs8));
            }
        } catch (GeneralSecurityException e) {
            throw fields.wrong("its RSA key can't be read");
        }
        throw fields.wrong("pkcs8 and spki are not one RSA key of " + bits + " bits");
    }
}
