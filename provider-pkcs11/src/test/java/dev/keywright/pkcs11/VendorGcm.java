/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.List;

/** Has a token do AES-GCM as some HSMs do: by a mechanism of the vendor's, with an IV that the token makes. */
final class VendorGcm {
    static final long NUMBER = 0x8000_1234L;

    private static final int IV_BYTES = 12;
    private static final int IV_LEN = 8;
    private static final int IV_BITS = 16;

    private final List<byte[]> ivs; // given out one after the other
    final List<String> given = new ArrayList<>(); // what stood in pIv

    private final Memory ownIv = new Memory(IV_BYTES);
    private Pointer parameters;
    private long session;
    private long key;

    private VendorGcm(List<byte[]> ivs) {
        this.ivs = new ArrayList<>(ivs);
    }

    /** As AWS CloudHSM's CKM_AES_GCM and Google's CKM_CLOUDKMS_AES_GCM: the token writes its IV to where one is given. */
    static VendorGcm writingBack(InterposedBackend module, byte[]... ivs) {
        VendorGcm vendor = new VendorGcm(List.of(ivs));
        describe(module);
        module.interpose(CryptokiFunction.ENCRYPT_INIT, (asked, arguments) -> {
            if (!vendor.isTaken(arguments)) {
                return ReturnValue.MECHANISM_INVALID.code;
            }
            Pointer iv = vendor.parameters.getPointer(0);
            vendor.given.add(java.util.HexFormat.of().formatHex(iv.getByteArray(0, IV_BYTES)));
            iv.write(0, vendor.ivs.remove(0), 0, IV_BYTES);
            return asked.call(CryptokiFunction.ENCRYPT_INIT, arguments);
        });
        module.interpose(CryptokiFunction.DECRYPT_INIT, (asked, arguments) -> {
            if (!vendor.isTaken(arguments)) {
                return ReturnValue.MECHANISM_INVALID.code;
            }
            return asked.call(CryptokiFunction.DECRYPT_INIT, arguments);
        });
        return vendor;
    }

    /** As AWS CloudHSM's CKM_CLOUDHSM_AES_GCM: no room for an IV; it stands before the ciphertext, both ways. */
    static VendorGcm prepending(InterposedBackend module, byte[]... ivs) {
        VendorGcm vendor = new VendorGcm(List.of(ivs));
        describe(module);
        module.interpose(CryptokiFunction.ENCRYPT_INIT, (asked, arguments) -> {
            if (!vendor.isTaken(arguments) || !vendor.hasNoRoomForAnIv()) {
                return ReturnValue.MECHANISM_PARAM_INVALID.code;
            }
            vendor.useOwnIv(vendor.ivs.remove(0));
            return asked.call(CryptokiFunction.ENCRYPT_INIT, arguments);
        });
        module.interpose(CryptokiFunction.ENCRYPT, (asked, arguments) -> {
            long result = asked.call(CryptokiFunction.ENCRYPT, arguments);
            Pointer output = new Pointer(arguments[3]);
            Pointer length = new Pointer(arguments[4]);
            byte[] sealed = output.getByteArray(0, (int) length.getLong(0));
            output.write(0, vendor.ownIv.getByteArray(0, IV_BYTES), 0, IV_BYTES);
            output.write(IV_BYTES, sealed, 0, sealed.length);
            length.setLong(0, IV_BYTES + sealed.length);
            return result;
        });
        module.interpose(CryptokiFunction.DECRYPT_INIT, (asked, arguments) -> {
            if (!vendor.isTaken(arguments) || !vendor.hasNoRoomForAnIv()) {
                return ReturnValue.MECHANISM_PARAM_INVALID.code;
            }
            vendor.parameters = null; // its memory goes with this call
            vendor.session = arguments[0];
            vendor.key = arguments[2];
            return ReturnValue.OK; // begun below, when the IV is known
        });
        module.interpose(CryptokiFunction.DECRYPT, (asked, arguments) -> {
            Pointer input = new Pointer(arguments[1]);
            vendor.useOwnIv(input.getByteArray(0, IV_BYTES));
            long begun = vendor.beginDecryption(asked);
            return begun != ReturnValue.OK
                    ? begun
                    : asked.call(
                            CryptokiFunction.DECRYPT,
                            arguments[0],
                            arguments[1] + IV_BYTES,
                            arguments[2] - IV_BYTES,
                            arguments[3],
                            arguments[4]);
        });
        return vendor;
    }

    /** Has the token list the vendor's mechanism as it does the standard one. */
    static void describe(InterposedBackend module) {
        module.interpose(
                CryptokiFunction.GET_MECHANISM_INFO,
                (asked, arguments) -> asked.call(
                        CryptokiFunction.GET_MECHANISM_INFO,
                        arguments[0],
                        arguments[1] == NUMBER ? CryptokiConstants.CKM_AES_GCM : arguments[1],
                        arguments[2]));
    }

    /** The parameters' memory is gone by C_Decrypt, so they are made again. */
    private long beginDecryption(CryptokiBackend asked) {
        try (Memory copied = new Memory(6L * Long.BYTES);
                Memory data = new Memory(aad.length + 1L);
                Memory named = new Memory(3L * Long.BYTES)) {
            data.write(0, aad, 0, aad.length);
            copied.setPointer(0, ownIv);
            copied.setLong(IV_LEN, IV_BYTES);
            copied.setLong(IV_BITS, IV_BYTES * 8);
            copied.setPointer(24, data);
            copied.setLong(32, aad.length);
            copied.setLong(40, 128);
            named.setLong(0, CryptokiConstants.CKM_AES_GCM);
            named.setPointer(8, copied);
            named.setLong(16, copied.size());
            return asked.call(CryptokiFunction.DECRYPT_INIT, session, Pointer.nativeValue(named), key);
        }
    }

    private byte[] aad = {};

    /** Takes the vendor's number for the standard one. */
    private boolean isTaken(long... arguments) {
        Pointer given = new Pointer(arguments[1]);
        if (given.getLong(0) != NUMBER) {
            return false;
        }
        given.setLong(0, CryptokiConstants.CKM_AES_GCM);
        parameters = given.getPointer(Long.BYTES);
        aad = parameters.getPointer(24) == null
                ? new byte[0]
                : parameters.getPointer(24).getByteArray(0, (int) parameters.getLong(32));
        return true;
    }

    private boolean hasNoRoomForAnIv() {
        return parameters.getPointer(0) == null && parameters.getLong(IV_LEN) == 0 && parameters.getLong(IV_BITS) == 0;
    }

    private void useOwnIv(byte[] iv) {
        ownIv.write(0, iv, 0, IV_BYTES);
        if (parameters != null) {
            parameters.setPointer(0, ownIv);
            parameters.setLong(IV_LEN, IV_BYTES);
            parameters.setLong(IV_BITS, IV_BYTES * 8);
        }
    }
}
