/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3Client;

/** The client below: says what reached it, and does nothing. */
final class RecordingS3Client {
    /** A call that reached the client below. */
    record Call(String operation, List<Object> arguments) {}

    final List<Call> calls = new ArrayList<>();
    final S3Client client;

    /** Answers null. */
    RecordingS3Client() {
        this(arguments -> null);
    }

    /** Answers by the arguments. */
    RecordingS3Client(Function<List<Object>, @Nullable Object> answer) {
        client = (S3Client) Proxy.newProxyInstance(
                S3Client.class.getClassLoader(), new Class<?>[] {S3Client.class}, (proxy, method, arguments) -> {
                    Call call = new Call(method.getName(), arguments == null ? List.of() : List.of(arguments));
                    calls.add(call);
                    return answer.apply(call.arguments);
                });
    }
}
