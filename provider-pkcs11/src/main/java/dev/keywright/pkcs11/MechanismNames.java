/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import java.util.Map;

/** The names of the mechanisms that matter to an operator of wrapping keys. */
final class MechanismNames {
    private static final Map<Long, String> NAMES = Map.ofEntries(
            Map.entry(0x0000L, "CKM_RSA_PKCS_KEY_PAIR_GEN"),
            Map.entry(0x0001L, "CKM_RSA_PKCS"),
            Map.entry(0x0003L, "CKM_RSA_X_509"),
            Map.entry(0x0009L, "CKM_RSA_PKCS_OAEP"),
            Map.entry(0x000DL, "CKM_RSA_PKCS_PSS"),
            Map.entry(0x0220L, "CKM_SHA_1"),
            Map.entry(0x0250L, "CKM_SHA256"),
            Map.entry(0x0350L, "CKM_GENERIC_SECRET_KEY_GEN"),
            Map.entry(0x1040L, "CKM_EC_KEY_PAIR_GEN"),
            Map.entry(0x1041L, "CKM_ECDSA"),
            Map.entry(0x1050L, "CKM_ECDH1_DERIVE"),
            Map.entry(0x1080L, "CKM_AES_KEY_GEN"),
            Map.entry(0x1081L, "CKM_AES_ECB"),
            Map.entry(0x1082L, "CKM_AES_CBC"),
            Map.entry(0x1085L, "CKM_AES_CBC_PAD"),
            Map.entry(0x1086L, "CKM_AES_CTR"),
            Map.entry(0x1087L, "CKM_AES_GCM"),
            Map.entry(0x1088L, "CKM_AES_CCM"),
            Map.entry(0x108AL, "CKM_AES_CMAC"),
            Map.entry(0x2109L, "CKM_AES_KEY_WRAP"),
            Map.entry(0x210AL, "CKM_AES_KEY_WRAP_PAD"),
            Map.entry(CryptokiConstants.CKM_CLOUDHSM_AES_GCM, "CKM_CLOUDHSM_AES_GCM"),
            Map.entry(CryptokiConstants.CKM_CLOUDKMS_AES_GCM, "CKM_CLOUDKMS_AES_GCM"));

    private MechanismNames() {}

    static String of(long number) {
        String name = NAMES.get(number);
        return name == null ? "CKM 0x%08X".formatted(number) : name;
    }
}
