/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static dev.keywright.pkcs11.CryptokiBackend.ULONG_BYTES;
import static dev.keywright.pkcs11.CryptokiConstants.*;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A module's functions in Java's terms: the one place where structures are laid out (PKCS #11 version 2.40, unpacked, words
 * of {@link CryptokiBackend#ULONG_BYTES}). Native copies of secrets are wiped. Keeps no state but the module. A session
 * serves one thread at a time, which the caller sees to.
 */
final class Cryptoki {
    private static final int NULL = 0;

    // The size of a structure, and where its fields are.
    private static final int INITIALIZE_ARGS = 6 * ULONG_BYTES;
    private static final int INITIALIZE_ARGS_FLAGS = 4 * ULONG_BYTES;
    private static final int INITIALIZE_ARGS_RESERVED = 5 * ULONG_BYTES;
    private static final int INFO = 88;
    private static final int SLOT_INFO = 112;
    private static final int TOKEN_INFO = 208;
    private static final int MECHANISM_INFO = 3 * ULONG_BYTES;
    private static final int SESSION_INFO = 4 * ULONG_BYTES;
    private static final int ATTRIBUTE = 3 * ULONG_BYTES;
    private static final int MECHANISM = 3 * ULONG_BYTES;
    private static final int GCM_PARAMS = 6 * ULONG_BYTES;
    private static final int GCM_PARAMS_IV_LEN = ULONG_BYTES;
    private static final int OAEP_PARAMS = 5 * ULONG_BYTES;

    private static final int TAG_BYTES = 16;
    private static final int AES_BLOCK_BYTES = 16;
    /** Room for a token that writes a longer IV than it was given: it shall be refused, not write past the end. */
    private static final int IV_ROOM = 64;

    /** Bounds on what a token says, against a broken one. */
    private static final int MAX_LIST = 4096;

    private static final int MAX_ATTRIBUTE_BYTES = 1 << 16;
    private static final int FOUND_AT_ONCE = 16;

    private final CryptokiBackend backend;

    Cryptoki(CryptokiBackend backend) {
        this.backend = backend;
    }

    private void call(CryptokiFunction function, long... arguments) throws CryptokiException {
        long result = backend.call(function, arguments);
        if (result != ReturnValue.OK) {
            throw new CryptokiException(function, result);
        }
    }

    // ---- module and tokens -----------------------------------------------------------------------------------------

    /**
     * For use by several threads, which the module locks by the system's means.
     *
     * @param reserved what the module is to be set up by, as a C string; most have no use for it
     */
    void initialize(Optional<String> reserved) throws CryptokiException {
        // NSS's structure has one more word than the standard's.
        try (Blocks blocks = new Blocks()) {
            NativeBlock arguments = blocks.of(INITIALIZE_ARGS + ULONG_BYTES);
            arguments.putUlong(INITIALIZE_ARGS_FLAGS, CKF_OS_LOCKING_OK);
            if (reserved.isPresent()) {
                byte[] text = reserved.get().getBytes(StandardCharsets.UTF_8);
                arguments.putUlong(
                        INITIALIZE_ARGS_RESERVED,
                        blocks.holding(Arrays.copyOf(text, text.length + 1)).address());
            }
            call(CryptokiFunction.INITIALIZE, arguments.address());
        }
    }

    void finish() throws CryptokiException {
        call(CryptokiFunction.FINALIZE, NULL);
    }

    /** What the module says of itself. */
    LibraryInfo libraryInfo() throws CryptokiException {
        try (NativeBlock info = backend.allocate(INFO)) {
            call(CryptokiFunction.GET_INFO, info.address());
            return new LibraryInfo(text(info, 2, 32), text(info, 48, 32), version(info, 80), version(info, 0));
        }
    }

    SlotInfo slotInfo(long slot) throws CryptokiException {
        try (NativeBlock info = backend.allocate(SLOT_INFO)) {
            call(CryptokiFunction.GET_SLOT_INFO, slot, info.address());
            return new SlotInfo(text(info, 0, 64), text(info, 64, 32));
        }
    }

    /** The slots that have a token. */
    List<Long> slotsWithToken() throws CryptokiException {
        return numbers(CryptokiFunction.GET_SLOT_LIST, 1);
    }

    Pkcs11TokenInfo tokenInfo(long slot) throws CryptokiException {
        try (NativeBlock info = backend.allocate(TOKEN_INFO)) {
            call(CryptokiFunction.GET_TOKEN_INFO, slot, info.address());
            long maxSessions = info.ulong(104);
            return new Pkcs11TokenInfo(
                    slot,
                    text(info, 0, 32),
                    text(info, 32, 32),
                    text(info, 64, 16),
                    text(info, 80, 16),
                    info.ulong(96),
                    version(info, 186),
                    maxSessions == CK_UNAVAILABLE_INFORMATION ? 0 : maxSessions);
        }
    }

    List<Long> mechanisms(long slot) throws CryptokiException {
        return numbers(CryptokiFunction.GET_MECHANISM_LIST, slot);
    }

    MechanismInfo mechanismInfo(long slot, long mechanism) throws CryptokiException {
        try (NativeBlock info = backend.allocate(MECHANISM_INFO)) {
            call(CryptokiFunction.GET_MECHANISM_INFO, slot, mechanism, info.address());
            return new MechanismInfo(mechanism, info.ulong(2 * ULONG_BYTES));
        }
    }

    /** A list whose length is asked first. */
    private List<Long> numbers(CryptokiFunction function, long argument) throws CryptokiException {
        try (NativeBlock count = backend.allocate(ULONG_BYTES)) {
            call(function, argument, NULL, count.address());
            int room = Math.toIntExact(Math.max(0, Math.min(count.ulong(0), MAX_LIST)));
            try (NativeBlock list = backend.allocate(room * ULONG_BYTES)) {
                count.putUlong(0, room);
                call(function, argument, list.address(), count.address());
                int given = Math.toIntExact(Math.max(0, Math.min(count.ulong(0), room)));
                List<Long> numbers = new ArrayList<>(given);
                for (int i = 0; i < given; i++) {
                    numbers.add(list.ulong(i * ULONG_BYTES));
                }
                return numbers;
            }
        }
    }

    // ---- sessions --------------------------------------------------------------------------------------------------

    /** A session; nothing is ever written to a token, also where it is read-write, which some tokens want. */
    long openSession(long slot, boolean readWrite) throws CryptokiException {
        try (NativeBlock session = backend.allocate(ULONG_BYTES)) {
            long flags = CKF_SERIAL_SESSION | (readWrite ? CKF_RW_SESSION : 0);
            call(CryptokiFunction.OPEN_SESSION, slot, flags, NULL, NULL, session.address());
            return session.ulong(0);
        }
    }

    void closeSession(long session) throws CryptokiException {
        call(CryptokiFunction.CLOSE_SESSION, session);
    }

    /** Whether the token's user is logged in, which is one state for all sessions of this process with the token. */
    boolean isUserLoggedIn(long session) throws CryptokiException {
        try (NativeBlock info = backend.allocate(SESSION_INFO)) {
            call(CryptokiFunction.GET_SESSION_INFO, session, info.address());
            long state = info.ulong(ULONG_BYTES);
            return state == CKS_RO_USER_FUNCTIONS || state == CKS_RW_USER_FUNCTIONS;
        }
    }

    /**
     * Logs the user in.
     *
     * @param pin lent; null for a token that takes it by a way of its own
     */
    void login(long session, char @Nullable [] pin) throws CryptokiException {
        if (pin == null) {
            call(CryptokiFunction.LOGIN, session, CKU_USER, NULL, 0);
            return;
        }
        byte[] encoded = utf8(pin);
        try (NativeBlock copy = backend.allocate(encoded.length)) {
            copy.put(0, encoded);
            call(CryptokiFunction.LOGIN, session, CKU_USER, copy.address(), encoded.length);
        } finally {
            Arrays.fill(encoded, (byte) 0);
        }
    }

    void logout(long session) throws CryptokiException {
        call(CryptokiFunction.LOGOUT, session);
    }

    /** Encodes into one array, which the caller wipes; there is no other copy. */
    static byte[] utf8(char[] pin) throws CryptokiException {
        CharsetEncoder encoder = StandardCharsets.UTF_8.newEncoder();
        byte[] room = new byte[(int) Math.ceil(pin.length * (double) encoder.maxBytesPerChar())];
        ByteBuffer encoded = ByteBuffer.wrap(room);
        try {
            if (encoder.encode(CharBuffer.wrap(pin), encoded, true).isError()) {
                throw new CryptokiException(CryptokiFunction.LOGIN, ReturnValue.PIN_INVALID.code);
            }
            return Arrays.copyOf(room, encoded.position());
        } finally {
            Arrays.fill(room, (byte) 0);
        }
    }

    // ---- objects ---------------------------------------------------------------------------------------------------

    /** All objects that match. */
    List<Long> find(long session, Template template) throws CryptokiException {
        try (Blocks blocks = new Blocks()) {
            call(
                    CryptokiFunction.FIND_OBJECTS_INIT,
                    session,
                    attributes(blocks, template).address(),
                    template.size());
        }
        List<Long> found = new ArrayList<>();
        try (NativeBlock handles = backend.allocate(FOUND_AT_ONCE * ULONG_BYTES);
                NativeBlock count = backend.allocate(ULONG_BYTES)) {
            long given;
            do {
                call(CryptokiFunction.FIND_OBJECTS, session, handles.address(), FOUND_AT_ONCE, count.address());
                given = Math.min(count.ulong(0), FOUND_AT_ONCE);
                for (int i = 0; i < given; i++) {
                    found.add(handles.ulong(i * ULONG_BYTES));
                }
            } while (given > 0 && found.size() < MAX_LIST);
        }
        call(CryptokiFunction.FIND_OBJECTS_FINAL, session);
        return found;
    }

    /** Makes an object: one of the session, that ends with it, if the template says so by CKA_TOKEN. */
    long createObject(long session, Template template) throws CryptokiException {
        try (Blocks blocks = new Blocks()) {
            NativeBlock handle = blocks.of(ULONG_BYTES);
            call(
                    CryptokiFunction.CREATE_OBJECT,
                    session,
                    attributes(blocks, template).address(),
                    template.size(),
                    handle.address());
            return handle.ulong(0);
        }
    }

    private NativeBlock attributes(Blocks blocks, Template template) {
        NativeBlock attributes = blocks.of(template.size() * ATTRIBUTE);
        for (int i = 0; i < template.size(); i++) {
            byte[] value = template.value(i);
            putAttribute(attributes, i, template.type(i), blocks.holding(value).address(), value.length);
        }
        return attributes;
    }

    /** An attribute's value; empty if the object has none, or does not give it out. What is secret, the caller wipes. */
    Optional<byte[]> attribute(long session, long object, long type) throws CryptokiException {
        try (NativeBlock attribute = backend.allocate(ATTRIBUTE)) {
            putAttribute(attribute, 0, type, NULL, 0);
            long result = backend.call(CryptokiFunction.GET_ATTRIBUTE_VALUE, session, object, attribute.address(), 1);
            long length = attribute.ulong(2 * ULONG_BYTES);
            if (isNoSuchAttribute(result)) {
                return Optional.empty();
            }
            if (result != ReturnValue.OK) {
                throw new CryptokiException(CryptokiFunction.GET_ATTRIBUTE_VALUE, result);
            }
            if (length < 0 || length > MAX_ATTRIBUTE_BYTES) { // CK_UNAVAILABLE_INFORMATION is below 0
                return Optional.empty();
            }
            try (NativeBlock value = backend.allocate((int) length)) {
                putAttribute(attribute, 0, type, value.address(), length);
                call(CryptokiFunction.GET_ATTRIBUTE_VALUE, session, object, attribute.address(), 1);
                long given = attribute.ulong(2 * ULONG_BYTES);
                return given < 0 || given > length ? Optional.empty() : Optional.of(value.get(0, (int) given));
            }
        }
    }

    private static boolean isNoSuchAttribute(long result) {
        return result == ReturnValue.ATTRIBUTE_SENSITIVE.code || result == ReturnValue.ATTRIBUTE_TYPE_INVALID.code;
    }

    private static void putAttribute(NativeBlock block, int index, long type, long address, long length) {
        block.putUlong(index * ATTRIBUTE, type);
        block.putUlong(index * ATTRIBUTE + ULONG_BYTES, address);
        block.putUlong(index * ATTRIBUTE + 2 * ULONG_BYTES, length);
    }

    void destroyObject(long session, long object) throws CryptokiException {
        call(CryptokiFunction.DESTROY_OBJECT, session, object);
    }

    // ---- encryption ------------------------------------------------------------------------------------------------

    /** What C_Encrypt gave: the IV that the token used, which need not be the one it was given, then its output. */
    static final class Sealed {
        final byte[] iv;
        final byte[] output;

        Sealed(byte[] iv, byte[] output) {
            this.iv = iv;
            this.output = output;
        }
    }

    /**
     * CKM_AES_GCM with a tag of 128 bits. The output should be ciphertext and tag; the caller checks its length.
     *
     * @param mechanism the token's number for it
     * @param iv empty for a token that makes one and gives it with its output: then the token is given no room for it
     */
    Sealed encryptGcm(long session, long key, long mechanism, byte[] iv, byte[] aad, byte[] plaintext)
            throws CryptokiException {
        try (Blocks blocks = new Blocks()) {
            NativeBlock ivBlock = blocks.of(Math.max(IV_ROOM, iv.length));
            ivBlock.put(0, iv);
            NativeBlock parameters = gcmParameters(blocks, ivBlock, iv.length, aad);
            call(
                    CryptokiFunction.ENCRYPT_INIT,
                    session,
                    mechanism(blocks, mechanism, parameters).address(),
                    key);
            byte[] output =
                    process(CryptokiFunction.ENCRYPT, session, plaintext, plaintext.length + TAG_BYTES + IV_ROOM);
            return new Sealed(usedIv(parameters, ivBlock, iv.length), output);
        }
    }

    /** As long as the token says; unfit if it wrote past what it was given without saying so. */
    private static byte[] usedIv(NativeBlock parameters, NativeBlock ivBlock, int givenBytes) {
        int used = (int) Math.max(0, Math.min(parameters.ulong(GCM_PARAMS_IV_LEN), ivBlock.bytes()));
        byte[] room = ivBlock.get(0, ivBlock.bytes());
        for (int i = Math.max(used, givenBytes); i < room.length; i++) {
            if (room[i] != 0) {
                return room;
            }
        }
        return Arrays.copyOf(room, used);
    }

    /**
     * CKM_AES_GCM with a tag of 128 bits, which is the ciphertext's end.
     *
     * @param mechanism the token's number for it
     * @param iv empty for a token that takes it from the ciphertext's beginning
     */
    byte[] decryptGcm(long session, long key, long mechanism, byte[] iv, byte[] aad, byte[] ciphertext)
            throws CryptokiException {
        try (Blocks blocks = new Blocks()) {
            NativeBlock ivBlock = blocks.holding(iv);
            NativeBlock parameters = gcmParameters(blocks, ivBlock, iv.length, aad);
            call(
                    CryptokiFunction.DECRYPT_INIT,
                    session,
                    mechanism(blocks, mechanism, parameters).address(),
                    key);
            return process(CryptokiFunction.DECRYPT, session, ciphertext, ciphertext.length);
        }
    }

    /**
     * CKM_RSA_PKCS_OAEP.
     *
     * @param mechanism the token's number for it
     * @param hash a CKM_ number
     * @param mgf a CKG_ number
     */
    byte[] decryptOaep(long session, long key, long mechanism, long hash, long mgf, byte[] label, byte[] ciphertext)
            throws CryptokiException {
        try (Blocks blocks = new Blocks()) {
            NativeBlock parameters = blocks.of(OAEP_PARAMS);
            parameters.putUlong(0, hash);
            parameters.putUlong(ULONG_BYTES, mgf);
            parameters.putUlong(2 * ULONG_BYTES, CKZ_DATA_SPECIFIED);
            if (label.length > 0) {
                parameters.putUlong(3 * ULONG_BYTES, blocks.holding(label).address());
                parameters.putUlong(4 * ULONG_BYTES, label.length);
            }
            call(
                    CryptokiFunction.DECRYPT_INIT,
                    session,
                    mechanism(blocks, mechanism, parameters).address(),
                    key);
            return process(CryptokiFunction.DECRYPT, session, ciphertext, ciphertext.length);
        }
    }

    /** CKM_AES_CBC, without padding; {@code mechanism} is the token's number for it. */
    byte[] decryptCbc(long session, long key, long mechanism, byte[] iv, byte[] ciphertext) throws CryptokiException {
        try (Blocks blocks = new Blocks()) {
            call(
                    CryptokiFunction.DECRYPT_INIT,
                    session,
                    mechanism(blocks, mechanism, blocks.holding(iv)).address(),
                    key);
            return process(CryptokiFunction.DECRYPT, session, ciphertext, ciphertext.length);
        }
    }

    /** CKM_AES_CBC_PAD. */
    byte[] encryptCbcPad(long session, long key, byte[] iv, byte[] plaintext) throws CryptokiException {
        try (Blocks blocks = new Blocks()) {
            NativeBlock mechanism = mechanism(blocks, CKM_AES_CBC_PAD, blocks.holding(iv));
            call(CryptokiFunction.ENCRYPT_INIT, session, mechanism.address(), key);
            return process(CryptokiFunction.ENCRYPT, session, plaintext, plaintext.length + AES_BLOCK_BYTES);
        }
    }

    /** CKM_AES_CBC_PAD. */
    byte[] decryptCbcPad(long session, long key, byte[] iv, byte[] ciphertext) throws CryptokiException {
        try (Blocks blocks = new Blocks()) {
            NativeBlock mechanism = mechanism(blocks, CKM_AES_CBC_PAD, blocks.holding(iv));
            call(CryptokiFunction.DECRYPT_INIT, session, mechanism.address(), key);
            return process(CryptokiFunction.DECRYPT, session, ciphertext, ciphertext.length);
        }
    }

    /** C_WrapKey with CKM_AES_KEY_WRAP; {@code outputRoom} is what the wrapped key can need. */
    byte[] wrapKey(long session, long wrappingKey, long key, int outputRoom) throws CryptokiException {
        try (Blocks blocks = new Blocks()) {
            NativeBlock out = blocks.of(outputRoom);
            NativeBlock length = blocks.of(ULONG_BYTES);
            length.putUlong(0, outputRoom);
            call(
                    CryptokiFunction.WRAP_KEY,
                    session,
                    mechanism(blocks, CKM_AES_KEY_WRAP).address(),
                    wrappingKey,
                    key,
                    out.address(),
                    length.address());
            return given(CryptokiFunction.WRAP_KEY, out, length);
        }
    }

    /** A mechanism that has no parameters, and whose ciphertext is as long as its plaintext. */
    byte[] encrypt(long session, long key, long mechanism, byte[] plaintext) throws CryptokiException {
        try (Blocks blocks = new Blocks()) {
            call(
                    CryptokiFunction.ENCRYPT_INIT,
                    session,
                    mechanism(blocks, mechanism).address(),
                    key);
            return process(CryptokiFunction.ENCRYPT, session, plaintext, plaintext.length);
        }
    }

    /** A mechanism that has no parameters, and whose plaintext is not longer than its ciphertext. */
    byte[] decrypt(long session, long key, long mechanism, byte[] ciphertext) throws CryptokiException {
        try (Blocks blocks = new Blocks()) {
            call(
                    CryptokiFunction.DECRYPT_INIT,
                    session,
                    mechanism(blocks, mechanism).address(),
                    key);
            return process(CryptokiFunction.DECRYPT, session, ciphertext, ciphertext.length);
        }
    }

    /**
     * Unwraps by a mechanism that has no parameters into an object, which the caller destroys.
     *
     * @return the object's handle
     */
    long unwrapKey(long session, long key, long mechanism, byte[] wrapped, Template template) throws CryptokiException {
        try (Blocks blocks = new Blocks()) {
            NativeBlock handle = blocks.of(ULONG_BYTES);
            call(
                    CryptokiFunction.UNWRAP_KEY,
                    session,
                    mechanism(blocks, mechanism).address(),
                    key,
                    blocks.holding(wrapped).address(),
                    wrapped.length,
                    attributes(blocks, template).address(),
                    template.size(),
                    handle.address());
            return handle.ulong(0);
        }
    }

    private NativeBlock gcmParameters(Blocks blocks, NativeBlock iv, int ivBytes, byte[] aad) {
        NativeBlock parameters = blocks.of(GCM_PARAMS);
        parameters.putUlong(0, ivBytes == 0 ? NULL : iv.address());
        parameters.putUlong(GCM_PARAMS_IV_LEN, ivBytes);
        parameters.putUlong(2 * ULONG_BYTES, (long) ivBytes * Byte.SIZE);
        parameters.putUlong(
                3 * ULONG_BYTES, aad.length == 0 ? NULL : blocks.holding(aad).address());
        parameters.putUlong(4 * ULONG_BYTES, aad.length);
        parameters.putUlong(5 * ULONG_BYTES, (long) TAG_BYTES * Byte.SIZE);
        return parameters;
    }

    private static NativeBlock mechanism(Blocks blocks, long number) {
        NativeBlock mechanism = blocks.of(MECHANISM);
        mechanism.putUlong(0, number);
        return mechanism;
    }

    private static NativeBlock mechanism(Blocks blocks, long number, NativeBlock parameters) {
        NativeBlock mechanism = mechanism(blocks, number);
        mechanism.putUlong(ULONG_BYTES, parameters.address());
        mechanism.putUlong(2 * ULONG_BYTES, parameters.bytes());
        return mechanism;
    }

    /** One call over the whole input; a length that the token can't have written is refused. */
    private byte[] process(CryptokiFunction function, long session, byte[] input, int outputRoom)
            throws CryptokiException {
        try (NativeBlock in = backend.allocate(input.length);
                NativeBlock out = backend.allocate(outputRoom);
                NativeBlock length = backend.allocate(ULONG_BYTES)) {
            in.put(0, input);
            length.putUlong(0, outputRoom);
            call(function, session, in.address(), input.length, out.address(), length.address());
            return given(function, out, length);
        }
    }

    private static byte[] given(CryptokiFunction function, NativeBlock out, NativeBlock length)
            throws CryptokiException {
        long given = length.ulong(0);
        if (given < 0 || given > out.bytes()) {
            throw new CryptokiException(function, ReturnValue.BUFFER_TOO_SMALL.code);
        }
        return out.get(0, (int) given);
    }

    // ---- helpers ---------------------------------------------------------------------------------------------------

    /** The native memory of one call, wiped and given back together. */
    private final class Blocks implements AutoCloseable {
        private final List<NativeBlock> blocks = new ArrayList<>();

        NativeBlock of(int bytes) {
            NativeBlock block = backend.allocate(bytes);
            blocks.add(block);
            return block;
        }

        NativeBlock holding(byte[] bytes) {
            NativeBlock block = of(bytes.length);
            block.put(0, bytes);
            return block;
        }

        @Override
        public void close() {
            blocks.forEach(NativeBlock::close);
        }
    }

    private static String version(NativeBlock block, int offset) {
        byte[] version = block.get(offset, 2);
        return Byte.toUnsignedInt(version[0]) + "." + Byte.toUnsignedInt(version[1]);
    }

    /** A field padded with blanks. */
    private static String text(NativeBlock block, int offset, int length) {
        return Printable.text(block.get(offset, length)).stripTrailing();
    }
}
