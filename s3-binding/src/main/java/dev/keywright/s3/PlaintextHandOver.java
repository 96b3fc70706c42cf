/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.io.IOException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** Calls the caller's transformer with plaintext, and closes that unless the caller is to. */
final class PlaintextHandOver {
    private PlaintextHandOver() {}

    /** @param abortBody ends the connection below, if there is one */
    static <T> T to(
            ResponseTransformer<GetObjectResponse, T> transformer,
            GetObjectResponse response,
            PlaintextInputStream plaintext,
            Runnable abortBody)
            throws Exception {
        T result;
        try {
            result = transformer.transform(
                    response, AbortableInputStream.create(plaintext, () -> abort(plaintext, abortBody)));
        } catch (Exception | Error e) {
            try {
                plaintext.close();
            } catch (IOException closing) {
                e.addSuppressed(closing);
            }
            throw e;
        }
        if (!transformer.needsConnectionLeftOpen()) {
            plaintext.close();
        }
        return result;
    }

    private static void abort(PlaintextInputStream plaintext, Runnable abortBody) {
        abortBody.run();
        try {
            plaintext.close();
        } catch (IOException e) {
            throw SdkClientException.create("closing an aborted object", e);
        }
    }
}
