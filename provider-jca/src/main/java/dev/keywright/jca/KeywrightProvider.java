/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import java.security.InvalidParameterException;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A JCA provider, named {@code Keywright}, of the S3 encryption clients' data key wraps and committing content cipher; {@code
 * docs/jca-provider.md} lists its services. For the algorithms underneath (AES, RSA, HMAC) it uses another provider: the
 * one it is given, or the platform's. It offers none of those itself, so it never comes to use itself.
 *
 * <p>Register it with {@code Security.addProvider(new KeywrightProvider())}, or in {@code java.security} by name, or pass it
 * to {@code getInstance} without registering it. It registers nothing by itself.
 */
public final class KeywrightProvider extends Provider {
    private static final long serialVersionUID = 1L;

    private final @Nullable Provider delegate;
    private transient @Nullable JcaContentCipher contentCipher; // guarded by this

    /** On the platform's providers. Also what {@link java.util.ServiceLoader} and {@code java.security} call. */
    public KeywrightProvider() {
        this(null, true);
    }

    /**
     * On this provider, registered or not.
     *
     * @throws IllegalArgumentException if it is one of this class
     */
    public KeywrightProvider(Provider delegate) {
        this(delegate, !(delegate instanceof KeywrightProvider));
    }

    private KeywrightProvider(@Nullable Provider delegate, boolean suitable) {
        super("Keywright", "0.1.0", "Data key wraps and committing content cipher of the Amazon S3 encryption clients");
        if (!suitable) {
            throw new IllegalArgumentException("Keywright works on a provider of AES and RSA, not on itself");
        }
        this.delegate = delegate;
        for (JcaService service : JcaService.ALL) {
            putService(new Made(this, service));
        }
    }

    @Nullable
    Provider delegate() {
        return delegate;
    }

    /** Made at first use: while the platform reads its list of providers, none can be asked for. */
    synchronized JcaContentCipher contentCipher() {
        JcaContentCipher made = contentCipher;
        if (made == null) {
            made = delegate == null ? JcaContentCipher.platform() : JcaContentCipher.with(delegate);
            contentCipher = made;
        }
        return made;
    }

    /** Makes instances itself: JCA's own way is reflection, which a module's unexported classes do not allow. */
    private static final class Made extends Service {
        private final KeywrightProvider provider;
        private final JcaService service;

        Made(KeywrightProvider provider, JcaService service) {
            super(provider, service.type(), service.name(), "made by Keywright", service.aliases(), Map.of());
            this.provider = provider;
            this.service = service;
        }

        @Override
        public Object newInstance(@Nullable Object constructorParameter) throws NoSuchAlgorithmException {
            if (constructorParameter != null) {
                throw new InvalidParameterException(service.name() + " takes no constructor parameter");
            }
            try {
                return service.maker().make(service, provider);
            } catch (IllegalArgumentException e) {
                throw new NoSuchAlgorithmException(service.name() + ": " + e.getMessage(), e);
            }
        }

        @Override
        public boolean supportsParameter(Object key) {
            return service.accepts().test(key);
        }
    }
}
