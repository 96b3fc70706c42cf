/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import java.util.Map;

/** Keyrings made of a master key's raw operations: wire layout, description match and error mapping are added here. */
public final class Keyrings {
    private Keyrings() {}

    /** Which stored objects a keyring takes for its own. */
    public enum Reads {
        /** Those whose materials description equals the keyring's own, entry for entry. */
        OWN_DESCRIPTION,
        /**
         * Those of any description, as S3EC Java does for its default key. A wrong key is still found out, by the wrapped
         * key's tag or padding.
         */
        ANY_DESCRIPTION
    }

    /**
     * A keyring over {@code ops}; closing it closes them. It also opens the legacy wraps that they open.
     *
     * @param name names the key in errors, such as {@code pkcs11:token=prod;object=s3}; no secret in it
     * @param algorithm {@link WrapAlgorithm#AES_GCM} or {@link WrapAlgorithm#RSA_OAEP_SHA1}
     * @param description the materials description, stored with each object and used to choose the key; may be empty
     */
    public static Keyring of(
            String name, WrapAlgorithm algorithm, Map<String, String> description, Reads reads, MasterKeyOps ops) {
        return new MasterKeyKeyring(name, WrapLayout.written(algorithm), description, reads, ops);
    }

    /** A keyring that reads {@link Reads#OWN_DESCRIPTION}. */
    public static Keyring of(String name, WrapAlgorithm algorithm, Map<String, String> description, MasterKeyOps ops) {
        return of(name, algorithm, description, Reads.OWN_DESCRIPTION, ops);
    }

    /** The wrapping half alone, for nodes that write and must not read. */
    public static KeyWrapper wrapOnly(
            String name, WrapAlgorithm algorithm, Map<String, String> description, MasterKeyOps.Sealer sealer) {
        return new MasterKeyWrapper(name, WrapLayout.written(algorithm), description, sealer);
    }
}
