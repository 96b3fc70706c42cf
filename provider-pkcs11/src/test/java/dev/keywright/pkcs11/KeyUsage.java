/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.LongByReference;
import dev.keywright.testing.SoftHsm;
import java.util.Optional;

/** Takes a use away from a key on a token, which pkcs11-tool can't: SoftHSM gives every use, and its flags only add. */
final class KeyUsage {
    private static final long READ_WRITE_SERIAL = 6;

    private KeyUsage() {}

    /** Sets {@code attribute}, a CKA_ number, of the key of this label to false. */
    static void deny(SoftHsm token, String keyLabel, long attribute) throws CryptokiException {
        Pkcs11Uri uri = Pkcs11Uri.parse(token.uri(keyLabel));
        Login login = new Login("the test", token::pin, false);
        Pkcs11Token opened = Pkcs11Module.at(token.module()).open(uri, login, TokenOptions.DEFAULT, Optional.empty());
        try {
            long key = opened.lease(session -> new KeySearch(opened.cryptoki(), session).find(uri, opened))
                    .handle();
            setFalse(JnaBackend.opened(token.module()), opened.slot(), key, attribute);
        } finally {
            opened.giveBack(login);
        }
    }

    private static void setFalse(NativeLibrary module, long slot, long key, long attribute) {
        LongByReference session = new LongByReference();
        call(module, "C_OpenSession", slot, READ_WRITE_SERIAL, Pointer.NULL, Pointer.NULL, session);
        try (Memory value = new Memory(1);
                Memory template = new Memory(3L * Long.BYTES)) {
            value.setByte(0, (byte) 0);
            template.setLong(0, attribute);
            template.setPointer(Long.BYTES, value);
            template.setLong(2L * Long.BYTES, 1);
            call(module, "C_SetAttributeValue", session.getValue(), key, template, 1L);
        } finally {
            call(module, "C_CloseSession", session.getValue());
        }
    }

    private static void call(NativeLibrary module, String function, Object... arguments) {
        long result = module.getFunction(function).invokeLong(arguments);
        if (result != ReturnValue.OK) {
            throw new IllegalStateException(function + " gave " + ReturnValue.nameOf(result));
        }
    }
}
