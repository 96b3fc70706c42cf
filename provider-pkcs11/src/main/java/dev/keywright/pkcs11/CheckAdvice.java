/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.pkcs11.Pkcs11Description.Mechanism;
import dev.keywright.pkcs11.Pkcs11Description.Verdict;
import dev.keywright.spi.WrapAlgorithm;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Says in words what a key that was tried is good for, and what would make it good for more. */
final class CheckAdvice {
    private final Pkcs11Description description;
    private final Pkcs11Quirks quirks;

    CheckAdvice(Pkcs11Description description, Pkcs11Quirks quirks) {
        this.description = description;
        this.quirks = quirks;
    }

    List<String> serves() {
        List<String> serves = new ArrayList<>();
        for (Verdict verdict : description.verdicts()) {
            if (verdict.possible()) {
                serves.add("writes and reads formats V3 and V2, wrapping data keys by " + verdict.wrap());
            }
        }
        for (Verdict verdict : description.legacy()) {
            if (verdict.possible()) {
                serves.add("reads " + storedWith(verdict.wrap()) + ", if legacy wraps are allowed");
            }
        }
        return serves;
    }

    private static String storedWith(String wrap) {
        return wrap.equals(WrapAlgorithm.RAW_AES.wireName()) || wrap.equals(WrapAlgorithm.RAW_RSA.wireName())
                ? "what the oldest clients stored in format V1 (" + wrap + ")"
                : "what older clients stored in format V2 (" + wrap + ")";
    }

    List<String> advice() {
        List<String> advice = new ArrayList<>();
        if (description.key().type() == Pkcs11KeyInfo.Type.AES) {
            ofAes(advice);
        } else {
            ofRsa(advice);
        }
        Pkcs11KeyInfo key = description.key();
        if (key.extractable() || !key.sensitive() || !key.isPrivate()) {
            advice.add(
                    "generate another master key for production: private, sensitive and not extractable, which can't "
                            + "all be set on a key that exists (docs/hsm/key-ceremony.md)");
        }
        return advice;
    }

    private boolean can(WrapAlgorithm wrap) {
        return description.verdicts().stream()
                .anyMatch(verdict -> verdict.wrap().equals(wrap.wireName()) && verdict.possible());
    }

    private boolean opens(WrapAlgorithm wrap) {
        return description.legacy().stream()
                .anyMatch(verdict -> verdict.wrap().equals(wrap.wireName()) && verdict.possible());
    }

    private Optional<Mechanism> mechanism(long number) {
        String name = MechanismNames.of(number);
        return description.mechanisms().stream()
                .filter(mechanism -> mechanism.name().equals(name))
                .findFirst();
    }

    private void ofAes(List<String> advice) {
        boolean ecb = mechanism(CryptokiConstants.CKM_AES_ECB)
                .map(mechanism -> mechanism.encrypt() && mechanism.decrypt())
                .orElse(false);
        if (!can(WrapAlgorithm.AES_GCM)) {
            boolean hasGcm = mechanism(CryptokiConstants.CKM_AES_GCM).isPresent();
            for (Pkcs11Profile profile : List.of(Pkcs11Profile.AWS_CLOUDHSM, Pkcs11Profile.GOOGLE_KMSP11)) {
                if (mechanism(profile.quirks().number(Pkcs11Mechanism.AES_GCM)).isPresent()) {
                    advice.add("this looks like " + profile.title() + ": set profile=" + profile);
                }
            }
            if (hasGcm && quirks.gcmIv() == Pkcs11Quirks.GcmIv.HOST) {
                advice.add(
                        "if the HSM insists on making the IV itself, set gcm-iv=token-writes-back; in FIPS mode many do");
            }
            if (!hasGcm && ecb && !quirks.emulatesGcm()) {
                advice.add("the token has no AES-GCM: use an RSA key; or set emulate-gcm=true, by which AES-GCM is put "
                        + "together in the process, whose memory then sees the key's GHASH secret");
            }
            if (!hasGcm && !ecb) {
                advice.add("the token has neither AES-GCM nor AES-ECB: use an RSA key");
            }
        } else if (!opens(WrapAlgorithm.AES_WRAP) && ecb && !quirks.emulatesKeyWrap()) {
            advice.add("only if objects wrapped by AESWrap must be read: set emulate-key-wrap=true");
        }
    }

    private void ofRsa(List<String> advice) {
        if (!can(WrapAlgorithm.RSA_OAEP_SHA1)) {
            advice.add(
                    "the S3 format fixes OAEP with SHA-1 and MGF1-SHA-1 for RSA keys: where the token refuses that, use "
                            + "an AES key");
        } else if (!opens(WrapAlgorithm.RSA_OAEP_SHA256)
                && !quirks.decodesRawOaep()
                && mechanism(CryptokiConstants.CKM_RSA_X_509)
                        .map(Mechanism::decrypt)
                        .orElse(false)) {
            advice.add("only if objects wrapped by " + WrapAlgorithm.RSA_OAEP_SHA256.wireName()
                    + " must be read: set raw-rsa-oaep=true");
        }
    }
}
