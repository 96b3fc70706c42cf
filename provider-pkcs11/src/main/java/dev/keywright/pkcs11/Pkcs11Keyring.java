/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.EncryptionMaterials;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.spi.Keyrings;
import dev.keywright.spi.MasterKeyOps;
import dev.keywright.spi.Unwrap;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.interfaces.RSAPublicKey;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A keyring whose master key, AES or RSA, stays on a PKCS#11 token. An AES key does {@code AES/GCM}, an RSA key {@code
 * RSA-OAEP-SHA1}. Thread-safe: each call has a session of its own.
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
    private final Supplier<Pkcs11Description> description;
    private volatile boolean closed;

    private Pkcs11Keyring(Keyring keyring, Supplier<Pkcs11Description> description) {
        this.keyring = keyring;
        this.description = description;
    }

    /** A keyring for the key that {@code uri} names. */
    public static Builder builder(Pkcs11Uri uri) {
        return new Builder(uri);
    }

    /** The tokens in a module's slots, blank ones too; no login is made. */
    public static List<Pkcs11TokenInfo> listTokens(Path modulePath) {
        Pkcs11Module module = Pkcs11Module.at(modulePath);
        module.acquire();
        try {
            return module.tokens();
        } finally {
            module.release();
        }
    }

    @Override
    public WrappedDataKey wrap(DataKey key, KeyRequest request) {
        return keyring.wrap(key, request);
    }

    @Override
    public Unwrap unwrap(WrappedDataKey wrapped, KeyRequest request) {
        return keyring.unwrap(wrapped, request);
    }

    /**
     * Module, token and key, and which wraps the key can do.
     *
     * @throws KeyringException if the token can't be asked just now
     * @throws IllegalStateException after {@link #close}
     */
    public Pkcs11Description describe() {
        if (closed) {
            throw new IllegalStateException(keyring + " is closed");
        }
        return description.get();
    }

    /** Lets go of the token. Idempotent. */
    @Override
    public void close() {
        closed = true;
        keyring.close();
    }

    @Override
    public String toString() {
        return keyring.toString();
    }

    /** Settings of a keyring; not thread-safe. */
    public static final class Builder {
        private final Pkcs11Uri uri;
        private Supplier<char[]> pin = () -> {
            throw new KeyringException(Reason.MISCONFIGURED, "the token needs a PIN, and none is configured");
        };
        private Map<String, String> description = Map.of();
        private Keyrings.Reads reads = Keyrings.Reads.OWN_DESCRIPTION;
        private @Nullable RSAPublicKey publicKey;
        private @Nullable Provider softwareProvider;
        private SecureRandom random = new SecureRandom();
        private boolean evenOnFinalTry;
        private @Nullable Pkcs11Module module;

        private Builder(Pkcs11Uri uri) {
            this.uri = uri;
        }

        /** Where the user PIN comes from; asked at most once, and only if a login is needed. The array is wiped. */
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

        Builder module(Pkcs11Module chosen) {
            this.module = chosen;
            return this;
        }

        /**
         * The keyring, proved by wrapping and opening a throw-away key.
         *
         * @throws KeyringException if module, token or key can't be had, or can't do the wrap; the message says which, what
         *     there is, and what was wanted
         */
        public Pkcs11Keyring build() {
            Opened opened = open();
            boolean built = false;
            try {
                String obstacle = opened.examination().obstacle();
                if (obstacle != null) {
                    throw new KeyringException(
                            Reason.MISCONFIGURED,
                            opened.name() + " can't do "
                                    + opened.examination().wrap().wireName() + ": " + obstacle);
                }
                WrapAlgorithm wrap = opened.examination().wrap();
                Keyring keyring = Keyrings.of(opened.name(), wrap, description, reads, ops(opened));
                requireWorks(keyring, opened.name());
                built = true;
                return new Pkcs11Keyring(keyring, () -> describe(opened));
            } catch (CryptokiException e) {
                throw CryptokiErrors.of(opened.name(), e);
            } finally {
                if (!built) {
                    opened.release().run();
                }
            }
        }

        /**
         * Module, token and key, and which wraps the key can do; builds nothing, and does not mind if it can't do any.
         *
         * @throws KeyringException if module, token or key can't be had
         */
        public Pkcs11Description describe() {
            Opened opened = open();
            try {
                return describe(opened);
            } finally {
                opened.release().run();
            }
        }

        private record Opened(
                Pkcs11Module module,
                Pkcs11Token token,
                Pkcs11Key key,
                Pkcs11KeyInfo info,
                KeyExamination examination,
                Runnable release) {
            String name() {
                return token.info() + ", " + info;
            }
        }

        private Opened open() {
            Pkcs11Module used = module != null
                    ? module
                    : Pkcs11Module.at(uri.modulePath()
                            .orElseThrow(() -> new KeyringException(
                                    Reason.MISCONFIGURED,
                                    "the pkcs11 URI has no module-path, the HSM's PKCS#11 library")));
            used.acquire();
            Runnable release = once(used::release);
            try {
                Pkcs11Token token = used.acquireToken(used.select(uri));
                release = once(() -> {
                    token.release();
                    used.release();
                });
                synchronized (used) {
                    token.login(pin, evenOnFinalTry);
                }
                Pkcs11Key key = Pkcs11Key.find(token, uri);
                Pkcs11KeyInfo info = key.info();
                KeyExamination examination = new KeyExamination(
                        token.info(),
                        info,
                        used.cryptoki().mechanisms(token.info().slotId()));
                return new Opened(used, token, key, info, examination, release);
            } catch (CryptokiException e) {
                release.run();
                throw CryptokiErrors.of("PKCS#11 module " + used, e);
            } catch (RuntimeException | Error e) {
                release.run();
                throw e;
            }
        }

        private static Runnable once(Runnable action) {
            AtomicBoolean done = new AtomicBoolean();
            return () -> {
                if (done.compareAndSet(false, true)) {
                    action.run();
                }
            };
        }

        private MasterKeyOps ops(Opened opened) throws CryptokiException {
            if (opened.info().type() == Pkcs11KeyInfo.Type.AES) {
                return new AesTokenOps(opened.key(), opened.name(), random, opened.release());
            }
            RSAPublicKey half = publicKey == null ? PublicKeyLookup.of(opened.key(), opened.info()) : publicKey;
            return new RsaTokenOps(opened.key(), opened.name(), half, softwareProvider, opened.release());
        }

        private void requireWorks(Keyring keyring, String name) {
            KeyRequest request = KeyRequest.of(AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY, Map.of());
            try (EncryptionMaterials trial = keyring.generate(request, random);
                    DataKey again = ((Unwrap.Opened) keyring.unwrap(trial.wrapped(), request)).dataKey()) {
                boolean same = trial.dataKey().use(one -> again.use(other -> MessageDigest.isEqual(one, other)));
                if (!same) {
                    throw new KeyringException(
                            Reason.MISCONFIGURED, name + ": a trial key came back from the token as another one");
                }
            } catch (IntegrityException e) {
                throw new KeyringException(
                        Reason.MISCONFIGURED,
                        name + ": a trial key was wrapped, and does not open again; for RSA, do public and private key "
                                + "belong together?",
                        e);
            }
        }

        private static Pkcs11Description describe(Opened opened) {
            Cryptoki.Info info;
            try {
                info = opened.module().cryptoki().info();
            } catch (CryptokiException e) {
                throw CryptokiErrors.of("PKCS#11 module " + opened.module(), e);
            }
            return new Pkcs11Description(
                    opened.module().toString(),
                    info.manufacturer() + ", " + info.description() + " " + info.libraryVersion() + ", Cryptoki "
                            + info.cryptokiVersion(),
                    opened.token().info(),
                    opened.examination().shownMechanisms(),
                    opened.info(),
                    opened.examination().verdicts(),
                    opened.examination().warnings());
        }
    }
}
