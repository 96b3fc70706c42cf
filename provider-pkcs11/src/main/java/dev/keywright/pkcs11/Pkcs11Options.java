/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

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
    private static final String NAMES =
            "profile, gcm-iv, mechanism.CKM_..., key-unwrap, emulate-gcm, emulate-key-wrap, "
                    + "raw-rsa-oaep, login, init-argument";

    private Pkcs11Options() {}

    /**
     * Refuses a name that is neither a quirk's nor a setting of sessions.
     *
     * @param subject what they are options of, for messages
     * @param besides what else there is where these options come from, for messages
     */
    static void requireKnown(String subject, Iterable<String> names, String besides) {
        for (String name : names) {
            if (!has(name) && !TokenOptions.NAMES.contains(name)) {
                throw new OptionValues(subject)
                        .refused("option " + name + " is unknown; there are " + besides + NAMES + ", "
                                + String.join(", ", TokenOptions.NAMES));
            }
        }
    }

    private static boolean has(String name) {
        return List.of(PROFILE, GCM_IV, KEY_UNWRAP, EMULATE_GCM, EMULATE_KEY_WRAP, RAW_RSA_OAEP, LOGIN, INIT_ARGUMENT)
                        .contains(name)
                || name.startsWith(MECHANISM);
    }

    /**
     * Reads those options that are here; a profile's settings come first, and the others change them.
     *
     * @param subject what they are options of, for messages
     * @throws KeyringException with reason MISCONFIGURED if a value is none of those that there are
     */
    static Pkcs11Quirks read(String subject, Map<String, String> options) {
        OptionValues values = new OptionValues(subject);
        Pkcs11Quirks.Builder quirks = Optional.ofNullable(options.get(PROFILE))
                .map(value ->
                        values.choice(PROFILE, value, Pkcs11Profile.values()).quirks())
                .orElse(Pkcs11Quirks.none())
                .toBuilder();
        new TreeMap<>(options).forEach((name, value) -> read(quirks, values, name, value));
        try {
            return quirks.build();
        } catch (IllegalArgumentException e) {
            throw values.refused(String.valueOf(e.getMessage()));
        }
    }

    private static void read(Pkcs11Quirks.Builder quirks, OptionValues values, String name, String value) {
        switch (name) {
            case GCM_IV -> quirks.gcmIv(values.choice(name, value, Pkcs11Quirks.GcmIv.values()));
            case KEY_UNWRAP -> quirks.keyUnwrapping(values.choice(name, value, Pkcs11Quirks.KeyUnwrapping.values()));
            case EMULATE_GCM -> quirks.emulateGcm(values.bool(name, value));
            case EMULATE_KEY_WRAP -> quirks.emulateKeyWrap(values.bool(name, value));
            case RAW_RSA_OAEP -> quirks.decodeRawOaep(values.bool(name, value));
            case LOGIN -> quirks.loginWay(values.choice(name, value, Pkcs11Quirks.LoginWay.values()));
            case INIT_ARGUMENT -> {
                try {
                    quirks.initArgument(value);
                } catch (IllegalArgumentException e) {
                    throw values.refused(String.valueOf(e.getMessage()));
                }
            }
            default -> {
                if (name.startsWith(MECHANISM)) {
                    quirks.number(
                            values.choice(MECHANISM, name.substring(MECHANISM.length()), Pkcs11Mechanism.values()),
                            values.mechanism(name, value));
                }
            }
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
