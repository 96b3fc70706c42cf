/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Wraps and opens with a master key's raw operations. */
final class MasterKeyKeyring implements Keyring {
    /** Longer than what anybody describes a key with. */
    private static final int MAX_SHOWN = 512;

    private final String name;
    private final WrapLayout layout;
    private final Map<String, String> description;
    private final Keyrings.Reads reads;
    private final MasterKeyOps ops;
    private final MasterKeyWrapper wrapper;
    private volatile boolean closed;

    MasterKeyKeyring(
            String name, WrapLayout layout, Map<String, String> description, Keyrings.Reads reads, MasterKeyOps ops) {
        this.name = name;
        this.layout = layout;
        this.description = Map.copyOf(description);
        this.reads = reads;
        this.ops = ops;
        ops.legacyWraps().forEach(MasterKeyKeyring::requireLegacy);
        this.wrapper = new MasterKeyWrapper(name, layout, description, ops::seal);
    }

    private static void requireLegacy(WrapAlgorithm wrap) {
        if (!wrap.isLegacy() || wrap.isKms()) {
            throw new IllegalArgumentException(wrap.wireName() + " is no legacy wrap of a raw key");
        }
    }

    @Override
    public WrappedDataKey wrap(DataKey key, KeyRequest request) {
        requireOpen();
        return wrapper.wrap(key, request);
    }

    @Override
    public Unwrap unwrap(WrappedDataKey wrapped, KeyRequest request) {
        requireOpen();
        WrapAlgorithm algorithm = wrapped.algorithm();
        if (algorithm != layout.algorithm && !ops.legacyWraps().contains(algorithm)) {
            return new Unwrap.NotMine(
                    name + " opens " + opened() + ", and the object's key is wrapped by " + algorithm.wireName());
        }
        if (reads == Keyrings.Reads.OWN_DESCRIPTION && !wrapped.description().equals(description)) {
            return new Unwrap.NotMine(name + " has materials description " + shown(description) + ", and the object "
                    + shown(wrapped.description()));
        }
        WrapLayout stored = WrapLayout.of(algorithm);
        MasterKeyWrapper.requireNoContext(name, stored, request);
        byte[] sealed = wrapped.ciphertext().toByteArray();
        byte @Nullable [] key = stored.plausible(sealed.length) ? open(stored, sealed, request.binding()) : null;
        if (key == null) {
            throw new IntegrityException(
                    IntegrityException.Stage.WRAPPED_KEY,
                    name
                            + ": the wrapped data key does not open under this master key: it was wrapped under another key or "
                            + "for another content algorithm, or was altered");
        }
        return new Unwrap.Opened(DataKey.adopt(key));
    }

    /** One outcome for every cause: null. The cause is dropped, as it could tell padding from tag. */
    private byte @Nullable [] open(WrapLayout stored, byte[] sealed, String binding) {
        byte[] plaintext;
        try {
            plaintext =
                    stored == layout ? ops.open(sealed, stored.aad(binding)) : ops.openLegacy(stored.algorithm, sealed);
        } catch (GeneralSecurityException e) {
            return null;
        }
        try {
            return stored.key(plaintext, binding);
        } finally {
            Arrays.fill(plaintext, (byte) 0);
        }
    }

    /** For a message: whoever can write an object can write its description, and must not write lines of a log by it. */
    private static String shown(Map<String, String> description) {
        String text = new TreeMap<>(description).toString();
        String start = text.length() > MAX_SHOWN ? text.substring(0, MAX_SHOWN) + "..." : text;
        return start.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]", "?");
    }

    /** The names of all wraps that are opened, that which is written first. */
    private String opened() {
        StringBuilder names = new StringBuilder(layout.algorithm.wireName());
        ops.legacyWraps().stream().sorted().forEach(legacy -> names.append(", ").append(legacy.wireName()));
        return names.toString();
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException(name + " is closed");
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            ops.close();
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
