/**
 * Uses a master key that stays in an HSM, through the HSM's PKCS#11 module: finds module, token and key, logs in, leases
 * sessions, and does a keyring's two operations.
 *
 * <p>{@link dev.keywright.pkcs11.Pkcs11Keyring} is the keyring, {@link dev.keywright.pkcs11.Pkcs11Uri} reads the URIs of RFC
 * 7512 that name module, token and key. Native calls need 64-bit Linux or macOS,
 * and from JDK 24 on {@code --enable-native-access=com.sun.jna} ({@code ALL-UNNAMED} on the class path) against a
 * warning. JNA unpacks a small library into the temporary folder; where that may hold no programs, set {@code jna.tmpdir}.
 */
@NullMarked
package dev.keywright.pkcs11;

import org.jspecify.annotations.NullMarked;
