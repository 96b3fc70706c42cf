/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static dev.keywright.pkcs11.CryptokiFunction.*;

import dev.keywright.spi.Bytes;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The Cryptoki functions used, and the only place that knows their structures (PKCS #11 v2.40; CK_ULONG of 8 bytes,
 * natural alignment). Thread-safe, as far as sessions are used by one thread each.
 */
final class Cryptoki {
    private static final int GCM_TAG_BYTES = 16;
    private static final int MAX_RSA_BYTES = 2048;
    private static final int FOUND_AT_ONCE = 64;
    /** What a length field says of an attribute that can't be had. */
    private static final long UNAVAILABLE = -1;

    /** What a module says of itself. */
    record Info(String manufacturer, String description, String libraryVersion, String cryptokiVersion) {}

    /** A mechanism's key sizes, in the units of its own, and its flags. */
    record MechanismInfo(long minKeySize, long maxKeySize, long flags) {
        boolean has(long flag) {
            return (flags & flag) != 0;
        }
    }

    /** GCM's result, and the IV that the token really used. */
    record GcmResult(Bytes iv, Bytes ciphertextAndTag) {}

    private final CryptokiBackend backend;

    Cryptoki(CryptokiBackend backend) {
        this.backend = backend;
    }

    private void call(CryptokiFunction function, long... arguments) throws CryptokiException {
        long rv = backend.call(function, arguments);
        if (rv != Ck.CKR_OK) {
            throw new CryptokiException(function, rv);
        }
    }

    /** With the operating system's locks, as several threads will call. */
    void initialize() throws CryptokiException {
        try (NativeMemory memory = new NativeMemory(backend)) {
            call(C_INITIALIZE, memory.ulongs(0, 0, 0, 0, Ck.CKF_OS_LOCKING_OK, 0));
        }
    }

    /** Not called "finalize", which is the collector's. */
    void shutDown() throws CryptokiException {
        call(C_FINALIZE, 0);
    }

    Info info() throws CryptokiException {
        try (NativeMemory memory = new NativeMemory(backend)) {
            long address = memory.zeros(88);
            call(C_GET_INFO, address);
            byte[] info = memory.read(address, 88);
            return new Info(
                    NativeMemory.text(info, 2, 32),
                    NativeMemory.text(info, 48, 32),
                    info[80] + "." + info[81],
                    info[0] + "." + info[1]);
        }
    }

    long[] slotsWithToken() throws CryptokiException {
        try (NativeMemory memory = new NativeMemory(backend)) {
            long count = memory.ulongs(0);
            call(C_GET_SLOT_LIST, 1, 0, count);
            int slots = Math.toIntExact(memory.readUlong(count));
            long list = memory.zeros(slots * NativeMemory.ULONG_BYTES);
            call(C_GET_SLOT_LIST, 1, list, count);
            return ulongs(memory, list, (int) Math.min(slots, memory.readUlong(count)));
        }
    }

    private static long[] ulongs(NativeMemory memory, long address, int count) {
        byte[] raw = memory.read(address, count * NativeMemory.ULONG_BYTES);
        long[] values = new long[count];
        Arrays.setAll(values, i -> NativeMemory.ulongAt(raw, i * NativeMemory.ULONG_BYTES));
        return values;
    }

    Pkcs11TokenInfo tokenInfo(long slot) throws CryptokiException {
        try (NativeMemory memory = new NativeMemory(backend)) {
            long address = memory.zeros(208);
            call(C_GET_TOKEN_INFO, slot, address);
            byte[] info = memory.read(address, 208);
            return new Pkcs11TokenInfo(
                    slot,
                    NativeMemory.text(info, 0, 32),
                    NativeMemory.text(info, 32, 32),
                    NativeMemory.text(info, 64, 16),
                    NativeMemory.text(info, 80, 16),
                    NativeMemory.ulongAt(info, 96),
                    info[186] + "." + info[187]);
        }
    }

