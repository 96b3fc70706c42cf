/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;

/**
 * Opens keyrings from configuration text. Found with {@link ServiceLoader}, and used only when its scheme is named: a jar
 * on the path activates nothing. Two factories of one scheme are an error.
 */
public interface KeyringFactory {
    /** The key URI's scheme, lower case: {@code pkcs11}, {@code aws-kms}, {@code aes}, {@code acme-vault}. */
    String scheme();

    /**
     * Opens the master key named by {@code uri}.
     *
     * @param uri begins with this factory's scheme and a colon
     * @param options further settings by name; {@code description.NAME} entries are the materials description (see {@link
     *     #description}); an option that the factory does not know is an error
     * @param secrets PINs and passphrases by name
     * @return the keyring, which the caller closes
     * @throws KeyringException if the key can't be had; the message says what was found and what was wanted
     */
    Keyring open(String uri, Map<String, String> options, Secrets secrets);

    /** The entries of {@code options} that are named {@code description.NAME}, without that prefix. */
    static Map<String, String> description(Map<String, String> options) {
        Map<String, String> description = new TreeMap<>();
        options.forEach((name, value) -> {
            if (name.startsWith("description.")) {
                description.put(name.substring("description.".length()), value);
            }
        });
        return Map.copyOf(description);
    }

    /** Opens a key with the factory of its URI's scheme. */
    static Keyring openUri(String uri, Map<String, String> options, Secrets secrets) {
        int colon = uri.indexOf(':');
        if (colon < 1) {
            throw new KeyringException(
                    KeyringException.Reason.MISCONFIGURED, "a key URI begins with a scheme, such as pkcs11: or aes:");
        }
        String scheme = uri.substring(0, colon);
        List<KeyringFactory> matching = new ArrayList<>();
        List<String> known = new ArrayList<>();
        for (KeyringFactory factory : ServiceLoader.load(KeyringFactory.class)) {
            known.add(factory.scheme());
            if (factory.scheme().equals(scheme)) {
                matching.add(factory);
            }
        }
        if (matching.size() != 1) {
            throw new KeyringException(
                    KeyringException.Reason.MISCONFIGURED,
                    matching.isEmpty()
                            ? "no keyring factory for scheme '" + scheme + "'; there are " + known
                            : "two keyring factories for scheme '" + scheme + "': " + matching);
        }
        return matching.get(0).open(uri, options, secrets);
    }

    /**
     * Opens a key as platforms configure plugins: by class name and a map of strings. The map's {@code uri} names the key;
     * the other entries are the factory's options.
     *
     * @param className a {@link KeyringFactory} with a public constructor without parameters
     */
    static Keyring openNamed(String className, Map<String, String> configuration, Secrets secrets) {
        KeyringFactory factory;
        try {
            factory = Class.forName(className)
                    .asSubclass(KeyringFactory.class)
                    .getConstructor()
                    .newInstance();
        } catch (ClassNotFoundException
                | ClassCastException
                | NoSuchMethodException
                | InstantiationException
                | IllegalAccessException
                | InvocationTargetException e) {
            throw new KeyringException(
                    KeyringException.Reason.MISCONFIGURED,
                    className + " is not a KeyringFactory with a public constructor without parameters",
                    e);
        }
        Map<String, String> options = new TreeMap<>(configuration);
        String uri = options.remove("uri");
        if (uri == null) {
            throw new KeyringException(
                    KeyringException.Reason.MISCONFIGURED, "the configuration of " + className + " has no 'uri'");
        }
        return factory.open(uri, options, secrets);
    }
}
