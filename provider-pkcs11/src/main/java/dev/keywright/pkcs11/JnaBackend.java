/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import com.sun.jna.Function;
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A module called through JNA. A module once loaded stays loaded: many can't bear to be unloaded. */
final class JnaBackend implements CryptokiBackend {
    private static final int RTLD_NOW = 2;
    private static final int RTLD_LOCAL_ON_MAC = 4; // 0 elsewhere

    /** CK_FUNCTION_LIST begins with a CK_VERSION, padded to a pointer's alignment. */
    private static final int FIRST_FUNCTION = ULONG_BYTES;

    /** Held because JNA unloads a library that nobody refers to, and the next call would take the JVM down. */
    @SuppressWarnings("unused")
    private final NativeLibrary library;

    private final Map<CryptokiFunction, Function> functions = new EnumMap<>(CryptokiFunction.class);

    private JnaBackend(NativeLibrary library, Pointer functionList) {
        this.library = library;
        for (CryptokiFunction function : CryptokiFunction.values()) {
            @Nullable Pointer address = functionList.getPointer(FIRST_FUNCTION + (long) function.place * ULONG_BYTES);
            if (address != null) {
                functions.put(function, Function.getFunction(address));
            }
        }
    }

    /**
     * Loads the module.
     *
     * @param path of a file that exists
     * @throws KeyringException with reason MISCONFIGURED if it can't be loaded, or is no PKCS#11 module
     */
    static JnaBackend load(Path path) {
        NativeLibrary library;
        try {
            requirePlatform(System.getProperty("os.name"), Native.LONG_SIZE, Native.POINTER_SIZE);
            library = opened(path);
        } catch (LinkageError e) {
            throw new KeyringException(
                    Reason.MISCONFIGURED,
                    path + " can't be loaded as a native library for this system: " + e.getMessage(),
                    e);
        }
        Function getFunctionList;
        try {
            getFunctionList = library.getFunction("C_GetFunctionList");
        } catch (UnsatisfiedLinkError e) {
            throw new KeyringException(
                    Reason.MISCONFIGURED,
                    path + " is a library, but no PKCS#11 module: it has no C_GetFunctionList",
                    e);
        }
        PointerByReference list = new PointerByReference();
        long result = ((Number) getFunctionList.invoke(Long.class, new Object[] {list})).longValue();
        @Nullable Pointer functionList = list.getValue();
        if (result != ReturnValue.OK || functionList == null) {
            throw new KeyringException(
                    Reason.MISCONFIGURED,
                    path + " gives no function list: C_GetFunctionList gave " + ReturnValue.nameOf(result));
        }
        return new JnaBackend(library, functionList);
    }

    /** Keeps the module's names to itself: all modules have functions of the same names, and some call their own by them. */
    static NativeLibrary opened(Path path) {
        return NativeLibrary.getInstance(
                path.toString(),
                Map.of(Library.OPTION_OPEN_FLAGS, RTLD_NOW | (Platform.isMac() ? RTLD_LOCAL_ON_MAC : 0)));
    }

    /** Structures are laid out for systems whose C long and pointer have eight bytes and that do not pack them. */
    static void requirePlatform(String system, int longBytes, int pointerBytes) {
        if (system.startsWith("Windows") || longBytes != ULONG_BYTES || pointerBytes != ULONG_BYTES) {
            throw new KeyringException(
                    Reason.MISCONFIGURED,
                    "PKCS#11 modules are used on 64-bit Linux and macOS only; this is " + system + " with "
                            + pointerBytes * Byte.SIZE + "-bit pointers");
        }
    }

    @Override
    public NativeBlock allocate(int bytes) {
        return new Block(bytes);
    }

    @Override
    public long call(CryptokiFunction function, long... arguments) {
        Function target = functions.get(function);
        if (target == null) {
            return ReturnValue.FUNCTION_NOT_SUPPORTED.code;
        }
        Object[] words = new Object[arguments.length];
        for (int i = 0; i < words.length; i++) {
            words[i] = arguments[i];
        }
        return target.invokeLong(words);
    }

    private static final class Block implements NativeBlock {
        private final Memory memory;
        private final int bytes;

        Block(int bytes) {
            this.memory = new Memory(Math.max(bytes, 1)); // no block of nothing
            this.bytes = bytes;
            memory.clear();
        }

        @Override
        public long address() {
            return Pointer.nativeValue(memory);
        }

        @Override
        public int bytes() {
            return bytes;
        }

        @Override
        public void putUlong(int offset, long value) {
            memory.setLong(offset, value);
        }

        @Override
        public long ulong(int offset) {
            return memory.getLong(offset);
        }

        @Override
        public void put(int offset, byte[] source) {
            memory.write(offset, source, 0, source.length);
        }

        @Override
        public byte[] get(int offset, int length) {
            return memory.getByteArray(offset, length);
        }

        @Override
        public void close() {
            memory.clear();
            memory.close();
        }
    }
}
