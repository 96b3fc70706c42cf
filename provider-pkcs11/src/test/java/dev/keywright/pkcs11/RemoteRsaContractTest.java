/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.tck.BackEnd;
import dev.keywright.testing.P11KitServer;
import dev.keywright.testing.SoftHsm;
import java.security.PublicKey;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Over p11-kit's remoting, where breaking down is a killed server. */
class RemoteRsaContractTest extends RsaOnTokenContract {
    private static SoftHsm token;
    private static P11KitServer server;
    private static PublicKey publicKey;
    private static InterposedBackend module;
    private static Pkcs11Module remote;
    private static final AtomicLong NANOS = new AtomicLong();

    @BeforeAll
    static void makeToken() {
        String obstacle = P11KitServer.obstacle().orElse("");
        assumeTrue(obstacle.isEmpty(), obstacle);
        token = SoftHsm.newToken();
        token.generateRsa("master", "02", 2048);
        publicKey = token.rsaPublicKey("02");
        server = P11KitServer.of(token);
        module = new InterposedBackend(server.module());
        remote = new Pkcs11Module(server.module(), module, NANOS::get);
    }

    @AfterAll
    static void deleteToken() {
        if (server != null) {
            server.close();
        }
        if (token != null) {
            token.close();
        }
    }

    /** In one session: of calls that are in p11-kit's client together when its server dies, some never return. */
    @Override
    Pkcs11Keyring.Builder builder() {
        return Pkcs11Keyring.builder(Pkcs11Uri.parse(server.uri("master")))
                .pin(token::pin)
                .modules(path -> remote)
                .maxSessions(1);
    }

    @Override
    PublicKey publicKey() {
        return publicKey;
    }

    @Override
    char[] pin() {
        return token.pin();
    }

    /** SoftHSM does no OAEP but with SHA-1. */
    @Override
    protected Set<WrapAlgorithm> opens() {
        return EnumSet.of(WrapAlgorithm.RSA_OAEP_SHA1, WrapAlgorithm.RAW_RSA);
    }

    @Override
    protected Optional<BackEnd> backEnd() {
        return Optional.of(new BackEnd() {
            @Override
            public void breakDown() {
                server.kill();
            }

            @Override
            public void mend() {
                server.start();
                NANOS.addAndGet(TimeUnit.MINUTES.toNanos(1));
            }

            @Override
            public void deny() {
                module.answer(CryptokiFunction.DECRYPT_INIT, ReturnValue.KEY_FUNCTION_NOT_PERMITTED);
            }

            @Override
            public void allow() {
                module.leave(CryptokiFunction.DECRYPT_INIT);
            }

            @Override
            public long calls() {
                return module.calls();
            }
        });
    }
}