    Map<Long, MechanismInfo> mechanisms(long slot) throws CryptokiException {
        try (NativeMemory memory = new NativeMemory(backend)) {
            long count = memory.ulongs(0);
            call(C_GET_MECHANISM_LIST, slot, 0, count);
            int mechanisms = Math.toIntExact(memory.readUlong(count));
            long list = memory.zeros(mechanisms * NativeMemory.ULONG_BYTES);
            call(C_GET_MECHANISM_LIST, slot, list, count);
            Map<Long, MechanismInfo> infos = new LinkedHashMap<>();
            for (long mechanism : ulongs(memory, list, (int) Math.min(mechanisms, memory.readUlong(count)))) {
                infos.put(mechanism, mechanismInfo(slot, mechanism));
            }
            return infos;
        }
    }

    private MechanismInfo mechanismInfo(long slot, long mechanism) throws CryptokiException {
        try (NativeMemory memory = new NativeMemory(backend)) {
            long address = memory.zeros(24);
            call(C_GET_MECHANISM_INFO, slot, mechanism, address);
            byte[] info = memory.read(address, 24);
            return new MechanismInfo(
                    NativeMemory.ulongAt(info, 0), NativeMemory.ulongAt(info, 8), NativeMemory.ulongAt(info, 16));
        }
    }

    long openSession(long slot) throws CryptokiException {
        try (NativeMemory memory = new NativeMemory(backend)) {
            long handle = memory.ulongs(0);
            call(C_OPEN_SESSION, slot, Ck.CKF_SERIAL_SESSION, 0, 0, handle);
            return memory.readUlong(handle);
        }
    }

    void closeSession(long session) throws CryptokiException {
        call(C_CLOSE_SESSION, session);
    }

    /** Whether a session still answers, which tells bad data from a lost token. */
    boolean answers(long session) {
        try (NativeMemory memory = new NativeMemory(backend)) {
            return backend.call(C_GET_SESSION_INFO, session, memory.zeros(32)) == Ck.CKR_OK;
        }
    }

    /** @param pin UTF-8, wiped by the caller; null for a protected authentication path */
    void login(long session, byte @Nullable [] pin) throws CryptokiException {
        try (NativeMemory memory = new NativeMemory(backend)) {
            call(C_LOGIN, session, Ck.CKU_USER, pin == null ? 0 : memory.bytes(pin), pin == null ? 0 : pin.length);
        }
    }

    void logout(long session) throws CryptokiException {
        call(C_LOGOUT, session);
    }

    /** Handles of all objects whose attributes equal these. */
    long[] find(long session, Map<Long, byte[]> template) throws CryptokiException {
        try (NativeMemory memory = new NativeMemory(backend)) {
            long[] attributes = new long[template.size() * 3];
            int at = 0;
            for (Map.Entry<Long, byte[]> entry : template.entrySet()) {
                attributes[at++] = entry.getKey();
                attributes[at++] = memory.bytes(entry.getValue());
                attributes[at++] = entry.getValue().length;
            }
            call(C_FIND_OBJECTS_INIT, session, memory.ulongs(attributes), template.size());
            try {
                return found(session, memory);
            } finally {
                call(C_FIND_OBJECTS_FINAL, session);
            }
        }
    }

    private long[] found(long session, NativeMemory memory) throws CryptokiException {
        long[] handles = new long[0];
        long list = memory.zeros(FOUND_AT_ONCE * NativeMemory.ULONG_BYTES);
        long count = memory.ulongs(0);
        while (true) {
            call(C_FIND_OBJECTS, session, list, FOUND_AT_ONCE, count);
            int more = (int) memory.readUlong(count);
            if (more == 0) {
                return handles;
            }
            long[] next = ulongs(memory, list, more);
            handles = Arrays.copyOf(handles, handles.length + more);
            System.arraycopy(next, 0, handles, handles.length - more, more);
        }
    }

