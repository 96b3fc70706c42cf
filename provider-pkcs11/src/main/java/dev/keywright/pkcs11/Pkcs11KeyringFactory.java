/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.Keyring;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.spi.KeyringFactory;
import dev.keywright.spi.Keyrings;
import dev.keywright.spi.Secrets;
import java.util.Map;
import java.util.TreeMap;

/**
 * Opens {@code pkcs11:} URIs ({@link Pkcs11Uri}). The PIN is read from the URI's {@code pin-source} file, else it is the
 * secret named {@code pin}. Options: {@code description.NAME}; {@code reads=any} for {@link
 * Keyrings.Reads#ANY_DESCRIPTION}; and for tokens that differ from the standard, by {@link Pkcs11Quirks}:
 *
 * <ul>
 *   <li>{@code profile}: a {@link Pkcs11Profile}, which the others change
 *   <li>{@code gcm-iv}: {@code host}, {@code token-writes-back}, {@code token-prepends}
 *   <li>{@code mechanism.CKM_AES_GCM} and the other {@link Pkcs11Mechanism}s: a vendor's number, {@code 0x80001087}
 *   <li>{@code key-unwrap}: {@code either}, {@code decrypt}, {@code unwrap}
 *   <li>{@code emulate-gcm}, {@code emulate-key-wrap}, {@code raw-rsa-oaep}: {@code true}, {@code false}
 *   <li>{@code login}: {@code as-the-token-says}, {@code protected-path}, {@code none}
 *   <li>{@code init-argument}: what C_Initialize is given
 * </ul>
 *
 * <p>And for its sessions, as the {@link Pkcs11Keyring.Builder} says: {@code max-sessions}, {@code session-wait-millis}, {@code
 * read-write-sessions} ({@code true}, {@code false}), {@code back-off-millis} and {@code largest-back-off-millis}.
 */
public final class Pkcs11KeyringFactory implements KeyringFactory {
    /** Made by {@link java.util.ServiceLoader}, or by its class name. */
    public Pkcs11KeyringFactory() {}

    @Override
    public String scheme() {
        return "pkcs11";
    }

    @Override
    public Keyring open(String uri, Map<String, String> options, Secrets secrets) {
        Pkcs11Uri parsed = Pkcs11Uri.parse(uri);
        Map<String, String> ofToken = ofToken(options);
        Pkcs11Options.requireKnown(parsed.toString(), ofToken.keySet(), "description.NAME, reads=any, ");
        Pkcs11Keyring.Builder builder = Pkcs11Keyring.builder(parsed)
                .description(KeyringFactory.description(options))
                .reads(reads(parsed, options))
                .options(ofToken);
        if (parsed.pinSource().isEmpty()) {
            builder.pin(() -> secrets.secret("pin"));
        }
        return builder.build();
    }

    private static Keyrings.Reads reads(Pkcs11Uri uri, Map<String, String> options) {
        String reads = options.get("reads");
        if (reads == null) {
            return Keyrings.Reads.OWN_DESCRIPTION;
        }
        if (!reads.equals("any")) {
            throw new KeyringException(
                    Reason.MISCONFIGURED,
                    uri + ": option reads is not any; leave it out for objects of the own description");
        }
        return Keyrings.Reads.ANY_DESCRIPTION;
    }

    private static Map<String, String> ofToken(Map<String, String> options) {
        Map<String, String> rest = new TreeMap<>(options);
        rest.keySet().removeIf(name -> name.equals("reads") || name.startsWith("description."));
        return rest;
    }
}
