/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A token's quirks as a keyring's options: names and values of text. */
final class Pkcs11Options {
    static final String PROFILE = "profile";
    static final String GCM_IV = "gcm-iv";
    static final String KEY_UNWRAP = "key-unwrap";
    static final String EMULATE_GCM = "emulate-gcm";
    static final String EMULATE_KEY_WRAP = "emulate-key-wrap";
    static final String RAW_RSA_OAEP = "raw-rsa-oaep";
    static final String LOGIN = "login";
    static final String INIT_ARGUMENT = "init-argument";
    static final String MECHANISM = "mechanism.";

    /** For messages. */
    static final String NAMES = "profile, gcm-iv, mechanism.CKM_..., key-unwrap, emulate-gcm, emulate-key-wrap, "
            + "raw-rsa-oaep, login, init-argument";

    private Pkcs11Options() {}

    static boolean has(String name) {
        return List.of(PROFILE, GCM_IV, KEY_UNWRAP, EMULATE_GCM, EMULATE_KEY_WRAP, RAW_RSA_OAEP, LOGIN, INIT_ARGUMENT)
                        .contains(name)
                || name.startsWith(MECHANISM);
    }

    /** Reads options that are all a token's. */
    static Pkcs11Quirks readAll(String subject, Map<String, String> options) {
        for (String name : options.keySet()) {
            if (!has(name)) {
                throw new KeyringException(
                        Reason.MISCONFIGURED, subject + ": there is no " + name + "; there are " + NAMES);
            }
        }
        return read(subject, options);
    }

    /**
     * Reads those options that are here; a profile's settings come first, and the others change them.
     *
     * @param subject what they are options of, for messages
     * @throws KeyringException with reason MISCONFIGURED if a value is none of those that there are
     */
    static Pkcs11Quirks read(String subject, Map<String, String> options) {
        Reader reader = new Reader(subject);
        Pkcs11Quirks.Builder quirks = Optional.ofNullable(options.get(PROFILE))
                .map(value ->
                        reader.choice(PROFILE, value, Pkcs11Profile.values()).quirks())
                .orElse(Pkcs11Quirks.none())
                .toBuilder();
        new TreeMap<>(options).forEach((name, value) -> reader.option(quirks, name, value));
        try {
            return quirks.build();
        } catch (IllegalArgumentException e) {
            throw reader.wrong(String.valueOf(e.getMessage()));
        }
    }

    private record Reader(String subject) {
        void option(Pkcs11Quirks.Builder quirks, String name, String value) {
            switch (name) {
                case GCM_IV -> quirks.gcmIv(choice(name, value, Pkcs11Quirks.GcmIv.values()));
                case KEY_UNWRAP -> quirks.keyUnwrapping(choice(name, value, Pkcs11Quirks.KeyUnwrapping.values()));
                case EMULATE_GCM -> quirks.emulateGcm(bool(name, value));
                case EMULATE_KEY_WRAP -> quirks.emulateKeyWrap(bool(name, value));
                case RAW_RSA_OAEP -> quirks.decodeRawOaep(bool(name, value));
                case LOGIN -> quirks.loginWay(choice(name, value, Pkcs11Quirks.LoginWay.values()));
                case INIT_ARGUMENT -> initArgument(quirks, value);
                default -> {
                    if (name.startsWith(MECHANISM)) {
                        quirks.number(
                                choice(MECHANISM, name.substring(MECHANISM.length()), Pkcs11Mechanism.values()),
                                number(name, value));
                    }
                }
            }
        }

        private void initArgument(Pkcs11Quirks.Builder quirks, String value) {
            try {
                quirks.initArgument(value);
            } catch (IllegalArgumentException e) {
                throw wrong(String.valueOf(e.getMessage()));
            }
        }

        <E extends Enum<E>> E choice(String name, String value, E[] choices) {
            for (E choice : choices) {
                if (choice.toString().equals(value)) {
                    return choice;
                }
            }
            throw wrong("option " + name + " is none of " + Arrays.toString(choices));
        }

        private boolean bool(String name, String value) {
            if (!value.equals("true") && !value.equals("false")) {
                throw wrong("option " + name + " is neither true nor false");
            }
            return value.equals("true");
        }

        /** A CK_MECHANISM_TYPE, which has 32 bits in all modules. */
        private long number(String name, String value) {
            try {
                long number = Long.decode(value);
                if (number >= 0 && number <= 0xffff_ffffL) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // said below
            }
            throw wrong("option " + name + " is no mechanism's number, such as 0x80001087");
        }

        KeyringException wrong(String what) {
            return new KeyringException(Reason.MISCONFIGURED, subject + ": " + what);
        }
    }

    /** As options, those that are not as by default; of the init argument only that there is one. */
    static Map<String, String> of(Pkcs11Quirks quirks) {
        Map<String, String> options = new TreeMap<>();
        if (quirks.gcmIv() != Pkcs11Quirks.GcmIv.HOST) {
            options.put(GCM_IV, quirks.gcmIv().toString());
        }
        for (Pkcs11Mechanism mechanism : Pkcs11Mechanism.values()) {
            if (quirks.number(mechanism) != mechanism.standardNumber()) {
                options.put(MECHANISM + mechanism, "0x%08X".formatted(quirks.number(mechanism)));
            }
        }
        if (quirks.keyUnwrapping() != Pkcs11Quirks.KeyUnwrapping.EITHER) {
            options.put(KEY_UNWRAP, quirks.keyUnwrapping().toString());
        }
        putIf(options, EMULATE_GCM, quirks.emulatesGcm());
        putIf(options, EMULATE_KEY_WRAP, quirks.emulatesKeyWrap());
        putIf(options, RAW_RSA_OAEP, quirks.decodesRawOaep());
        if (quirks.loginWay() != Pkcs11Quirks.LoginWay.AS_THE_TOKEN_SAYS) {
            options.put(LOGIN, quirks.loginWay().toString());
        }
        quirks.initArgument().ifPresent(text -> options.put(INIT_ARGUMENT, "(set)"));
        return options;
    }

    private static void putIf(Map<String, String> options, String name, boolean set) {
        if (set) {
            options.put(name, "true");
        }
    }
}
