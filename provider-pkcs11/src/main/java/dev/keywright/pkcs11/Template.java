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

    /**
     * A key that lives as long as its session at most and can be read. It is no AES key, so that nobody who searches for a
     * master key comes upon it.
     *
     * @param isPrivate as the master key is, since a token may want both to be alike
     */
    static Template ofReadableSessionKey(boolean isPrivate) {
        return ofClass(CryptokiConstants.CKO_SECRET_KEY)
                .withKeyType(CryptokiConstants.CKK_GENERIC_SECRET)
                .with(CryptokiConstants.CKA_TOKEN, false)
                .with(CryptokiConstants.CKA_PRIVATE, isPrivate)
                .with(CryptokiConstants.CKA_SENSITIVE, false)
                .with(CryptokiConstants.CKA_EXTRACTABLE, true);
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

    Template with(long type, boolean value) {
        return with(type, bool(value));
    }

    Template with(long type, byte[] value) {
        types.add(type);
        values.add(value);
        return this;
    }

    private static byte[] bool(boolean value) {
        return new byte[] {(byte) (value ? 1 : 0)};
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
