/**
 * Keyrings whose master key stays in an HSM: token and key selection, sessions, login, and the Cryptoki calls (PKCS #11
 * v2.40) that wrap and open data keys. Start at {@link dev.keywright.pkcs11.Pkcs11Keyring}.
 *
 * <p>Runs on 64-bit Linux and macOS. Data keys leave the token, by design; the master key does not.
 */
@NullMarked
package dev.keywright.pkcs11;

import org.jspecify.annotations.NullMarked;
