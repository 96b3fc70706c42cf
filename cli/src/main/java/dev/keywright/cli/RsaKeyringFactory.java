/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.jca.JcaKeyrings;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringFactory;
import dev.keywright.spi.Secrets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Opens {@code rsa:FILE}: an RSA master key in PEM (PKCS#8, encrypted PKCS#8, PKCS#1, also encrypted) or PKCS#12. A public
 * key or a certificate, in PEM, makes a keyring that writes only.
 *
 * <p>The secret of an encrypted file is named {@code passphrase}. Options: {@code description.NAME} only. A private key
 * read from a file can't be wiped from memory: that is what tokens and KMS are for.
 */
public final class RsaKeyringFactory implements KeyringFactory {
    private static final String SCHEME = "rsa";

    /** For {@link java.util.ServiceLoader}. */
    public RsaKeyringFactory() {}

    @Override
    public String scheme() {
        return SCHEME;
    }

    @Override
    public Keyring open(String uri, Map<String, String> options, Secrets secrets) {
        for (String option : options.keySet()) {
            if (!option.startsWith("description.")) {
                throw new KeyringException(
                        KeyringException.Reason.MISCONFIGURED,
                        uri + ": there is no option '" + option + "', only description.NAME");
            }
        }
        JcaKeyrings keyrings = JcaKeyrings.platform().description(KeyringFactory.description(options));
        RsaKeyFile file = RsaKeyFile.read(uri, path(uri), secrets);
        if (file.privateKey() == null) {
            return new WriteOnlyKeyring(uri, keyrings.rsa(uri, file.publicKey()));
        }
        return keyrings.rsa(uri, file.pair());
    }

    private static Path path(String uri) {
        String file = uri.substring(SCHEME.length() + 1);
        try {
            if (!file.isEmpty()) {
                return Path.of(file);
            }
        } catch (InvalidPathException e) {
            throw new KeyringException(
                    KeyringException.Reason.MISCONFIGURED, uri + ": not the name of a file: " + e.getReason(), e);
        }
        throw new KeyringException(KeyringException.Reason.MISCONFIGURED, uri + ": a file is wanted after the colon");
    }
}
