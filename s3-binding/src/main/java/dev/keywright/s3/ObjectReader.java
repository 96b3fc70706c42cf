/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.ObjectDecryptor;
import dev.keywright.envelope.RequestedRange;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.KeywrightException;
import java.util.Map;
import java.util.Objects;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/** Gets objects, whole or in part, and says how long they are. */
final class ObjectReader {
    /** Of an object that is read twice, in one go. */
    private static final int SEGMENT_BYTES = 1 << 20;

    /** Of one that is opened for parts: what is read for a few bytes. */
    private static final int PART_SEGMENT_BYTES = 1 << 16;

    private final S3Client client;
    private final ObjectDecryptor decryptor;
    private final InstructionFiles instructionFiles;
    private final VerifiedRelease verifiedRelease;
    private final boolean unverifiedRanges;

    /** @param unverifiedRanges whether a get with a range is answered, though nothing verifies it */
    ObjectReader(
            S3Client client,
            ObjectDecryptor decryptor,
            InstructionFiles instructionFiles,
            VerifiedRelease verifiedRelease,
            boolean unverifiedRanges) {
        this.client = client;
        this.decryptor = decryptor;
        this.instructionFiles = instructionFiles;
        this.verifiedRelease = verifiedRelease;
        this.unverifiedRanges = unverifiedRanges;
    }

    /** Verified, or a range where the switch is on. */
    <T> T get(GetObjectRequest request, ResponseTransformer<GetObjectResponse, T> transformer) {
        ObjectName object = nameOf(request);
        if (request.range() != null) {
            if (!unverifiedRanges) {
                throw ReadRequests.unverifiedRange(object);
            }
            return range(object, request, transformer);
        }
        VerifiedRelease release = VerifiedRelease.in(request).orElse(verifiedRelease);
        if (release == VerifiedRelease.READ_TWICE || release == VerifiedRelease.SPOOL) {
            requireNotStrict(object, "release by " + release);
        }
        return release == VerifiedRelease.READ_TWICE
                ? twice(object, request, transformer)
                : opened(
                        object,
                        request,
                        new WholeTransformer<>(decryptor, object, EncryptionContext.in(request), release, transformer));
    }

    /** As it arrives, whole or a range. */
    <T> T getUnverified(GetObjectRequest request, ResponseTransformer<GetObjectResponse, T> transformer) {
        ObjectName object = nameOf(request);
        return request.range() != null
                ? range(object, request, transformer)
                : opened(
                        object,
                        request,
                        new UnverifiedTransformer<>(decryptor, object, EncryptionContext.in(request), transformer));
    }

    private static ObjectName nameOf(GetObjectRequest request) {
        ObjectName object = new ObjectName(request.bucket(), request.key());
        ReadRequests.requireNoPart(object, request.partNumber());
        return object;
    }

    /** Here, and not when the body has come: what a transformer throws, the SDK wraps. */
    private void requireNotStrict(ObjectName object, String what) {
        if (decryptor.isStrict()) {
            throw new UnsupportedOperationException("reading " + object + ": " + what
                    + " takes content in segments, and a strict cipher takes whole messages only; read the object whole, "
                    + "held in memory, or with a client that is not strict");
        }
    }

    private <T> T twice(
            ObjectName object, GetObjectRequest request, ResponseTransformer<GetObjectResponse, T> transformer) {
        FirstReading<T> first =
                new FirstReading<>(decryptor, object, EncryptionContext.in(request), SEGMENT_BYTES, false, transformer);
        T handedOn = firstReading(object, request, first);
        FirstReading.Found found = first.found();
        if (found == null) {
            return handedOn;
        }
        // Only now, with the first response's connection given back: a pool may have no other.
        SecondReading<T> second = new SecondReading<>(
                object, found.segments(), found.response(), null, transformer, found.segments()::close);
        try {
            return new PinnedObject(client, object, request, found.stored()).get(second);
        } finally {
            if (!second.leftOpen()) {
                found.segments().close();
            }
        }
    }

    private <T> T firstReading(ObjectName object, GetObjectRequest request, FirstReading<T> first) {
        try {
            return opened(object, request, first);
        } catch (RuntimeException | Error e) {
            first.discard();
            throw e;
        }
    }

    /** Verifies an object, and keeps what is needed to read parts of it. */
    VerifiedObject openVerified(GetObjectRequest request) {
        ObjectName object = nameOf(request);
        requireNotStrict(object, "opening for verified ranges");
        if (request.range() != null) {
            throw new UnsupportedOperationException("reading " + object
                    + ": an object is opened whole, without range; ask what is opened for its ranges");
        }
        FirstReading<ResponseBytes<GetObjectResponse>> first = new FirstReading<>(
                decryptor,
                object,
                EncryptionContext.in(request),
                PART_SEGMENT_BYTES,
                true,
                ResponseTransformer.toBytes());
        firstReading(object, request, first);
        FirstReading.Found found = Objects.requireNonNull(first.found());
        return new VerifiedObject(
                new PinnedObject(client, object, request, found.stored()), found.response(), found.segments());
    }

    private <T> T range(
            ObjectName object, GetObjectRequest request, ResponseTransformer<GetObjectResponse, T> transformer) {
        requireNotStrict(object, "a range");
        RequestedRange requested = ReadRequests.range(object, request.range());
        Map<String, String> context = EncryptionContext.in(request);
        RangeTransformer<T> ranged = new RangeTransformer<>(decryptor, object, context, requested, transformer);
        T result =
                opened(object, request.toBuilder().range(requested.bodyRange()).build(), ranged);
        RangeTransformer.Legacy legacy = ranged.legacy();
        if (legacy == null) {
            return result;
        }
        LegacyLength length = new LegacyLength(decryptor, object, context, legacy);
        PinnedObject pinned = new PinnedObject(client, object, request, legacy.stored());
        long plaintextBytes = pinned.get(length.bodyRange(), length, length::failure);
        return pinned.get(ranged.resolve(legacy, plaintextBytes), ranged, ranged::failure);
    }

    private <T> T opened(ObjectName object, GetObjectRequest request, DecryptingTransformer<T> decrypting) {
        T result = get(request, decrypting);
        FoundEnvelope incomplete = decrypting.incomplete();
        if (incomplete == null) {
            ReadRequests.warnOfUnusedSuffix(object, request);
            return result;
        }
        // Only now, with the first response's connection given back: a pool may have no other.
        try {
            decrypting.use(instructionFiles.complete(object, request, incomplete.stored()));
        } catch (KeywrightException e) {
            throw e.about("reading " + object);
        }
        try {
            return get(incomplete.sameObject(request), decrypting);
        } catch (RuntimeException e) {
            throw PinnedObject.unlessReplaced(object, e);
        }
    }

    private <T> T get(GetObjectRequest request, DecryptingTransformer<T> decrypting) {
        try {
            return client.getObject(request, decrypting);
        } catch (RuntimeException e) {
            RuntimeException failure = decrypting.failure();
            throw failure == null ? e : failure;
        }
    }

    /** Needs no key; the length is arithmetic on what S3 says, and nothing of it is verified. */
    HeadObjectResponse head(HeadObjectRequest request) {
        ObjectName object = new ObjectName(request.bucket(), request.key());
        ReadRequests.requireWholeHead(object, request);
        return ReadRequests.plaintext(object, client.headObject(request));
    }
}
