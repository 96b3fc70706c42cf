/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import com.sun.jna.Function;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A PKCS#11 module loaded through JNA; functions are taken from its own list. */
final class JnaBackend implements CryptokiBackend {
    /** CK_FUNCTION_LIST begins with a version, padded to the size of a pointer. */
    private static final int FUNCTION_LIST_HEADER_BYTES = 8;

    /** Modules stay loaded: unloading one under its own threads and exit handlers crashes, and so does the collector. */
    private static final Set<NativeLibrary> LOADED = ConcurrentHashMap.newKeySet();

    private final Pointer functionList;

    private JnaBackend(Pointer functionList) {
        this.functionList = functionList;
    }

    /** Loads a module. */
    static JnaBackend load(Path module) {
        if (Platform.isWindows() || Native.POINTER_SIZE != 8) {
            throw new KeyringException(
                    Reason.MISCONFIGURED, "PKCS#11 modules are supported on 64-bit Linux and macOS only, so far");
        }
        if (!Files.isRegularFile(module)) {
            throw new KeyringException(
                    Reason.MISCONFIGURED, "PKCS#11 module " + module + ": there is no such file; give module-path");
        }
        NativeLibrary library;
        try {
            library = NativeLibrary.getInstance(module.toString());
        } catch (UnsatisfiedLinkError e) {
            throw new KeyringException(
                    Reason.MISCONFIGURED, "PKCS#11 module " + module + ": the library can't be loaded", e);
        }
        try {
            PointerByReference list = new PointerByReference();
            long rv = library.getFunction("C_GetFunctionList").invokeLong(new Object[] {list});
            if (rv != Ck.CKR_OK) {
                throw new KeyringException(
                        Reason.MISCONFIGURED,
                        "PKCS#11 module " + module + ": C_GetFunctionList answers " + Ck.returnValueName(rv));
            }
            LOADED.add(library);
            return new JnaBackend(list.getValue());
        } catch (UnsatisfiedLinkError e) {
            library.close();
            throw new KeyringException(
                    Reason.MISCONFIGURED, module + " is no PKCS#11 module: it has no C_GetFunctionList", e);
        }
    }

    @Override
    public long allocate(long bytes) {
        long address = Native.malloc(bytes);
        if (address == 0) {
            throw new OutOfMemoryError("native memory, " + bytes + " bytes");
        }
        new Pointer(address).clear(bytes);
        return address;
    }

    @Override
    public void free(long address, long bytes) {
        new Pointer(address).clear(bytes);
        Native.free(address);
    }

    @Override
    public void write(long address, byte[] bytes) {
        new Pointer(address).write(0, bytes, 0, bytes.length);
    }

    @Override
    public byte[] read(long address, int length) {
        return new Pointer(address).getByteArray(0, length);
    }

    @Override
    public long call(CryptokiFunction function, long... arguments) {
        Object[] boxed = new Object[arguments.length];
        for (int i = 0; i < arguments.length; i++) {
            boxed[i] = arguments[i];
        }
        long entry = FUNCTION_LIST_HEADER_BYTES + (long) function.index * Native.POINTER_SIZE;
        return Function.getFunction(functionList.getPointer(entry)).invokeLong(boxed);
    }
}
