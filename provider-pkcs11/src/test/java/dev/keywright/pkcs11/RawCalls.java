/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Arrays;

/**
 * Calls of a module that no keyring makes, for {@link TokenOperation}: mechanisms with whatever parameters, and functions that
 * {@link Cryptoki} has no use for. As a {@link CryptokiBackend} it lends itself to those as well, for each C_GetFunctionList of
 * p11-kit's client gives functions with sessions of their own.
 */
final class RawCalls implements CryptokiBackend {
    /** Places in CK_FUNCTION_LIST. */
    private static final int ENCRYPT_INIT = 29;

    private static final int ENCRYPT = 30;
    private static final int DECRYPT_INIT = 33;
    private static final int DECRYPT = 34;
    private static final int GENERATE_KEY_PAIR = 59;
    private static final int WRAP_KEY = 60;
    private static final int UNWRAP_KEY = 61;
    private static final int GENERATE_RANDOM = 64;
    private static final int WAIT_FOR_SLOT_EVENT = 67;

    static final long CKM_AES_CTR = 0x1086;
    private static final long CKM_RSA_PKCS_KEY_PAIR_GEN = 0;
    private static final long CKA_MODULUS_BITS = 0x121;
    private static final long CKF_DONT_BLOCK = 1;

    private final Pointer functions;
    private final JnaBackend memory;

    RawCalls(Path module) {
        memory = JnaBackend.load(module);
        PointerByReference list = new PointerByReference();
        JnaBackend.opened(module).getFunction("C_GetFunctionList").invokeLong(new Object[] {list});
        functions = list.getValue();
    }

    /** A call that was not answered by CKR_OK. */
    static final class Refused extends GeneralSecurityException {
        private static final long serialVersionUID = 1L;

        final String function;
        final long code;

        Refused(String function, long code) {
            super(function + " gave " + ReturnValue.nameOf(code));
            this.function = function;
            this.code = code;
        }
    }

    @Override
    public NativeBlock allocate(int bytes) {
        return memory.allocate(bytes);
    }

    @Override
    public long call(CryptokiFunction function, long... arguments) {
        return invoke(function.place, Arrays.stream(arguments).boxed().toArray());
    }

    private long invoke(int place, Object... arguments) {
        Pointer address = functions.getPointer((1L + place) * Long.BYTES);
        return address == null
                ? ReturnValue.FUNCTION_NOT_SUPPORTED.code
                : Function.getFunction(address).invokeLong(arguments);
    }

    private void call(String name, int place, Object... arguments) throws Refused {
        long result = invoke(place, arguments);
        if (result != ReturnValue.OK) {
            throw new Refused(name, result);
        }
    }

    /** A mechanism and its parameters, as they lie in memory, with what they point to. */
    record Mechanism(long number, Memory parameters, Memory pointedTo) {
        static Mechanism of(long number) {
            return new Mechanism(number, null, null);
        }

        static Mechanism of(long number, byte[] parameters) {
            return new Mechanism(number, memory(parameters), null);
        }

        private Memory structure() {
            Memory structure = new Memory(3L * Long.BYTES);
            structure.setLong(0, number);
            structure.setPointer(Long.BYTES, parameters);
            structure.setLong(2L * Long.BYTES, parameters == null ? 0 : parameters.size());
            return structure;
        }
    }

    static Memory memory(byte[] bytes) {
        Memory memory = new Memory(Math.max(1, bytes.length));
        memory.write(0, bytes, 0, bytes.length);
        return memory;
    }

    /** As many words as are given, in the machine's order. */
    static Memory words(long... words) {
        Memory memory = new Memory((long) words.length * Long.BYTES);
        memory.write(0, words, 0, words.length);
        return memory;
    }

    byte[] encrypt(long session, long key, Mechanism mechanism, byte[] input, int room) throws Refused {
        try {
            call("C_EncryptInit", ENCRYPT_INIT, session, mechanism.structure(), key);
        } finally {
            Reference.reachabilityFence(mechanism); // its memory ends with it
        }
        return process("C_Encrypt", ENCRYPT, session, input, room);
    }

    byte[] decrypt(long session, long key, Mechanism mechanism, byte[] input) throws Refused {
        try {
            call("C_DecryptInit", DECRYPT_INIT, session, mechanism.structure(), key);
        } finally {
            Reference.reachabilityFence(mechanism);
        }
        return process("C_Decrypt", DECRYPT, session, input, input.length);
    }