    /** An attribute's value; empty if the object has none, or keeps it to itself. */
    Optional<byte[]> attribute(long session, long object, long type) throws CryptokiException {
        try (NativeMemory memory = new NativeMemory(backend)) {
            long attribute = memory.ulongs(type, 0, 0);
            long rv = backend.call(C_GET_ATTRIBUTE_VALUE, session, object, attribute, 1);
            if (rv == Ck.CKR_ATTRIBUTE_TYPE_INVALID || rv == Ck.CKR_ATTRIBUTE_SENSITIVE) {
                return Optional.empty();
            }
            if (rv != Ck.CKR_OK) {
                throw new CryptokiException(C_GET_ATTRIBUTE_VALUE, rv);
            }
            long length = NativeMemory.ulongAt(memory.read(attribute, 24), 16);
            if (length == UNAVAILABLE) {
                return Optional.empty();
            }
            long value = memory.zeros(Math.toIntExact(length));
            long filled = memory.ulongs(type, value, length);
            call(C_GET_ATTRIBUTE_VALUE, session, object, filled, 1);
            return Optional.of(memory.read(value, Math.toIntExact(length)));
        }
    }

    /**
     * AES-GCM with a 16-byte tag. The IV is read back: some tokens put their own in place of what they were given.
     *
     * @param iv 12 bytes
     */
    GcmResult encryptGcm(long session, long key, byte[] iv, byte[] aad, byte[] plaintext) throws CryptokiException {
        try (NativeMemory memory = new NativeMemory(backend)) {
            long ivAddress = memory.bytes(iv);
            call(C_ENCRYPT_INIT, session, gcm(memory, ivAddress, iv.length, aad), key);
            byte[] sealed = transform(memory, C_ENCRYPT, session, plaintext, plaintext.length + GCM_TAG_BYTES);
            return new GcmResult(Bytes.copyOf(memory.read(ivAddress, iv.length)), Bytes.copyOf(sealed));
        }
    }

    /** The reverse; the result is wiped by the caller. */
    byte[] decryptGcm(long session, long key, byte[] iv, byte[] aad, byte[] ciphertextAndTag) throws CryptokiException {
        try (NativeMemory memory = new NativeMemory(backend)) {
            call(C_DECRYPT_INIT, session, gcm(memory, memory.bytes(iv), iv.length, aad), key);
            return transform(memory, C_DECRYPT, session, ciphertextAndTag, ciphertextAndTag.length);
        }
    }

    private static long gcm(NativeMemory memory, long ivAddress, int ivBytes, byte[] aad) {
        long parameters =
                memory.ulongs(ivAddress, ivBytes, ivBytes * 8L, memory.bytes(aad), aad.length, GCM_TAG_BYTES * 8L);
        return memory.ulongs(Ck.CKM_AES_GCM, parameters, 6L * NativeMemory.ULONG_BYTES);
    }

    /** RSAES-OAEP, SHA-1 and MGF1-SHA-1, empty label; the result is wiped by the caller. */
    byte[] decryptOaepSha1(long session, long key, byte[] ciphertext) throws CryptokiException {
        try (NativeMemory memory = new NativeMemory(backend)) {
            long parameters = memory.ulongs(Ck.CKM_SHA_1, Ck.CKG_MGF1_SHA1, Ck.CKZ_DATA_SPECIFIED, 0, 0);
            long mechanism = memory.ulongs(Ck.CKM_RSA_PKCS_OAEP, parameters, 5L * NativeMemory.ULONG_BYTES);
            call(C_DECRYPT_INIT, session, mechanism, key);
            return transform(memory, C_DECRYPT, session, ciphertext, Math.min(ciphertext.length, MAX_RSA_BYTES));
        }
    }

    /** One-part encryption or decryption. A length is believed only if it fits the buffer. */
    private byte[] transform(NativeMemory memory, CryptokiFunction function, long session, byte[] in, int mostOut)
            throws CryptokiException {
        long out = memory.zeros(mostOut);
        long length = memory.ulongs(mostOut);
        call(function, session, memory.bytes(in), in.length, out, length);
        long made = memory.readUlong(length);
        if (made < 0 || made > mostOut) {
            throw new CryptokiException(function, Ck.CKR_GENERAL_ERROR);
        }
        return memory.read(out, (int) made);
    }
}
