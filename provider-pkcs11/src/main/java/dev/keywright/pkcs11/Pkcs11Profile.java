/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

/**
 * What is known of some makers' tokens. Some of it was run; the rest is from the makers' documents, and {@code keywright token
 * check} tells whether it holds on a token. {@code docs/hsm} has a page for each.
 *
 * <p>A profile turns on no emulation: what weakens something is chosen by its own name.
 */
public enum Pkcs11Profile {
    /**
     * AWS CloudHSM, client SDK 5. From documents only. The HSM makes the IV of AES-GCM; AWS's own mechanism puts it before the
     * ciphertext, which is how S3's wrap has it.
     */
    AWS_CLOUDHSM(
            "aws-cloudhsm",
            false,
            "AWS CloudHSM, client SDK 5",
            Pkcs11Quirks.builder()
                    .gcmIv(Pkcs11Quirks.GcmIv.TOKEN_PREPENDS)
                    .number(Pkcs11Mechanism.AES_GCM, CryptokiConstants.CKM_CLOUDHSM_AES_GCM)
                    .build()),
    /**
     * Thales Luna 7. From documents only. Outside FIPS mode as the standard has it; in FIPS mode the HSM makes an IV of 16
     * bytes and appends it, which the S3 format has no room for: use an RSA key there.
     */
    THALES_LUNA("thales-luna", false, "Thales Luna 7, not in FIPS mode", Pkcs11Quirks.none()),
    /** Entrust nShield. From documents only. AES key wrap is for C_UnwrapKey alone. */
    ENTRUST_NSHIELD(
            "entrust-nshield",
            false,
            "Entrust nShield",
            Pkcs11Quirks.builder()
                    .keyUnwrapping(Pkcs11Quirks.KeyUnwrapping.C_UNWRAP_KEY)
                    .build()),
    /** YubiHSM 2. From documents only. Has no AES-GCM: use an RSA key, or emulation. */
    YUBIHSM2("yubihsm2", false, "YubiHSM 2", Pkcs11Quirks.none()),
    /**
     * Google Cloud KMS through libkmsp11. From documents and its source only. AES keys of purpose RAW_ENCRYPT_DECRYPT, by
     * Google's own mechanism, which writes the IV back; its RSA keys can't do OAEP with SHA-1, which the S3 format fixes. The
     * library takes any PIN or none.
     */
    GOOGLE_KMSP11(
            "google-kmsp11",
            false,
            "Google Cloud KMS, libkmsp11",
            Pkcs11Quirks.builder()
                    .gcmIv(Pkcs11Quirks.GcmIv.TOKEN_WRITES_BACK)
                    .number(Pkcs11Mechanism.AES_GCM, CryptokiConstants.CKM_CLOUDKMS_AES_GCM)
                    .loginWay(Pkcs11Quirks.LoginWay.NONE)
                    .build()),
    /** Nitrokey NetHSM. From documents only. No AES-GCM and no unwrapping functions: use an RSA key. */
    NETHSM(
            "nethsm",
            false,
            "Nitrokey NetHSM",
            Pkcs11Quirks.builder()
                    .keyUnwrapping(Pkcs11Quirks.KeyUnwrapping.C_DECRYPT)
                    .build()),
    /** TPM 2.0 through tpm2-pkcs11. Run, over a TPM in software. Has no AES-GCM: use an RSA key, or emulation. */
    TPM2(
            "tpm2",
            true,
            "TPM 2.0, tpm2-pkcs11",
            Pkcs11Quirks.builder()
                    .keyUnwrapping(Pkcs11Quirks.KeyUnwrapping.C_DECRYPT)
                    .build()),
    /** NSS softokn. Run. Needs an init argument that names its database: {@code configdir='sql:/folder' ...}. */
    NSS("nss", true, "NSS softokn", Pkcs11Quirks.none()),
    /** SoftHSM 2. Run. As the standard has it, but that OAEP is done with SHA-1 alone. */
    SOFTHSM("softhsm", true, "SoftHSM 2", Pkcs11Quirks.none()),
    /** openCryptoki's soft token. Run, in version 3.8, which has neither AES-GCM nor AES key wrap, as newer ones do. */
    OPENCRYPTOKI("opencryptoki", true, "openCryptoki, soft token", Pkcs11Quirks.none());

    private final String optionName;
    private final boolean run;
    private final String title;

    @SuppressWarnings("ImmutableEnumChecker") // it is immutable, and has no annotation to say so
    private final Pkcs11Quirks quirks;

    Pkcs11Profile(String optionName, boolean run, String title, Pkcs11Quirks quirks) {
        this.optionName = optionName;
        this.run = run;
        this.title = title;
        this.quirks = quirks;
    }

    /** The settings for such a token; {@link Pkcs11Quirks#toBuilder} changes them. */
    public Pkcs11Quirks quirks() {
        return quirks;
    }

    /** Whether such tokens have no read-only sessions, so that {@link Pkcs11Keyring.Builder#profile} takes others. */
    public boolean readWriteSessions() {
        return this == AWS_CLOUDHSM;
    }

    /** Whether the tests run on such a token; else its page tells what was run, and what is from documents only. */
    public boolean wasRun() {
        return run;
    }

    /** Maker and product. */
    public String title() {
        return title;
    }

    /** As an option has it: {@code aws-cloudhsm}. */
    @Override
    public String toString() {
        return optionName;
    }
}
