/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.LoanedKey;
import java.security.GeneralSecurityException;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.ProviderException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.NoSuchPaddingException;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * Where content's AES ciphers come from: one provider, and the platform's first for what that lacks beside AES-GCM; or for
 * each transformation the platform's first. Immutable.
 */
final class AesCiphers {
    static final int BLOCK_BYTES = 16;
    static final int TAG_BITS = 128;
    static final int NONCE_BYTES = 12;

    private static final String ECB = "AES/ECB/NoPadding";
    private static final String CTR = "AES/CTR/NoPadding";
    private static final String GCM = "AES/GCM/NoPadding";
    private static final String CBC = "AES/CBC/NoPadding";

    private final Provider ecb;
    private final Provider ctr;
    private final Provider gcm;

    /** @throws IllegalArgumentException if one is missing, naming transformation and provider */
    AesCiphers(@Nullable Provider provider) {
        this.gcm = home(GCM, provider);
        this.ecb = homeOrPlatforms(ECB, provider);
        this.ctr = homeOrPlatforms(CTR, provider);
    }

    private static Provider homeOrPlatforms(String transformation, @Nullable Provider provider) {
        if (provider != null) {
            try {
                return Cipher.getInstance(transformation, provider).getProvider();
            } catch (NoSuchAlgorithmException | NoSuchPaddingException e) {
                return home(transformation, null);
            }
        }
        return home(transformation, null);
    }

    private static Provider home(String transformation, @Nullable Provider provider) {
        try {
            return (provider == null
                            ? Cipher.getInstance(transformation)
                            : Cipher.getInstance(transformation, provider))
                    .getProvider();
        } catch (NoSuchAlgorithmException | NoSuchPaddingException e) {
            throw new IllegalArgumentException(
                    (provider == null
                                    ? "no provider of the platform has "
                                    : "provider " + provider.getName() + " lacks ")
                            + transformation + ", which a content cipher needs",
                    e);
        }
    }

    /**
     * Whether the ciphers may be handed large arrays, of which each call means a part only. The JDK's touch no more than that;
     * native code may copy the whole array in and out, as that of BouncyCastle's LTS line does, which is slow, and wrong where
     * other threads work on the rest.
     */
    boolean keepToTheirPart() {
        return isOfTheJdk(gcm) && isOfTheJdk(ctr);
    }

    private static boolean isOfTheJdk(Provider provider) {
        ClassLoader loader = provider.getClass().getClassLoader();
        return loader == null || loader.equals(ClassLoader.getPlatformClassLoader());
    }

    Cipher ecb() throws GeneralSecurityException {
        return Cipher.getInstance(ECB, ecb);
    }

    Cipher ctr() throws GeneralSecurityException {
        return Cipher.getInstance(CTR, ctr);
    }

    Cipher gcm() throws GeneralSecurityException {
        return Cipher.getInstance(GCM, gcm);
    }

    /** A MAC of the provider that is home to AES, or of the platform if that has none. */
    Mac mac(String algorithm) throws GeneralSecurityException {
        return ecb.getService("Mac", algorithm) == null ? Mac.getInstance(algorithm) : Mac.getInstance(algorithm, ecb);
    }

    /**
     * The home of AES-CBC, which no other content needs.
     *
     * @throws IllegalArgumentException if it is missing, naming transformation and provider
     */
    static Provider homeOfCbc(@Nullable Provider provider) {
        return home(CBC, provider);
    }

    /**
     * The home of AES-GCM alone, for a cipher that needs no other.
     *
     * @throws IllegalArgumentException if it is missing, naming transformation and provider
     */
    static Provider homeOfGcm(@Nullable Provider provider) {
        return home(GCM, provider);
    }

    static Cipher gcm(Provider home) throws GeneralSecurityException {
        return Cipher.getInstance(GCM, home);
    }

    static Cipher cbc(Provider home) throws GeneralSecurityException {
        return Cipher.getInstance(CBC, home);
    }

    /** The provider of AES-GCM, and what comes of others. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(gcm.getName());
        if (!ecb.getName().equals(gcm.getName())) {
            text.append(", ").append(ECB).append(" of ").append(ecb.getName());
        }
        if (!ctr.getName().equals(gcm.getName())) {
            text.append(", ").append(CTR).append(" of ").append(ctr.getName());
        }
        return text.toString();
    }

    /**
     * Drives the key out of a cipher of ours, in whatever state it is. A provider that fails or refuses here keeps what it
     * keeps; that is no reason to lose the work that was done, nor to hide why it was not.
     */
    static void forget(@Nullable Cipher cipher) {
        if (cipher == null) {
            return;
        }
        try (LoanedKey zeros = LoanedKey.throwAway(32, "AES")) {
            switch (cipher.getAlgorithm()) {
                case CTR, CBC -> cipher.init(Cipher.ENCRYPT_MODE, zeros, new IvParameterSpec(new byte[BLOCK_BYTES]));
                case GCM ->
                    cipher.init(Cipher.ENCRYPT_MODE, zeros, new GCMParameterSpec(TAG_BITS, new byte[NONCE_BYTES]));
                default -> cipher.init(Cipher.ENCRYPT_MODE, zeros);
            }
        } catch (GeneralSecurityException | ProviderException e) {
            return; // see above
        }
    }
}