    private byte[] process(String name, int place, long session, byte[] input, int room) throws Refused {
        Memory output = new Memory(room);
        LongByReference length = new LongByReference(room);
        call(name, place, session, memory(input), (long) input.length, output, length);
        return output.getByteArray(0, Math.toIntExact(Math.min(room, length.getValue())));
    }

    byte[] wrapKey(long session, long wrappingKey, Mechanism mechanism, long key, int room) throws Refused {
        Memory output = new Memory(room);
        LongByReference length = new LongByReference(room);
        try {
            call("C_WrapKey", WRAP_KEY, session, mechanism.structure(), wrappingKey, key, output, length);
        } finally {
            Reference.reachabilityFence(mechanism);
        }
        return output.getByteArray(0, Math.toIntExact(Math.min(room, length.getValue())));
    }

    long unwrapKey(long session, long key, Mechanism mechanism, byte[] wrapped, Template template) throws Refused {
        LongByReference handle = new LongByReference();
        try (Attributes attributes = new Attributes(template)) {
            call(
                    "C_UnwrapKey",
                    UNWRAP_KEY,
                    session,
                    mechanism.structure(),
                    key,
                    memory(wrapped),
                    (long) wrapped.length,
                    attributes.block,
                    (long) template.size(),
                    handle);
        } finally {
            Reference.reachabilityFence(mechanism);
        }
        return handle.getValue();
    }

    record Pair(long publicKey, long privateKey) {}

    /** A pair of the token's, since some make no other; the caller destroys it. */
    Pair generateRsaPair(long session, int bits) throws Refused {
        byte[] length = ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.nativeOrder())
                .putLong(bits)
                .array();
        Template publicKey = Template.ofClass(CryptokiConstants.CKO_PUBLIC_KEY)
                .with(CryptokiConstants.CKA_TOKEN, true)
                .with(CryptokiConstants.CKA_ENCRYPT, true)
                .with(CKA_MODULUS_BITS, length)
                .with(CryptokiConstants.CKA_PUBLIC_EXPONENT, new byte[] {1, 0, 1});
        Template privateKey = Template.ofClass(CryptokiConstants.CKO_PRIVATE_KEY)
                .with(CryptokiConstants.CKA_TOKEN, true)
                .with(CryptokiConstants.CKA_PRIVATE, true)
                .with(CryptokiConstants.CKA_DECRYPT, true);
        LongByReference publicHandle = new LongByReference();
        LongByReference privateHandle = new LongByReference();
        try (Attributes ofPublic = new Attributes(publicKey);
                Attributes ofPrivate = new Attributes(privateKey)) {
            call(
                    "C_GenerateKeyPair",
                    GENERATE_KEY_PAIR,
                    session,
                    Mechanism.of(CKM_RSA_PKCS_KEY_PAIR_GEN).structure(),
                    ofPublic.block,
                    (long) publicKey.size(),
                    ofPrivate.block,
                    (long) privateKey.size(),
                    publicHandle,
                    privateHandle);
        }
        return new Pair(publicHandle.getValue(), privateHandle.getValue());
    }

    byte[] random(long session, int bytes) throws Refused {
        Memory output = new Memory(bytes);
        call("C_GenerateRandom", GENERATE_RANDOM, session, output, (long) bytes);
        return output.getByteArray(0, bytes);
    }

    void pollSlotEvent() throws Refused {
        call("C_WaitForSlotEvent", WAIT_FOR_SLOT_EVENT, CKF_DONT_BLOCK, new LongByReference(), Pointer.NULL);
    }

    /** A template in memory, with its values. */
    private static final class Attributes implements AutoCloseable {
        final Memory block;
        private final Memory[] values;

        Attributes(Template template) {
            block = new Memory(3L * Long.BYTES * template.size());
            values = new Memory[template.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = memory(template.value(i));
                block.setLong(3L * Long.BYTES * i, template.type(i));
                block.setPointer(3L * Long.BYTES * i + Long.BYTES, values[i]);
                block.setLong(3L * Long.BYTES * i + 2L * Long.BYTES, template.value(i).length);
            }
        }

        @Override
        public void close() {
            for (Memory value : values) {
                value.clear();
                value.close();
            }
            block.close();
        }
    }
}
