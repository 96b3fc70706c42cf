/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.KeyUnwrapper;
import dev.keywright.spi.Unwrap;
import dev.keywright.spi.WrappedDataKey;
import dev.keywright.vectors.VectorCase.KmsRecord;
import java.util.ArrayList;
import java.util.List;

/** Writes down what a KMS key answers, data key included, for a case that is to be published. */
final class CapturedKms implements KeyUnwrapper {
    private final KeyUnwrapper keyring;
    private final String keyArn;
    private final List<KmsRecord> records = new ArrayList<>();

    CapturedKms(KeyUnwrapper keyring, String keyArn) {
        this.keyring = keyring;
        this.keyArn = keyArn;
    }

    @Override
    public Unwrap unwrap(WrappedDataKey wrapped, KeyRequest request) {
        Unwrap answer = keyring.unwrap(wrapped, request);
        if (answer instanceof Unwrap.Opened opened) {
            Bytes dataKey = opened.dataKey().use(Bytes::copyOf);
            records.add(new KmsRecord(wrapped.ciphertext(), keyArn, wrapped.description(), dataKey));
        }
        return answer;
    }

    List<KmsRecord> records() {
        return List.copyOf(records);
    }
}
