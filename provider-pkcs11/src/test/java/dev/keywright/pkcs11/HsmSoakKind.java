/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.testing.Nss;
import dev.keywright.testing.OpenCryptoki;
import dev.keywright.testing.SoftHsm;
import dev.keywright.testing.Tpm2;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** The kinds of token that {@link HsmSoak} uses. */
enum HsmSoakKind {
    SOFTHSM(
            "SoftHSM",
            () -> SoftHsm.isInstalled() ? Optional.empty() : Optional.of("SoftHSM: apt-get install softhsm2 opensc"),
            HsmSoakToken::softHsm),
    NSS(
            "NSS",
            () -> Nss.missing().isEmpty()
                    ? Optional.empty()
                    : Optional.of("NSS: apt-get install libnss3 libnss3-tools"),
            HsmSoakToken::nss),
    OPENCRYPTOKI("openCryptoki", OpenCryptoki::obstacle, HsmSoakToken::openCryptoki) {
        @Override
        boolean servesOthers() {
            return false;
        }

        @Override
        boolean staysInitialized() {
            return true;
        }
    },
    TPM("a TPM", Tpm2::obstacle, HsmSoakToken::tpm) {
        @Override
        boolean isSlow() {
            return true;
        }

        @Override
        boolean servesOthers() {
            return false;
        }
    };

    final String title;

    @SuppressWarnings("ImmutableEnumChecker") // it is immutable, and has no annotation to say so
    private final Supplier<Optional<String>> obstacle;

    @SuppressWarnings("ImmutableEnumChecker") // likewise
    private final Function<SecureRandom, HsmSoakToken> maker;

    HsmSoakKind(String title, Supplier<Optional<String>> obstacle, Function<SecureRandom, HsmSoakToken> maker) {
        this.title = title;
        this.obstacle = obstacle;
        this.maker = maker;
    }

    /** Why none can be had here, and what to do about it; empty if one can. */
    Optional<String> obstacle() {
        return obstacle.get();
    }

    /** Whether it takes a hundred times as long as others: then it has threads of its own, lest all wait for it. */
    boolean isSlow() {
        return false;
    }

    /**
     * Whether other code can use the module beside keyrings: tpm2-pkcs11 opens and closes sessions without a lock, and openCryptoki
     * 3.8 frees private objects at a logout while other threads read them.
     */
    boolean servesOthers() {
        return true;
    }

    /** Whether other code initialises the module once for all rounds: openCryptoki's daemon may turn away who comes too often. */
    boolean staysInitialized() {
        return false;
    }

    /** A new token with its keys, which the caller closes. */
    HsmSoakToken newToken(SecureRandom random) {
        return maker.apply(random);
    }
}
