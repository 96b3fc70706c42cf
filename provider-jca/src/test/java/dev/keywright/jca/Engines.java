/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import dev.keywright.jca.HashingWay.Way;
import dev.keywright.spi.ContentCipher;
import java.security.Provider;
import java.security.Security;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/** Every provider and way that the engine has, by name; empty where a provider does not load. */
final class Engines {
    private Engines() {}

    static Map<String, Optional<ContentCipher>> all() {
        Map<String, Optional<ContentCipher>> all = new LinkedHashMap<>();
        Provider sun = Security.getProvider("SunJCE");
        Provider bouncyCastle = new BouncyCastleProvider();
        put(all, "SunJCE", () -> Optional.of(sun));
        all.put("SunJCE, measuring", Optional.of(measuring(sun)));
        put(all, "BouncyCastle", () -> Optional.of(bouncyCastle));
        put(all, "BC-LTS", OtherProvider::bouncyCastleLts);
        put(all, "Corretto", Engines::corretto);
        all.put("Conscrypt", OtherProvider.conscrypt().map(JcaContentCipher::with));
        return all;
    }

    private static void put(
            Map<String, Optional<ContentCipher>> all, String name, Supplier<Optional<Provider>> provider) {
        Optional<AesCiphers> ciphers = provider.get().map(AesCiphers::new);
        for (Way way : Way.values()) {
            all.put(name + " by counter, " + way, ciphers.map(of -> JcaContentCipher.byCounter(of, way)));
            all.put(
                    name + " by computed IV, " + way,
                    ciphers.filter(of -> ComputedIvProbe.of(of).encrypts())
                            .map(of -> JcaContentCipher.byComputedIv(of, way)));
        }
    }

    /** Goes by both ways in turn, as far as its few parts reach. */
    private static ContentCipher measuring(Provider provider) {
        PieceSize warm = new PieceSize();
        while (!warm.isWarm()) {
            warm.next();
        }
        return JcaContentCipher.byCounter(new AesCiphers(provider), HashingWay.measured(warm));
    }

    private static Optional<Provider> corretto() {
        AmazonCorrettoCryptoProvider provider = AmazonCorrettoCryptoProvider.INSTANCE;
        return provider.getLoadingError() == null ? Optional.of(provider) : Optional.empty();
    }
}
