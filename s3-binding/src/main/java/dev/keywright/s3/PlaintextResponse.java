/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Envelope;
import dev.keywright.envelope.PlaintextRange;
import dev.keywright.envelope.StoredEnvelope;
import java.util.OptionalLong;
import java.util.function.LongFunction;
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
        return of(stored)
                .contentLength(plaintextBytes(stored.contentLength(), envelope::plaintextBytes))
                .build();
    }

    /** Of a range. */
    static GetObjectResponse of(GetObjectResponse stored, PlaintextRange range, long plaintextBytes) {
        return of(stored)
                .contentLength(range.length())
                .contentRange(range.contentRange(plaintextBytes))
                .build();
    }

    private static GetObjectResponse.Builder of(GetObjectResponse stored) {
        return stored.toBuilder()
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
                .checksumType((ChecksumType) null);
    }

    static HeadObjectResponse of(HeadObjectResponse stored, StoredEnvelope envelope) {
        return stored.toBuilder()
                .contentLength(plaintextBytes(stored.contentLength(), envelope::plaintextBytes))
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

    /** Null, for not said, where the suite's padding or the instruction file would have to be read first. */
    private static @Nullable Long plaintextBytes(@Nullable Long bodyBytes, LongFunction<OptionalLong> arithmetic) {
        OptionalLong plaintextBytes = bodyBytes == null ? OptionalLong.empty() : arithmetic.apply(bodyBytes);
        return plaintextBytes.isPresent() ? plaintextBytes.getAsLong() : null;
    }
}
