/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.spi.Bytes;
import dev.keywright.vectors.RecordedKms;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.DecryptRequest;
import software.amazon.awssdk.services.kms.model.DecryptResponse;
import software.amazon.awssdk.services.kms.model.InvalidCiphertextException;

/** A KMS that answers {@code Decrypt} as a case of a corpus records it, and does nothing else. */
final class RecordedKmsClient implements KmsClient {
    private final RecordedKms recorded;

    RecordedKmsClient(RecordedKms recorded) {
        this.recorded = recorded;
    }

    @Override
    public DecryptResponse decrypt(DecryptRequest request) {
        return recorded.decrypt(
                        Bytes.copyOf(request.ciphertextBlob().asByteArray()),
                        request.encryptionContext(),
                        request.keyId())
                .map(record -> DecryptResponse.builder()
                        .keyId(record.keyId())
                        .plaintext(SdkBytes.fromByteArray(record.plaintext().toByteArray()))
                        .build())
                .orElseThrow(() -> InvalidCiphertextException.builder()
                        .message("no such answer is recorded")
                        .build());
    }

    @Override
    public String serviceName() {
        return SERVICE_NAME;
    }

    @Override
    public void close() {}
}
