/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.Bytes;

/**
 * What a token says of a key: no secret.
 *
 * @param label empty if it has none
 * @param id its CKA_ID; empty if it has none
 * @param bits the key's size: AES key bits, RSA modulus bits; 0 if the token does not tell
 * @param isPrivate whether it is seen only after a login (CKA_PRIVATE)
 */
public record Pkcs11KeyInfo(
        Type type,
        String label,
        Bytes id,
        int bits,
        boolean sensitive,
        boolean extractable,
        boolean isPrivate,
        boolean mayEncrypt,
        boolean mayDecrypt,
        boolean mayWrap,
        boolean mayUnwrap) {

    /** The kinds of master key. */
    public enum Type {
        /** An AES secret key. */
        AES,
        /** An RSA private key. */
        RSA
    }

    @Override
    public String toString() {
        return type + " key '" + label + "' (CKA_ID " + Printable.id(id.toByteArray()) + ", type "
                + (type == Type.AES ? Pkcs11Uri.KeyType.SECRET_KEY : Pkcs11Uri.KeyType.PRIVATE) + ", " + bits
                + " bits)";
    }
}
