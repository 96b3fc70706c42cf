/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.core.SdkPojo;

/** Carries what two messages of S3 have in common from one to the other: fields of one name mean one thing there. */
final class CommonFields {
    private CommonFields() {}

    /** Sets the fields of {@code into} that {@code from} has as well and that are set there. */
    static void carry(SdkPojo from, SdkPojo into) {
        for (SdkField<?> source : from.sdkFields()) {
            Object value = source.getValueOrDefault(from);
            if (value != null) {
                into.sdkFields().stream()
                        .filter(target -> target.memberName().equals(source.memberName()))
                        .forEach(target -> target.set(into, value));
            }
        }
    }
}
