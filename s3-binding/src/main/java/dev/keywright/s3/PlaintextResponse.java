/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Envelope;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.ChecksumType;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/**
 * A response as if the object were stored in plain: the plaintext's length, the caller's own metadata, and no checksum, as
 * S3's are of the ciphertext. Everything else, the ETag too, is as stored.
 */
final class PlaintextResponse {
    private PlaintextResponse() {}

    static GetObjectResponse of(GetObjectResponse stored, Envelope envelope) {
        return stored.toBuilder()
                .contentLength(plaintextBytes(stored.contentLength(), envelope))
                .metadata(UserMetadata.own(stored.metadata()))
                .checksumCRC32(null)
                .checksumCRC32C(null)
                .checksumCRC64NVME(null)
                .checksumSHA1(null)
                .checksumSHA256(null)
                .checksumSHA512(null)
                .checksumMD5(null)
                .checksumXXHASH64(null)
                .checksumXXHASH3(null)
                .checksumXXHASH128(null)
                .checksumType((ChecksumType) null)
                .build();
    }

    static HeadObjectResponse of(HeadObjectResponse stored, Envelope envelope) {
        return stored.toBuilder()
                .contentLength(plaintextBytes(stored.contentLength(), envelope))
                .metadata(UserMetadata.own(stored.metadata()))
                .checksumCRC32(null)
                .checksumCRC32C(null)
                .checksumCRC64NVME(null)
                .checksumSHA1(null)
                .checksumSHA256(null)
                .checksumSHA512(null)
                .checksumMD5(null)
                .checksumXXHASH64(null)
                .checksumXXHASH3(null)
                .checksumXXHASH128(null)
                .checksumType((ChecksumType) null)
                .build();
    }

    private static @Nullable Long plaintextBytes(@Nullable Long bodyBytes, Envelope envelope) {
        return bodyBytes == null ? null : envelope.plaintextBytes(bodyBytes);
    }
}
