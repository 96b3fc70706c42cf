/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.DataKey;
import dev.keywright.spi.EncryptionMaterials;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.spi.Keyrings;
import dev.keywright.spi.Unwrap;
import dev.keywright.spi.WrappedDataKey;
import java.nio.file.Path;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.interfaces.RSAPublicKey;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A keyring whose master key, AES or RSA, stays on a PKCS#11 token. An AES key does {@code AES/GCM}, an RSA key {@code
 * RSA-OAEP-SHA1}. Thread-safe: each call has a session of its own.
 *
 * <p>What older clients wrapped is opened too, and never written, as far as token and key do it; {@link #describe} tells. An
 * AES key: padded ECB, by {@code CKM_AES_ECB} (else {@code CKM_AES_CBC}) and {@code CKA_DECRYPT}; {@code AESWrap}, by {@code
 * CKM_AES_KEY_WRAP} and {@code CKA_DECRYPT} or, where the token has it for keys only, {@code CKA_UNWRAP}: the data key is then
 * a session object for a moment, read and destroyed. An RSA key: RSAES-PKCS1-v1_5, by {@code CKM_RSA_PKCS}; RSAES-OAEP with
 * SHA-256, by those variants of {@code CKM_RSA_PKCS_OAEP} that open a random key at construction. SoftHSM takes SHA-1 only,
 * and other tokens not every hash for MGF1: such an object is declined, or does not open, and its key must be used elsewhere.
 *
 * <p>Construction logs in once, finds exactly one key, and wraps and opens a throw-away data key: a keyring that exists works.
 * A login is never retried after a wrong PIN. The token is shared with other keyrings of this process; the last one that is
 * closed closes the sessions, and logs out if the login was made here. Where another user of the module in this process had
 * logged in already, the PIN is not looked at: a login is per process and token.
 *
 * <p>Data keys leave the token, as content is encrypted in the process.
 */
public final class Pkcs11Keyring implements Keyring {
    private final Keyring keyring;
    private final Pkcs11Key key;
    private final List<LegacyWrap> legacy;
    private final MasterKeys masterKeys;

    private Pkcs11Keyring(Keyring keyring, Pkcs11Key key, List<LegacyWrap> legacy, MasterKeys masterKeys) {
        this.keyring = keyring;
        this.key = key;
        this.legacy = legacy;
        this.masterKeys = masterKeys;
    }

    /** A keyring for the key that {@code uri} names. */
    public static Builder builder(Pkcs11Uri uri) {
        return new Builder(uri);
    }

    /** The tokens in a module's slots, blank ones too; no login is made. */
    public static List<Pkcs11TokenInfo> listTokens(Path modulePath) {
        return listTokens(modulePath, Pkcs11Quirks.none());
    }

    /** The tokens in the slots of a module that wants an init argument, blank ones too; no login is made. */
    public static List<Pkcs11TokenInfo> listTokens(Path modulePath, Pkcs11Quirks quirks) {
        return Pkcs11Module.at(modulePath).list(quirks.initArgument());
    }

    @Override
    public EncryptionMaterials generate(KeyRequest request, SecureRandom random) {
        return keyring.generate(request, random);
    }

    @Override
    public WrappedDataKey wrap(DataKey key, KeyRequest request) {
        return keyring.wrap(key, request);
    }

    @Override
    public Unwrap unwrap(WrappedDataKey wrapped, KeyRequest request) {
        Unwrap answer = keyring.unwrap(wrapped, request);
        if (answer instanceof Unwrap.NotMine declined) {
            for (LegacyWrap wrap : legacy) {
                if (wrap.algorithm() == wrapped.algorithm() && wrap.opening().isEmpty()) {
                    return new Unwrap.NotMine(declined.why() + ": " + wrap.why());
                }
            }
        }
        return answer;
    }

    /**
     * Module, token and key, and which wraps the key can do: it is tried again.
     *
     * @throws KeyringException if the token can't be asked just now
     * @throws IllegalStateException if the keyring is closed
     */
    public Pkcs11Description describe() {
        return masterKeys.describe(key);
    }

    /** What the token has been doing in this process, this keyring and others on it together. Never asks the token. */
    public Pkcs11Status status() {
        return key.token().status();
    }

    /** Lets go of the token, after the calls that run. Idempotent. */
    @Override
    public void close() {
        keyring.close();
    }

    @Override
    public String toString() {
        return keyring.toString();
    }

    /** Settings of a keyring; not thread-safe. */
    public static final class Builder {
        private final Pkcs11Uri uri;
        private Supplier<char[]> pin;
        private Map<String, String> description = Map.of();
        private Keyrings.Reads reads = Keyrings.Reads.OWN_DESCRIPTION;
        private @Nullable RSAPublicKey publicKey;
        private @Nullable Provider softwareProvider;
        private SecureRandom random = new SecureRandom();
        private boolean evenOnFinalTry;
        private TokenOptions options = TokenOptions.DEFAULT;
        private Pkcs11Quirks quirks = Pkcs11Quirks.none();
        private Function<Path, Pkcs11Module> modules = Pkcs11Module::at;

        private Builder(Pkcs11Uri uri) {
            this.uri = uri;
            this.pin = uri.pinSource().<Supplier<char[]>>map(PinFile::new).orElse(() -> {
                throw new KeyringException(
                        Reason.MISCONFIGURED, uri + ": the token needs a PIN, and none is configured");
            });
        }

        /**
         * Where the user PIN comes from; asked only if a login is needed, and again whenever the token has lost it. The array is
         * wiped, so give a new one each time. By default the file that the URI names in {@code pin-source}.
         *
         * <p>A PIN that a token called wrong ({@code CKR_PIN_INCORRECT}) is not tried on it again in this process, by no keyring,
         * so that several with one bad source do not lock it: {@link Reason#DENIED}, without asking the token. A login on the token
         * that succeeds, by another PIN or a keypad, ends that; where the security officer set the token to just that PIN
         * meanwhile, so does a new process. Only a hash of the PIN is kept, with a salt that never leaves the process.
         *
         * <p>While the source is asked, all other calls to the module wait, those to its other tokens too, and fail after {@link
         * #sessionWaitMillis}: have a source that prompts a person or calls a vault answer sooner than that.
         */
        public Builder pin(Supplier<char[]> source) {
            this.pin = source;
            return this;
        }

        /** The materials description, stored with each object and used to choose the key. Default: empty. */
        public Builder description(Map<String, String> chosen) {
            this.description = Map.copyOf(chosen);
            return this;
        }

        /** Default: {@link Keyrings.Reads#OWN_DESCRIPTION}. */
        public Builder reads(Keyrings.Reads chosen) {
            this.reads = chosen;
            return this;
        }

        /** The RSA key's public half, where the token does not have it. */
        public Builder publicKey(RSAPublicKey chosen) {
            this.publicKey = chosen;
            return this;
        }

        /** Whose RSA-OAEP wraps under the public key, in software; default: the platform's. */
        public Builder softwareProvider(Provider chosen) {
            this.softwareProvider = chosen;
            return this;
        }

        /** Where nonces for AES-GCM come from; default: a new {@link SecureRandom}. */
        public Builder random(SecureRandom chosen) {
            this.random = chosen;
            return this;
        }

        /** Logs in although the token says that one more wrong PIN locks it. Default: refuses. */
        public Builder evenOnFinalTry() {
            this.evenOnFinalTry = true;
            return this;
        }

        /**
         * How many calls use the token at once, each in a session of its own; further ones wait, first come, first served.
         * Besides, one session holds the login. Default: 32. Fewer where the token has fewer: one with a single session lends
         * that, and one that has no more just now ({@code CKR_SESSION_COUNT}) is asked for no more until it is opened again.
         * Of several keyrings on a token, the first one's settings count. With {@code p11-kit-client.so} of p11-kit 0.24 take 1,
         * which costs nothing there: of several calls that are in it when its server dies, some never return, and a module
         * can't be mended while a call is in it.
         */
        public Builder maxSessions(int most) {
            this.options = options.withMaxSessions(most);
            return this;
        }

        /**
         * For how many milliseconds a call waits for a session, and for others to open, close or mend the token; it then fails
         * as {@link Reason#UNAVAILABLE}. Default: 30 000.
         */
        public Builder sessionWaitMillis(long most) {
            this.options = options.withWaitMillis(most);
            return this;
        }

        /** Opens read-write sessions, for tokens that have no others; nothing is written. Default: read-only sessions. */
        public Builder readWriteSessions() {
            this.options = options.withReadWrite();
            return this;
        }

        /**
         * For how many milliseconds a token is left alone that was just mended, or could not be: at first, and at most, as
         * each failure in a row doubles it. In between, calls fail at once. Default: 500 and 30 000.
         */
        public Builder recoveryBackOff(long firstMillis, long largestMillis) {
            this.options = options.withBackOff(firstMillis, largestMillis);
            return this;
        }

        /** How the token differs from the standard. Default: {@link Pkcs11Quirks#none}. */
        public Builder quirks(Pkcs11Quirks chosen) {
            this.quirks = chosen;
            return this;
        }

        /** The quirks of such a token, and read-write sessions if it has no others; what is set afterwards changes them. */
        public Builder profile(Pkcs11Profile chosen) {
            this.quirks = chosen.quirks();
            return chosen.readWriteSessions() ? readWriteSessions() : this;
        }

        /**
         * Quirks and settings of sessions by the names that {@link Pkcs11KeyringFactory} has for them, in place of all that was
         * set of them.
         *
         * @throws KeyringException with reason MISCONFIGURED if a name or a value is none of those that there are
         */
        public Builder options(Map<String, String> named) {
            String subject = uri.toString();
            Pkcs11Options.requireKnown(subject, named.keySet(), "");
            this.quirks = Pkcs11Options.read(subject, named);
            this.options = TokenOptions.of(subject, named);
            return this;
        }

        /** Where modules come from, for tests. */
        Builder modules(Function<Path, Pkcs11Module> source) {
            this.modules = source;
            return this;
        }

        /**
         * The keyring, proved by wrapping and opening a random key.
         *
         * @throws KeyringException if module, token or key can't be had, or can't do the wrap; the message says which, what
         *     there is, and what was wanted
         */
        public Pkcs11Keyring build() {
            MasterKeys masterKeys = masterKeys();
            Pkcs11Key key = open();
            try {
                TriedMasterKey ops = masterKeys.tried(key);
                return new Pkcs11Keyring(
                        Keyrings.of(key.keyringName(), MasterKeys.wrapOf(key), description, reads, ops),
                        key,
                        ops.legacy(),
                        masterKeys);
            } catch (RuntimeException | Error e) {
                key.close();
                throw e;
            }
        }

        /**
         * Module, token and key, and which wraps the key can do: tried, but for the legacy ones of AES, of which mechanisms and
         * attributes tell. Builds nothing, and does not mind if it can't do any.
         *
         * @throws KeyringException if module, token or key can't be had
         */
        public Pkcs11Description describe() {
            try (Pkcs11Key key = open()) {
                return masterKeys().describe(key);
            }
        }

        /**
         * The same, with one login, and besides how long wrapping and unwrapping take, what the key is good for and what to
         * set.
         *
         * @param rounds how many operations are timed, at least one
         * @throws KeyringException if module, token or key can't be had
         */
        public Pkcs11Check check(int rounds) {
            if (rounds < 1) {
                throw new IllegalArgumentException("at least one operation must be timed, not " + rounds);
            }
            try (Pkcs11Key key = open()) {
                return masterKeys().check(key, options, rounds);
            }
        }

        private MasterKeys masterKeys() {
            return new MasterKeys(publicKey, softwareProvider, random, quirks);
        }

        private Pkcs11Key open() {
            return Pkcs11Key.open(
                    uri,
                    modules.apply(ModuleName.of(uri)),
                    new Login(uri.toString(), pin, evenOnFinalTry, quirks.loginWay()),
                    options,
                    quirks.initArgument());
        }
    }
}
