/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static dev.keywright.pkcs11.CryptokiConstants.*;

import dev.keywright.pkcs11.Pkcs11Description.Mechanism;
import dev.keywright.pkcs11.Pkcs11Description.Verdict;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.spi.MasterKeyOps;
import dev.keywright.spi.WrapAlgorithm;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.interfaces.RSAPublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes master keys of keys on tokens, each by its type, and says what they can do.
 *
 * @param publicKey the public half of an RSA key, if it is not to be had from the token
 * @param provider for what is done in software; null for the platform's
 * @param quirks of the token
 */
record MasterKeys(
        @Nullable RSAPublicKey publicKey, @Nullable Provider provider, SecureRandom random, Pkcs11Quirks quirks) {
    private static final long ANY_USE = CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP;

    /** The wrap that goes with the key's type. */
    static WrapAlgorithm wrapOf(Pkcs11Key key) {
        return key.info().type() == Pkcs11KeyInfo.Type.AES ? WrapAlgorithm.AES_GCM : WrapAlgorithm.RSA_OAEP_SHA1;
    }

    /**
     * The master key, which has shown that it opens what it wraps, and which legacy wraps besides. Closing it closes {@code
     * key}.
     *
     * @throws KeyringException if it can't, naming the cause
     */
    TriedMasterKey tried(Pkcs11Key key) {
        MasterKeyTrial trial = new MasterKeyTrial(key, wrapOf(key), quirks);
        if (key.info().type() == Pkcs11KeyInfo.Type.AES) {
            if (publicKey != null) {
                throw new KeyringException(
                        Reason.MISCONFIGURED,
                        key.keyringName() + ": a public key is configured, and the key is an " + key.info());
            }
            MasterKeyOps aes = isGcmEmulated(key)
                    ? new EcbGcmMasterKey(key, quirks.number(Pkcs11Mechanism.AES_ECB), random)
                    : new AesMasterKey(key, quirks, random);
            trial.run(aes, random);
            return new TriedMasterKey(aes, AesLegacyWraps.of(key, quirks));
        }
        RsaMasterKey rsa = new RsaMasterKey(key, RsaPublicHalf.of(key, publicKey), provider, random, quirks);
        trial.run(rsa, random);
        return new TriedMasterKey(rsa, new RsaLegacyWraps(key, rsa, random, quirks).all());
    }

    /** Only where the token itself can't: what it can do, it does. */
    private boolean isGcmEmulated(Pkcs11Key key) {
        long gcm = quirks.number(Pkcs11Mechanism.AES_GCM);
        return quirks.emulatesGcm()
                && (KeyUse.ENCRYPT.obstacle(key, gcm).isPresent()
                        || KeyUse.DECRYPT.obstacle(key, gcm).isPresent());
    }

    /** Asks token and key for all, and tries the key. */
    Pkcs11Description describe(Pkcs11Key key) {
        return key.whileOpen(() -> describeOpen(key, tryOut(key)));
    }

    /** The same, and how long it takes: {@code rounds} times. */
    Pkcs11Check check(Pkcs11Key key, TokenOptions sessions, int rounds) {
        return key.whileOpen(() -> {
            Trial trial = tryOut(key);
            Pkcs11Description description = describeOpen(key, trial);
            CheckAdvice advice = new CheckAdvice(description, quirks);
            Map<String, String> options = new TreeMap<>(Pkcs11Options.of(quirks));
            options.putAll(sessions.named());
            return new Pkcs11Check(description, options, timed(key, trial, rounds), advice.serves(), advice.advice());
        });
    }

    private List<Pkcs11Check.Timing> timed(Pkcs11Key key, Trial trial, int rounds) {
        if (trial.ops().isEmpty()) {
            return List.of();
        }
        try {
            return new MasterKeyTiming(trial.ops().get(), MasterKeyTrial.binding(wrapOf(key))).run(rounds, random);
        } catch (GeneralSecurityException e) {
            throw new KeyringException(
                    Reason.UNAVAILABLE,
                    key.keyringName() + ": it opened what it wrapped, and then did not: " + e.getMessage(),
                    e);
        }
    }

    private Pkcs11Description describeOpen(Pkcs11Key key, Trial trial) {
        Pkcs11Token token = key.token();
        Cryptoki cryptoki = token.cryptoki();
        try {
            Pkcs11TokenInfo info = cryptoki.tokenInfo(token.slot());
            return new Pkcs11Description(
                    token.module().toString(),
                    cryptoki.libraryInfo().toString(),
                    info,
                    mechanisms(cryptoki, token.slot()),
                    key.info(),
                    verdicts(key, trial.current()),
                    trial.legacy(),
                    warnings(key.info(), info));
        } catch (CryptokiException e) {
            throw e.of(key.keyringName());
        }
    }

    private static List<Mechanism> mechanisms(Cryptoki cryptoki, long slot) throws CryptokiException {
        List<Mechanism> mechanisms = new ArrayList<>();
        for (long number : cryptoki.mechanisms(slot)) {
            Optional<MechanismInfo> told = info(cryptoki, slot, number);
            if (told.isPresent() && told.get().has(ANY_USE)) {
                MechanismInfo mechanism = told.get();
                mechanisms.add(new Mechanism(
                        mechanism.name(),
                        mechanism.has(CKF_ENCRYPT),
                        mechanism.has(CKF_DECRYPT),
                        mechanism.has(CKF_WRAP),
                        mechanism.has(CKF_UNWRAP)));
            }
        }
        return mechanisms;
    }

    /** Some modules list mechanisms that they then know nothing of. */
    private static Optional<MechanismInfo> info(Cryptoki cryptoki, long slot, long number) throws CryptokiException {
        try {
            return Optional.of(cryptoki.mechanismInfo(slot, number));
        } catch (CryptokiException e) {
            if (e.is(ReturnValue.MECHANISM_INVALID)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static List<Verdict> verdicts(Pkcs11Key key, Verdict own) {
        List<Verdict> verdicts = new ArrayList<>();
        for (WrapAlgorithm wrap : List.of(WrapAlgorithm.AES_GCM, WrapAlgorithm.RSA_OAEP_SHA1)) {
            verdicts.add(
                    wrap == wrapOf(key)
                            ? own
                            : new Verdict(
                                    wrap.wireName(),
                                    false,
                                    "it needs another type of key than "
                                            + key.info().type()));
        }
        verdicts.add(new Verdict(WrapAlgorithm.KMS_CONTEXT.wireName(), false, "it needs an AWS KMS key"));
        return verdicts;
    }

    /** What trying showed: of the wrap that goes with the key's type, and, if it can do that, of the legacy ones. */
    private record Trial(Verdict current, List<Verdict> legacy, Optional<MasterKeyOps> ops) {}

    private Trial tryOut(Pkcs11Key key) {
        String wrap = wrapOf(key).wireName();
        try {
            TriedMasterKey tried = tried(key); // and not closed, which would close the key
            List<Verdict> legacy = tried.legacy().stream()
                    .map(each -> new Verdict(
                            each.algorithm().wireName(), each.opening().isPresent(), each.why()))
                    .toList();
            return new Trial(
                    new Verdict(
                            wrap,
                            true,
                            "a random data key was wrapped and opened"
                                    + (wrapOf(key) == WrapAlgorithm.AES_GCM && isGcmEmulated(key)
                                            ? ", by CKM_AES_ECB, emulating what the token has not"
                                            : "")),
                    legacy,
                    Optional.of(tried));
        } catch (KeyringException e) {
            return new Trial(new Verdict(wrap, false, String.valueOf(e.getMessage())), List.of(), Optional.empty());
        }
    }

    private static List<String> warnings(Pkcs11KeyInfo key, Pkcs11TokenInfo token) {
        List<String> warnings = new ArrayList<>();
        if (key.extractable()) {
            warnings.add("the key can leave the token (CKA_EXTRACTABLE is true)");
        }
        if (!key.sensitive()) {
            warnings.add("the key's value can be read (CKA_SENSITIVE is false)");
        }
        if (!key.isPrivate()) {
            warnings.add("the key can be used without logging in (CKA_PRIVATE is false)");
        }
        if (token.pinCountLow()) {
            warnings.add("a wrong PIN was given since the last good login");
        }
        return warnings;
    }
}
