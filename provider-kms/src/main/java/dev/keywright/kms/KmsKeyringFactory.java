/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.kms;

import dev.keywright.spi.Keyring;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringFactory;
import dev.keywright.spi.Secrets;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Opens {@code aws-kms:KEY}, where KEY is a KMS key's id or ARN, or an alias or its ARN. Credentials come from where the
 * SDK looks by default.
 *
 * <p>Options: {@code region} (else the ARN's, else the environment's), {@code endpoint} (a URL), {@code grant-tokens}
 * (separated by commas).
 */
public final class KmsKeyringFactory implements KeyringFactory {
    private static final String SCHEME = "aws-kms";
    private static final Set<String> OPTIONS = Set.of("region", "endpoint", "grant-tokens");

    /** For {@link java.util.ServiceLoader}. */
    public KmsKeyringFactory() {}

    @Override
    public String scheme() {
        return SCHEME;
    }

    @Override
    public Keyring open(String uri, Map<String, String> options, Secrets secrets) {
        if (!uri.startsWith(SCHEME + ":")) {
            throw misconfigured("a key URI of this keyring begins with aws-kms:", null);
        }
        String keyId = uri.substring(SCHEME.length() + 1);
        KmsKeyring.builder(keyId); // refuses a blank one before a client is made
        Set<String> unknown = new TreeSet<>(options.keySet());
        unknown.removeAll(OPTIONS);
        if (!unknown.isEmpty()) {
            throw misconfigured(uri + ": unknown options " + unknown + "; there are " + new TreeSet<>(OPTIONS), null);
        }
        List<String> grantTokens = Stream.of(
                        options.getOrDefault("grant-tokens", "").split(",", -1))
                .map(String::strip)
                .filter(token -> !token.isEmpty())
                .toList();
        return new KmsKeyring(
                keyId,
                DefaultKmsClient.forKey(keyId, options.get("region"), endpoint(uri, options.get("endpoint"))),
                true,
                grantTokens);
    }

    private static @Nullable URI endpoint(String uri, @Nullable String option) {
        if (option == null) {
            return null;
        }
        try {
            URI endpoint = URI.create(option);
            if (endpoint.getScheme() != null && endpoint.getHost() != null) {
                return endpoint;
            }
        } catch (IllegalArgumentException e) {
            throw misconfigured(uri + ": option endpoint is not a URL", e);
        }
        throw misconfigured(uri + ": option endpoint is not a URL with scheme and host", null);
    }

    private static KeyringException misconfigured(String message, @Nullable Throwable cause) {
        return new KeyringException(KeyringException.Reason.MISCONFIGURED, message, cause);
    }
}
