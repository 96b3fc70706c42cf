/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.wycheproof;

/** What is tested: a row of every table of results. */
public enum Algorithm {
    /** Content, and the wrap {@code AES/GCM}; tags of 128 bits (NIST SP 800-38D). */
    AES_GCM("AES-GCM"),
    /** GCM's authentication alone (NIST SP 800-38D). */
    AES_GMAC("AES-GMAC"),
    /** The legacy wrap {@code AESWrap} (RFC 3394). */
    AES_KW("AES-KW"),
    /** Legacy content, padded as PKCS #7 has it. */
    AES_CBC_PKCS5("AES-CBC-PKCS5"),
    /** The wrap {@code RSA-OAEP-SHA1}, with MGF1 over any hash (RFC 8017, section 7.1). */
    RSA_OAEP_SHA1("RSA-OAEP SHA-1"),
    /** The legacy wrap with SHA-256, with MGF1 over any hash. */
    RSA_OAEP_SHA256("RSA-OAEP SHA-256"),
    /** OAEP with hashes that no S3 object was ever wrapped with: SHA-224, SHA-384, SHA-512. */
    RSA_OAEP_OTHER("RSA-OAEP, other hashes"),
    /** Decryption of PKCS #1 v1.5 (RFC 8017, section 7.2), as the oldest RSA wraps need it. */
    RSA_PKCS1("RSA PKCS #1 v1.5"),
    /** The derivation of content keys and commitments (RFC 5869). */
    HKDF_SHA512("HKDF-SHA-512");

    private final String title;

    Algorithm(String title) {
        this.title = title;
    }

    /** As people write it. */
    public String title() {
        return title;
    }
}
