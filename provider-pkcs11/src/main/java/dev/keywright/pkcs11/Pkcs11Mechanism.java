/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

/** The mechanisms that master keys use. A vendor's own mechanism can stand in for one ({@link Pkcs11Quirks}). */
public enum Pkcs11Mechanism {
    /** AES-GCM: the wrap {@code AES/GCM}. */
    AES_GCM(CryptokiConstants.CKM_AES_GCM),
    /** AES-ECB: padded, the legacy wrap {@code AES}; and what emulation is made of. */
    AES_ECB(CryptokiConstants.CKM_AES_ECB),
    /** AES-CBC without padding: opens the legacy wrap {@code AES} where there is no ECB. */
    AES_CBC(CryptokiConstants.CKM_AES_CBC),
    /** AES key wrap (RFC 3394): the legacy wrap {@code AESWrap}. */
    AES_KEY_WRAP(CryptokiConstants.CKM_AES_KEY_WRAP),
    /** RSAES-OAEP: the wrap {@code RSA-OAEP-SHA1}, and a legacy one with SHA-256. */
    RSA_PKCS_OAEP(CryptokiConstants.CKM_RSA_PKCS_OAEP),
    /** RSAES-PKCS1-v1_5: the legacy wrap {@code RSA}. */
    RSA_PKCS(CryptokiConstants.CKM_RSA_PKCS),
    /** RSA without padding: what OAEP is decoded from where the token does not know its hash. */
    RSA_X_509(CryptokiConstants.CKM_RSA_X_509);

    private final long number;

    Pkcs11Mechanism(long number) {
        this.number = number;
    }

    /** Its number in PKCS #11 version 2.40. */
    public long standardNumber() {
        return number;
    }

    /** As the specification writes it: {@code CKM_AES_GCM}. */
    @Override
    public String toString() {
        return "CKM_" + name();
    }
}
