/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.testing.Nss;
import dev.keywright.testing.OpenCryptoki;
import dev.keywright.testing.P11KitServer;
import dev.keywright.testing.SoftHsm;
import dev.keywright.testing.Tpm2;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A kind of token that there may be on a machine: how to come by one. */
enum TokenColumn {
    SOFTHSM(
            "SoftHSM",
            () -> SoftHsm.isInstalled() ? Optional.empty() : Optional.of("apt-get install softhsm2 opensc")) {
        @Override
        void with(Consumer<TokenTrial> use) {
            try (SoftHsm token = SoftHsm.newToken()) {
                token.generateAes("aes", "01", 32);
                token.generateRsa("rsa", "02", 2048);
                try (TokenTrial trial = new TokenTrial(
                        token.uri("aes"),
                        token.uri("rsa"),
                        token::pin,
                        Pkcs11Quirks.none(),
                        token.rsaPublicKey("02"))) {
                    use.accept(trial);
                }
            }
        }
    },
    NSS(
            "NSS",
            () -> Nss.missing().isEmpty() ? Optional.empty() : Optional.of("apt-get install libnss3 libnss3-tools")) {
        @Override
        void with(Consumer<TokenTrial> use) {
            try (Nss token = Nss.newToken()) {
                token.generateAes("aes", 32);
                token.generateRsa("rsa", 2048);
                Pkcs11Quirks quirks = NssToken.quirks(token).build();
                try (TokenTrial trial = new TokenTrial(
                        token.uri("aes"), token.uri("rsa"), token::pin, quirks, token.rsaPublicKey("rsa"))) {
                    use.accept(trial);
                }
            }
        }
    },
    OPENCRYPTOKI("openCryptoki", OpenCryptoki::obstacle) {
        @Override
        void with(Consumer<TokenTrial> use) {
            try (OpenCryptoki token = OpenCryptoki.newToken()) {
                token.importAes("aes", "01", new byte[32]);
                token.generateRsa("rsa", "02", 2048);
                try (TokenTrial trial = new TokenTrial(
                        token.uri("aes"),
                        token.uri("rsa"),
                        token::pin,
                        Pkcs11Quirks.none(),
                        token.rsaPublicKey("02"))) {
                    use.accept(trial);
                }
            }
        }
    },
    TPM("TPM 2.0", Tpm2::obstacle) {
        @Override
        void with(Consumer<TokenTrial> use) {
            try (Tpm2 token = Tpm2.newToken()) {
                token.generateAes("aes");
                token.generateRsa("rsa", 2048);
                try (TokenTrial trial = new TokenTrial(
                        token.uri("aes"),
                        token.uri("rsa"),
                        token::pin,
                        Pkcs11Quirks.none(),
                        token.rsaPublicKey("rsa"))) {
                    use.accept(trial);
                }
            }
        }
    },
    P11_KIT("SoftHSM behind p11-kit", P11KitServer::obstacle) {
        @Override
        void with(Consumer<TokenTrial> use) {
            try (SoftHsm token = SoftHsm.newToken()) {
                token.generateAes("aes", "01", 32);
                token.generateRsa("rsa", "02", 2048);
                try (P11KitServer server = P11KitServer.of(token);
                        TokenTrial trial = new TokenTrial(
                                server.uri("aes"),
                                server.uri("rsa"),
                                token::pin,
                                Pkcs11Quirks.none(),
                                token.rsaPublicKey("02"))) {
                    use.accept(trial);
                }
            }
        }
    };

    final String title;

    @SuppressWarnings("ImmutableEnumChecker") // it is immutable, and has no annotation to say so
    private final Supplier<Optional<String>> obstacle;

    TokenColumn(String title, Supplier<Optional<String>> obstacle) {
        this.title = title;
        this.obstacle = obstacle;
    }

    /** Why none can be had here, and what to do about it; empty if one can. */
    Optional<String> obstacle() {
        return obstacle.get();
    }

    /** Makes such a token, lends it, and deletes it. */
    abstract void with(Consumer<TokenTrial> use);
}
