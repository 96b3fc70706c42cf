/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.ObjectDecryptor;
import dev.keywright.s3.DecryptingTransformer.Release;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.KeywrightException;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/** Gets whole objects, and says how long they are. */
final class ObjectReader {
    private final S3Client client;
    private final ObjectDecryptor decryptor;
    private final InstructionFiles instructionFiles;

    ObjectReader(S3Client client, ObjectDecryptor decryptor, InstructionFiles instructionFiles) {
        this.client = client;
        this.decryptor = decryptor;
        this.instructionFiles = instructionFiles;
    }

    <T> T get(GetObjectRequest request, ResponseTransformer<GetObjectResponse, T> transformer, Release release) {
        ObjectName object = new ObjectName(request.bucket(), request.key());
        ReadRequests.requireWhole(object, request.range(), request.partNumber());
        DecryptingTransformer<T> decrypting =
                new DecryptingTransformer<>(decryptor, object, EncryptionContext.in(request), release, transformer);
        T result = get(request, decrypting);
        DecryptingTransformer.Incomplete incomplete = decrypting.incomplete();
        if (incomplete == null) {
            ReadRequests.warnOfUnusedSuffix(object, request);
            return result;
        }
        // Only now, with the first response's connection given back: a pool may have no other.
        try {
            decrypting.use(instructionFiles.complete(object, request, incomplete.envelope()));
        } catch (KeywrightException e) {
            throw e.about("reading " + object);
        }
        return get(incomplete.sameObject(request), decrypting);
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
        ReadRequests.requireWhole(object, request.range(), request.partNumber());
        return ReadRequests.plaintext(object, client.headObject(request));
    }
}
