/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.services.s3.DelegatingS3Client;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** Shows the progress of downloads, below the client that verifies them. */
final class WatchedS3Client extends DelegatingS3Client {
    private final Subcommand command;
    private final String what;

    WatchedS3Client(S3Client client, Subcommand command, String what) {
        super(client);
        this.command = command;
        this.what = what;
    }

    @Override
    public <T> T getObject(GetObjectRequest request, ResponseTransformer<GetObjectResponse, T> transformer) {
        return super.getObject(request, new ResponseTransformer<GetObjectResponse, T>() {
            @Override
            public T transform(GetObjectResponse response, AbortableInputStream body) throws Exception {
                if (transformer.needsConnectionLeftOpen()) { // who reads it then shows how far that is
                    return transformer.transform(response, body);
                }
                Long length = response.contentLength();
                try (Progress progress = command.progress(what, length == null ? -1 : length)) {
                    return transformer.transform(response, AbortableInputStream.create(progress.count(body), body));
                }
            }

            @Override
            public boolean needsConnectionLeftOpen() {
                return transformer.needsConnectionLeftOpen();
            }
        });
    }
}
