/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.Keyring;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.spi.KeyringFactory;
import dev.keywright.spi.Keyrings;
import dev.keywright.spi.Secrets;
import java.util.Map;

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
        Pkcs11Keyring.Builder builder = Pkcs11Keyring.builder(parsed)
                .description(KeyringFactory.description(options))
                .reads(reads(parsed, options))
                .quirks(Pkcs11Options.read(parsed.toString(), options));
        if (parsed.pinSource().isEmpty()) {
            builder.pin(() -> secrets.secret("pin"));
        }
        return builder.build();
    }

    private static Keyrings.Reads reads(Pkcs11Uri uri, Map<String, String> options) {
        Keyrings.Reads reads = Keyrings.Reads.OWN_DESCRIPTION;
        for (Map.Entry<String, String> option : options.entrySet()) {
            if (option.getKey().equals("reads") && option.getValue().equals("any")) {
                reads = Keyrings.Reads.ANY_DESCRIPTION;
            } else if (!option.getKey().startsWith("description.") && !Pkcs11Options.has(option.getKey())) {
                throw new KeyringException(
                        Reason.MISCONFIGURED,
                        uri + ": option " + option.getKey()
                                + " is unknown, or its value; there are description.NAME, reads=any, "
                                + Pkcs11Options.NAMES);
            }
        }
        return reads;
    }
}
