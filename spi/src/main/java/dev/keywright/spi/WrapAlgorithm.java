/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import java.util.Optional;

/**
 * How a data key was wrapped: the closed list of names that {@code x-amz-wrap-alg} (format V2) can hold, their codes in
 * {@code x-amz-w} (format V3), and the two wraps of format V1, which are stored without a name.
 */
public enum WrapAlgorithm {
    /** AES-GCM under an AES master key; additional data is the content algorithm's name. */
    AES_GCM("AES/GCM", "02", false),
    /** RSAES-OAEP, SHA-1 and MGF1-SHA-1, over length byte, key and the content algorithm's name. */
    RSA_OAEP_SHA1("RSA-OAEP-SHA1", "22", false),
    /** AWS KMS, the content algorithm's name in the encryption context. */
    KMS_CONTEXT("kms+context", "12", false),
    /** Legacy: AWS KMS without binding to the content algorithm. */
    KMS("kms", null, true),
    /** Legacy: RFC 3394 key wrap. */
    AES_WRAP("AESWrap", null, true),
    /** Legacy: RSAES-OAEP with SHA-256 over the bare key. */
    RSA_OAEP_SHA256("RSA/ECB/OAEPWithSHA-256AndMGF1Padding", null, true),
    /** Legacy, format V1 only: AES-ECB with PKCS#7 padding over the bare key. */
    RAW_AES("AES", null, true),
    /** Legacy, format V1 only: RSAES-PKCS1-v1_5 over the bare key. */
    RAW_RSA("RSA", null, true);

    private final String wireName;
    private final Optional<String> codeV3;
    private final boolean legacy;

    WrapAlgorithm(String wireName, @org.jspecify.annotations.Nullable String codeV3, boolean legacy) {
        this.wireName = wireName;
        this.codeV3 = Optional.ofNullable(codeV3);
        this.legacy = legacy;
    }

    /**
     * The name in {@code x-amz-wrap-alg}. {@code AES} and {@code RSA}, the wraps of format V1, are names for people: they
     * are stored nowhere, and an envelope that holds them is malformed.
     */
    public String wireName() {
        return wireName;
    }

    /** The code in {@code x-amz-w}; absent for wraps that format V3 does not have. */
    public Optional<String> codeV3() {
        return codeV3;
    }

    /** Whether this wrap is read only behind its switch, and never written. */
    public boolean isLegacy() {
        return legacy;
    }

    /** Whether the master key is an AWS KMS key, so that what is stored beside the key is an encryption context. */
    public boolean isKms() {
        return this == KMS_CONTEXT || this == KMS;
    }

    /** Whether the wrap is one of format V1, which stores no name for it. */
    public boolean isUnnamed() {
        return this == RAW_AES || this == RAW_RSA;
    }

    /** The wrap of this name in {@code x-amz-wrap-alg}, compared exactly. */
    public static Optional<WrapAlgorithm> named(String wireName) {
        for (WrapAlgorithm algorithm : values()) {
            if (!algorithm.isUnnamed() && algorithm.wireName.equals(wireName)) {
                return Optional.of(algorithm);
            }
        }
        return Optional.empty();
    }

    /** The wrap of this code in {@code x-amz-w}, compared exactly. */
    public static Optional<WrapAlgorithm> codedV3(String code) {
        for (WrapAlgorithm algorithm : values()) {
            if (algorithm.codeV3.isPresent() && algorithm.codeV3.get().equals(code)) {
                return Optional.of(algorithm);
            }
        }
        return Optional.empty();
    }
}
