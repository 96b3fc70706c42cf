/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The attributes that an object is searched by, or made with. Keeps the arrays it is given; who gives a secret wipes it. */
final class Template {
    private final List<Long> types = new ArrayList<>();
    private final List<byte[]> values = new ArrayList<>();

    private Template() {}

    /** Objects of a CKO_ class. */
    static Template ofClass(long objectClass) {
        return new Template().with(CryptokiConstants.CKA_CLASS, ulong(objectClass));
    }

    Template withKeyType(long keyType) {
        return with(CryptokiConstants.CKA_KEY_TYPE, ulong(keyType));
    }

    Template withLabel(String label) {
        return with(CryptokiConstants.CKA_LABEL, label.getBytes(StandardCharsets.UTF_8));
    }

    Template withId(byte[] id) {
        return with(CryptokiConstants.CKA_ID, id);
    }

    Template withTrue(long type) {
        return with(type, new byte[] {1});
    }

    Template withFalse(long type) {
        return with(type, new byte[] {0});
    }

    Template with(long type, byte[] value) {
        types.add(type);
        values.add(value);
        return this;
    }

    private static byte[] ulong(long value) {
        return ByteBuffer.allocate(CryptokiBackend.ULONG_BYTES)
                .order(ByteOrder.nativeOrder())
                .putLong(value)
                .array();
    }

    int size() {
        return types.size();
    }

    long type(int index) {
        return types.get(index);
    }

    byte[] value(int index) {
        return values.get(index);
    }
}
