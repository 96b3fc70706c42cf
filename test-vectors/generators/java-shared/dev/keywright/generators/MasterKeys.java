/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.generators;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/** The corpus's keys.json. */
final class MasterKeys {
    private final JsonNode keys;

    MasterKeys(String file) throws IOException {
        keys = new ObjectMapper().readTree(new File(file));
    }

    SecretKey aes(String id) {
        return new SecretKeySpec(bytes(id, "key"), "AES");
    }

    KeyPair rsa(String id) throws GeneralSecurityException {
        KeyFactory factory = KeyFactory.getInstance("RSA");
        return new KeyPair(
                factory.generatePublic(new X509EncodedKeySpec(bytes(id, "spki"))),
                factory.generatePrivate(new PKCS8EncodedKeySpec(bytes(id, "pkcs8"))));
    }

    String kmsArn(String id) {
        return keys.get(id).get("keyId").asText();
    }

    String kmsAlias(String id) {
        return keys.get(id).get("aliases").get(0).asText();
    }

    private byte[] bytes(String id, String field) {
        return Base64.getDecoder().decode(keys.get(id).get(field).asText());
    }
}
