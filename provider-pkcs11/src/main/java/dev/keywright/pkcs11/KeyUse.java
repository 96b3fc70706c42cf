/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import java.util.Optional;

/** What a key on a token can be used for, if its attributes and the token's mechanism allow it. */
enum KeyUse {
    ENCRYPT("encrypt", "CKA_ENCRYPT", CryptokiConstants.CKF_ENCRYPT),
    DECRYPT("decrypt", "CKA_DECRYPT", CryptokiConstants.CKF_DECRYPT),
    UNWRAP("unwrap", "CKA_UNWRAP", CryptokiConstants.CKF_UNWRAP);

    private final String verb;
    private final String attribute;
    private final long flag;

    KeyUse(String verb, String attribute, long flag) {
        this.verb = verb;
        this.attribute = attribute;
        this.flag = flag;
    }

    private boolean isAllowed(Pkcs11KeyInfo key) {
        return switch (this) {
            case ENCRYPT -> key.mayEncrypt();
            case DECRYPT -> key.mayDecrypt();
            case UNWRAP -> key.mayUnwrap();
        };
    }

    /** What key and token say against this use with a CKM_ mechanism; empty also if the token does not tell. */
    Optional<String> obstacle(Pkcs11Key key, long mechanism) {
        if (!isAllowed(key.info())) {
            return Optional.of("it may not " + verb + ", as its " + attribute + " is false");
        }
        String name = MechanismNames.of(mechanism);
        if (!key.allows(mechanism)) {
            return Optional.of("its CKA_ALLOWED_MECHANISMS are without " + name);
        }
        try {
            return key.token()
                            .cryptoki()
                            .mechanismInfo(key.token().slot(), mechanism)
                            .has(flag)
                    ? Optional.empty()
                    : Optional.of("the token's " + name + " can't " + verb);
        } catch (CryptokiException e) {
            return e.is(ReturnValue.MECHANISM_INVALID)
                    ? Optional.of("the token has no " + name)
                    : Optional.empty(); // then it is not known, and what the use itself meets stands for it
        }
    }
}
