/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.pkcs11.Pkcs11Description.Mechanism;
import dev.keywright.pkcs11.Pkcs11Description.Verdict;
import dev.keywright.spi.WrapAlgorithm;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Says of a key on a token which wraps it can do, from what the token says of both. */
final class KeyExamination {
    private static final int MIN_RSA_BITS = 2048;
    private static final Set<Long> SHOWN = Set.of(
            Ck.CKM_RSA_PKCS,
            Ck.CKM_RSA_X_509,
            Ck.CKM_RSA_PKCS_OAEP,
            Ck.CKM_AES_ECB,
            Ck.CKM_AES_CBC,
            Ck.CKM_AES_CBC_PAD,
            Ck.CKM_AES_CTR,
            Ck.CKM_AES_GCM,
            Ck.CKM_AES_KEY_WRAP);

    private final Pkcs11TokenInfo token;
    private final Pkcs11KeyInfo key;
    private final Map<Long, Cryptoki.MechanismInfo> mechanisms;

    KeyExamination(Pkcs11TokenInfo token, Pkcs11KeyInfo key, Map<Long, Cryptoki.MechanismInfo> mechanisms) {
        this.token = token;
        this.key = key;
        this.mechanisms = mechanisms;
    }

    /** The wrap that this kind of key is for. */
    WrapAlgorithm wrap() {
        return key.type() == Pkcs11KeyInfo.Type.AES ? WrapAlgorithm.AES_GCM : WrapAlgorithm.RSA_OAEP_SHA1;
    }

    /** Why the key can't do its wrap; null if nothing speaks against it. */
    @Nullable
    String obstacle() {
        return key.type() == Pkcs11KeyInfo.Type.AES ? aesObstacle() : rsaObstacle();
    }

    private @Nullable String aesObstacle() {
        Cryptoki.MechanismInfo gcm = mechanisms.get(Ck.CKM_AES_GCM);
        if (gcm == null || !gcm.has(Ck.CKF_ENCRYPT) || !gcm.has(Ck.CKF_DECRYPT)) {
            return "the token has no AES-GCM (CKM_AES_GCM for encryption and decryption)";
        }
        if (!key.mayEncrypt()) {
            return "the key may not encrypt (CKA_ENCRYPT is false)";
        }
        return key.mayDecrypt() ? null : "the key may not decrypt (CKA_DECRYPT is false)";
    }

    private @Nullable String rsaObstacle() {
        Cryptoki.MechanismInfo oaep = mechanisms.get(Ck.CKM_RSA_PKCS_OAEP);
        if (oaep == null || !oaep.has(Ck.CKF_DECRYPT)) {
            return "the token has no RSA-OAEP (CKM_RSA_PKCS_OAEP for decryption), and the S3 format allows no other padding";
        }
        if (!key.mayDecrypt()) {
            return "the key may not decrypt (CKA_DECRYPT is false)";
        }
        return key.bits() >= MIN_RSA_BITS ? null : "the key has " + key.bits() + " bits; at least " + MIN_RSA_BITS;
    }

    /** One for each current wrap. */
    List<Verdict> verdicts() {
        String obstacle = obstacle();
        List<Verdict> verdicts = new ArrayList<>();
        for (WrapAlgorithm wrap : List.of(WrapAlgorithm.AES_GCM, WrapAlgorithm.RSA_OAEP_SHA1)) {
            if (wrap != wrap()) {
                verdicts.add(new Verdict(wrap.wireName(), false, "it needs another type of key than " + key.type()));
            } else {
                verdicts.add(new Verdict(
                        wrap.wireName(), obstacle == null, obstacle == null ? "key and token say so" : obstacle));
            }
        }
        verdicts.add(new Verdict(WrapAlgorithm.KMS_CONTEXT.wireName(), false, "it needs an AWS KMS key"));
        return verdicts;
    }

    List<Mechanism> shownMechanisms() {
        List<Mechanism> shown = new ArrayList<>();
        mechanisms.forEach((mechanism, info) -> {
            if (SHOWN.contains(mechanism)) {
                shown.add(new Mechanism(
                        Ck.mechanismName(mechanism),
                        info.has(Ck.CKF_ENCRYPT),
                        info.has(Ck.CKF_DECRYPT),
                        info.has(Ck.CKF_WRAP),
                        info.has(Ck.CKF_UNWRAP)));
            }
        });
        return shown;
    }

    List<String> warnings() {
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
        if ((token.flags() & Ck.CKF_USER_PIN_COUNT_LOW) != 0) {
            warnings.add("a wrong PIN was given since the last good login");
        }
        return warnings;
    }
}
