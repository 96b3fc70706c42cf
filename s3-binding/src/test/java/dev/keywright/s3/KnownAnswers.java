/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;

/**
 * The known answers of the wire format, computed with two independent implementations and opened by S3EC Java 4.0.1: one
 * data key, 00..1f, under one AES master key.
 */
final class KnownAnswers {
    static final byte[] PLAINTEXT = "The quick brown fox jumps over the lazy dog.".getBytes(StandardCharsets.US_ASCII);
    static final byte[] AES_MASTER_KEY = hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");

    static final Map<String, String> V3_METADATA = Map.of(
            "x-amz-c", "115",
            "x-amz-w", "02",
            "x-amz-i", "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaWw==",
            "x-amz-d", "DnQZ5c+3xg1Xp0jYfAMnh0k1DJu0yXP09Agx9A==",
            "x-amz-3", "wMHCw8TFxsfIycrLZD2Cgbio5cQKJj1ETqw+PznQGFL2FeRCMfe2pjPKc5xzrxDftjO0vbzsRda5DdFB");
    static final byte[] V3_BODY =
            hex("870f2f2057f80242783df333cb25a12450f94cba4a9650c5aaa5f6712f41ffec97963c09ccec92e044a59e8b"
                    + "ac02e34b769d8d3c89030a5185c13cda");
    static final byte[] V3_BODY_OF_NOTHING = hex("1957e31f3fbe220acba1a68965e5d1c9");

    static final Map<String, String> V2_METADATA = Map.of(
            "x-amz-key-v2", "wMHCw8TFxsfIycrLZD2Cgbio5cQKJj1ETqw+PznQGFL2FeRCMfe2pjPKc5zBTI1/87wX+ryxumEPgbBN",
            "x-amz-iv", "oKGio6Slpqeoqaqr",
            "x-amz-tag-len", "128",
            "x-amz-wrap-alg", "AES/GCM",
            "x-amz-cek-alg", "AES/GCM/NoPadding",
            "x-amz-matdesc", "{}");
    static final byte[] V2_BODY =
            hex("b270190d34be6bdc0945e5a1680daefe16c32130f8c22f1cef2e49f01ad95575ba136793ce582a1d3bf363e6"
                    + "fa4cf3c3677ac9dba3726c0d6ea4e5d2");

    static final Map<String, String> V1_METADATA = Map.of(
            "x-amz-key", "Snp0X5Vd0kz/QWuB0dVMWFPt67x0zzZMLljQYhPmdee0zyS6H7IZ6JPGPsRpdbzY",
            "x-amz-iv", "sLGys7S1tre4ubq7vL2+vw==",
            "x-amz-matdesc", "{}");
    static final byte[] CBC_BODY =
            hex("c586a4fa58a9e25d6816c7d2e6a12fcb4c6ffd78d105bda06dc408f0b158ca7e3c604493835470f81190a8851efb80cc");

    private KnownAnswers() {}

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }
}
