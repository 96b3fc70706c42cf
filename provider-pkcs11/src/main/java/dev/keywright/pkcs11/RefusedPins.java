/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;

/**
 * PINs that tokens called wrong in this process: keyrings that have one source must not lock a token by its one wrong PIN, and
 * not all tokens say that a try is their last. Kept as hashes with a salt of this process, till a login on the token succeeds.
 * For the one who is alone in the module.
 */
final class RefusedPins {
    private static final int SALT_BYTES = 32;

    private final byte[] salt = new byte[SALT_BYTES];
    private final Set<Refused> all = new HashSet<>();

    RefusedPins() {
        new SecureRandom().nextBytes(salt);
    }

    /** A token, whatever slot it is in, and what tells a PIN. */
    private record Refused(String label, String manufacturer, String model, String serial, String hash) {
        boolean isOn(Pkcs11TokenInfo token) {
            return label.equals(token.label())
                    && manufacturer.equals(token.manufacturer())
                    && model.equals(token.model())
                    && serial.equals(token.serial());
        }
    }

    private Refused refused(Pkcs11TokenInfo token, char[] pin) throws CryptokiException {
        return new Refused(token.label(), token.manufacturer(), token.model(), token.serial(), hash(pin));
    }

    private String hash(char[] pin) throws CryptokiException {
        byte[] encoded = Cryptoki.utf8(pin);
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            sha256.update(salt);
            return HexFormat.of().formatHex(sha256.digest(encoded));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256", e);
        } finally {
            Arrays.fill(encoded, (byte) 0);
        }
    }

    /** @param pin lent */
    boolean has(Pkcs11TokenInfo token, char[] pin) throws CryptokiException {
        return !all.isEmpty() && all.contains(refused(token, pin));
    }

    /** @param pin lent */
    void add(Pkcs11TokenInfo token, char[] pin) throws CryptokiException {
        all.add(refused(token, pin));
    }

    /** A login succeeded: the token counts anew, and PINs may have been changed. */
    void forget(Pkcs11TokenInfo token) {
        all.removeIf(each -> each.isOn(token));
    }
}
