/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.wycheproof;

import java.util.Arrays;

/** The files that are read, with what each must say that it is. */
enum VectorFile {
    AES_GCM("aes_gcm_test.json", "AES-GCM", Layout.AEAD, 316),
    AES_GMAC("aes_gmac_test.json", "AES-GMAC", Layout.MAC_WITH_IV, 414),
    AES_WRAP("aes_wrap_test.json", "AES-WRAP", Layout.KEY_WRAP, 165),
    AES_CBC_PKCS5("aes_cbc_pkcs5_test.json", "AES-CBC-PKCS5", Layout.CBC, 216),
    OAEP_2048_SHA1_SHA1("rsa_oaep_2048_sha1_mgf1sha1_test.json", "RSAES-OAEP", Layout.OAEP, 36),
    OAEP_2048_SHA256_SHA1("rsa_oaep_2048_sha256_mgf1sha1_test.json", "RSAES-OAEP", Layout.OAEP, 31),
    OAEP_2048_SHA256_SHA256("rsa_oaep_2048_sha256_mgf1sha256_test.json", "RSAES-OAEP", Layout.OAEP, 37),
    OAEP_3072_SHA256_SHA1("rsa_oaep_3072_sha256_mgf1sha1_test.json", "RSAES-OAEP", Layout.OAEP, 32),
    OAEP_3072_SHA256_SHA256("rsa_oaep_3072_sha256_mgf1sha256_test.json", "RSAES-OAEP", Layout.OAEP, 37),
    OAEP_4096_SHA256_SHA1("rsa_oaep_4096_sha256_mgf1sha1_test.json", "RSAES-OAEP", Layout.OAEP, 32),
    OAEP_4096_SHA256_SHA256("rsa_oaep_4096_sha256_mgf1sha256_test.json", "RSAES-OAEP", Layout.OAEP, 37),
    OAEP_MISC("rsa_oaep_misc_test.json", "RSAES-OAEP", Layout.OAEP, 395),
    PKCS1_2048("rsa_pkcs1_2048_test.json", "RSAES-PKCS1-v1_5", Layout.PKCS1, 67),
    PKCS1_3072("rsa_pkcs1_3072_test.json", "RSAES-PKCS1-v1_5", Layout.PKCS1, 67),
    PKCS1_4096("rsa_pkcs1_4096_test.json", "RSAES-PKCS1-v1_5", Layout.PKCS1, 67),
    HKDF_SHA512("hkdf_sha512_test.json", "HKDF-SHA-512", Layout.HKDF, 83);

    /** How a file's groups and cases are laid out: its schema, and the type that each group repeats. */
    enum Layout {
        AEAD("aead_test_schema_v1.json", "AeadTest"),
        MAC_WITH_IV("mac_with_iv_test_schema_v1.json", "MacWithIvTest"),
        KEY_WRAP("keywrap_test_schema_v1.json", "KeywrapTest"),
        CBC("ind_cpa_test_schema_v1.json", "IndCpaTest"),
        OAEP("rsaes_oaep_decrypt_schema_v1.json", "RsaesOaepDecrypt"),
        PKCS1("rsaes_pkcs1_decrypt_schema_v1.json", "RsaesPkcs1Decrypt"),
        HKDF("hkdf_test_schema_v1.json", "HkdfTest");

        final String schema;
        final String groupType;

        Layout(String schema, String groupType) {
            this.schema = schema;
            this.groupType = groupType;
        }
    }

    final String fileName;
    final String algorithm;
    final Layout layout;
    /** How many cases it has at the commit that results are pinned for: what is not run where it is absent. */
    final int pinnedCases;

    VectorFile(String fileName, String algorithm, Layout layout, int pinnedCases) {
        this.fileName = fileName;
        this.algorithm = algorithm;
        this.layout = layout;
        this.pinnedCases = pinnedCases;
    }

    static int pinnedCasesOfAll() {
        return Arrays.stream(values()).mapToInt(file -> file.pinnedCases).sum();
    }
}
