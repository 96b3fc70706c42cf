/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.jca.JcaKeyrings;
import dev.keywright.spi.Keyring;
import java.security.KeyPair;
import java.util.Map;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import software.amazon.encryption.s3.materials.AesKeyring;
import software.amazon.encryption.s3.materials.MaterialsDescription;
import software.amazon.encryption.s3.materials.PartialRsaKeyPair;
import software.amazon.encryption.s3.materials.RsaKeyring;
import software.amazon.encryption.s3.materials.S3Keyring;

/** One master key, as Keywright has it and as the peer has it. */
interface PeerKey {
    /** The wrap and where our half of the key is. */
    String name();

    /** Our keyring; the caller closes it. */
    Keyring ours(Map<String, String> materialsDescription);

    /** The peer's keyring. */
    S3Keyring peers(Map<String, String> materialsDescription);

    /** Whether the key binds an encryption context, rather than having a materials description. */
    default boolean bindsContext() {
        return false;
    }

    /** An AES key that both have in memory. */
    static PeerKey aes(byte[] key) {
        return new PeerKey() {
            @Override
            public String name() {
                return "AES/GCM";
            }

            @Override
            public Keyring ours(Map<String, String> materialsDescription) {
                return JcaKeyrings.platform().description(materialsDescription).aes("AES key in memory", key);
            }

            @Override
            public S3Keyring peers(Map<String, String> materialsDescription) {
                return peersAes(new SecretKeySpec(key, "AES"), materialsDescription);
            }
        };
    }

    /** An RSA key pair that both have in memory. */
    static PeerKey rsa(KeyPair pair) {
        return new PeerKey() {
            @Override
            public String name() {
                return "RSA-OAEP-SHA1";
            }

            @Override
            public Keyring ours(Map<String, String> materialsDescription) {
                return JcaKeyrings.platform().description(materialsDescription).rsa("RSA key in memory", pair);
            }

            @Override
            public S3Keyring peers(Map<String, String> materialsDescription) {
                return peersRsa(pair, materialsDescription);
            }
        };
    }

    private static S3Keyring peersAes(SecretKey key, Map<String, String> materialsDescription) {
        return AesKeyring.builder()
                .wrappingKey(key)
                .materialsDescription(description(materialsDescription))
                .build();
    }

    private static S3Keyring peersRsa(KeyPair pair, Map<String, String> materialsDescription) {
        return RsaKeyring.builder()
                .wrappingKeyPair(new PartialRsaKeyPair(pair))
                .materialsDescription(description(materialsDescription))
                .build();
    }

    private static MaterialsDescription description(Map<String, String> entries) {
        return MaterialsDescription.builder().putAll(entries).build();
    }
}
