/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** What a second subscriber is told, where plaintext is published once. */
final class OneSubscriber {
    private OneSubscriber() {}

    static void refuse(Subscriber<?> second) {
        second.onSubscribe(new Subscription() {
            @Override
            public void request(long n) {}

            @Override
            public void cancel() {}
        });
        second.onError(new IllegalStateException("an object's plaintext has one subscriber; get the object again"));
    }
}
