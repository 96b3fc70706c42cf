/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.util.ArrayList;
import java.util.List;

/** Which of a module's tokens a URI can mean. */
final class TokenChoice {
    private TokenChoice() {}

    /**
     * Those that match in every attribute, of the library, the slot and the token.
     *
     * @throws KeyringException with reason MISCONFIGURED if the library itself is another than is wanted
     */
    static List<Pkcs11TokenInfo> matching(Cryptoki cryptoki, Pkcs11Uri uri, List<Pkcs11TokenInfo> present)
            throws CryptokiException {
        if (!uri.libraryWanted().isEmpty()) {
            LibraryInfo library = cryptoki.libraryInfo();
            if (!uri.matches(library)) {
                throw new KeyringException(
                        Reason.MISCONFIGURED,
                        uri + ": wanted a PKCS#11 module of " + uri.libraryWanted() + ", and this one is " + library);
            }
        }
        List<Pkcs11TokenInfo> matching = new ArrayList<>();
        for (Pkcs11TokenInfo info : present) {
            if (uri.matches(info) && (!uri.asksForSlot() || uri.matches(cryptoki.slotInfo(info.slotId())))) {
                matching.add(info);
            }
        }
        return matching;
    }
}
