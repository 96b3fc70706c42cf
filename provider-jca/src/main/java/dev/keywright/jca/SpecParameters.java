/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.Bytes;
import java.io.IOException;
import java.security.AlgorithmParameters;
import java.security.AlgorithmParametersSpi;
import java.security.Provider;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.InvalidParameterSpecException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Algorithm parameters that hold one kind of specification.
 *
 * @param <S> that kind
 */
final class SpecParameters<S extends AlgorithmParameterSpec> extends AlgorithmParametersSpi {
    private static final String RAW = "RAW";

    /** How a specification is written as bytes; the format's name is {@code RAW}. */
    interface Encoding<S> {
        Bytes encode(S spec);

        /** Reads them back. @throws IllegalArgumentException if the bytes are none */
        S decode(Bytes encoded);
    }

    private final Class<S> kind;
    private final Encoding<S> encoding;
    private @Nullable S spec;

    SpecParameters(Class<S> kind, Encoding<S> encoding) {
        this.kind = kind;
        this.encoding = encoding;
    }

    /** Parameters of this algorithm that hold {@code spec}. */
    static <S extends AlgorithmParameterSpec> AlgorithmParameters holding(
            S spec, SpecParameters<S> empty, Provider provider, String algorithm) {
        AlgorithmParameters parameters = new AlgorithmParameters(empty, provider, algorithm) {};
        try {
            parameters.init(spec);
        } catch (InvalidParameterSpecException e) {
            throw new IllegalStateException("parameters do not take their own specification", e);
        }
        return parameters;
    }

    @Override
    protected void engineInit(AlgorithmParameterSpec given) throws InvalidParameterSpecException {
        if (!kind.isInstance(given)) {
            throw new InvalidParameterSpecException(kind.getSimpleName() + " is wanted");
        }
        spec = kind.cast(given);
    }

    @Override
    protected void engineInit(byte[] encoded) throws IOException {
        try {
            spec = encoding.decode(Bytes.copyOf(encoded));
        } catch (IllegalArgumentException e) {
            throw new IOException("not an encoded " + kind.getSimpleName(), e);
        }
    }

    @Override
    protected void engineInit(byte[] encoded, @Nullable String format) throws IOException {
        requireRaw(format);
        engineInit(encoded);
    }

    @Override
    protected <T extends AlgorithmParameterSpec> T engineGetParameterSpec(Class<T> wanted)
            throws InvalidParameterSpecException {
        if (!wanted.isAssignableFrom(kind)) {
            throw new InvalidParameterSpecException("these parameters are a " + kind.getSimpleName());
        }
        return wanted.cast(held());
    }

    @Override
    protected byte[] engineGetEncoded() {
        return encoding.encode(held()).toByteArray();
    }

    @Override
    protected byte[] engineGetEncoded(@Nullable String format) throws IOException {
        requireRaw(format);
        return engineGetEncoded();
    }

    private static void requireRaw(@Nullable String format) throws IOException {
        if (format != null && !RAW.equalsIgnoreCase(format)) {
            throw new IOException("there is no format but " + RAW);
        }
    }

    /** {@code AlgorithmParameters} lets no call through before it is initialised. */
    private S held() {
        return Objects.requireNonNull(spec);
    }

    @Override
    protected String engineToString() {
        return String.valueOf(spec);
    }
}
