/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a token differs from the standard, and what may be done about it. All of it is off by default; {@link Pkcs11Profile}
 * has what is known of some makers' HSMs. Immutable.
 *
 * <p>Three of them weaken something, and say so: {@link #emulatesGcm}, {@link #emulatesKeyWrap} and {@link #decodesRawOaep}.
 */
public final class Pkcs11Quirks {
    private static final Pkcs11Quirks NONE = new Builder().build();

    /** Who makes the initialization vector of AES-GCM. Whatever the answer, the IV that was used is what is stored. */
    public enum GcmIv {
        /** We do: 12 random bytes. A token that puts its own in their place is believed, if it has 12 bytes. */
        HOST("host"),
        /** The token does: it is given 12 zero bytes, and writes over them. Left as they are, they are refused. */
        TOKEN_WRITES_BACK("token-writes-back"),
        /**
         * The token does: it is given no room, and puts the IV before the ciphertext, and takes it from there. This is a
         * vendor's mechanism, so {@link Pkcs11Mechanism#AES_GCM} needs that one's number.
         */
        TOKEN_PREPENDS("token-prepends");

        private final String optionName;

        GcmIv(String optionName) {
            this.optionName = optionName;
        }

        /** As an option has it. */
        @Override
        public String toString() {
            return optionName;
        }
    }

    /** By which function a wrapped key of RFC 3394 is opened. */
    public enum KeyUnwrapping {
        /** By C_Decrypt, where token and key allow it, else by C_UnwrapKey. */
        EITHER("either"),
        /** By C_Decrypt only. */
        C_DECRYPT("decrypt"),
        /** By C_UnwrapKey only, to a session key that is read and destroyed. */
        C_UNWRAP_KEY("unwrap");

        private final String optionName;

        KeyUnwrapping(String optionName) {
            this.optionName = optionName;
        }

        /** As an option has it. */
        @Override
        public String toString() {
            return optionName;
        }
    }

    /** How a login is made. */
    public enum LoginWay {
        /** By the PIN; by the token's own keypad where the token says that it has one; not where it says it needs none. */
        AS_THE_TOKEN_SAYS("as-the-token-says"),
        /** By the token's own keypad, whatever it says: C_Login gets no PIN. */
        PROTECTED_PATH("protected-path"),
        /** Not at all: for slots that need no login although they say so, or where others log in. */
        NONE("none");

        private final String optionName;

        LoginWay(String optionName) {
            this.optionName = optionName;
        }

        /** As an option has it. */
        @Override
        public String toString() {
            return optionName;
        }
    }

    private final GcmIv gcmIv;
    private final Map<Pkcs11Mechanism, Long> numbers;
    private final KeyUnwrapping keyUnwrapping;
    private final boolean emulatesGcm;
    private final boolean emulatesKeyWrap;
    private final boolean decodesRawOaep;
    private final LoginWay loginWay;
    private final Optional<String> initArgument;

    private Pkcs11Quirks(Builder builder) {
        this.gcmIv = builder.gcmIv;
        this.numbers = Map.copyOf(builder.numbers);
        this.keyUnwrapping = builder.keyUnwrapping;
        this.emulatesGcm = builder.emulatesGcm;
        this.emulatesKeyWrap = builder.emulatesKeyWrap;
        this.decodesRawOaep = builder.decodesRawOaep;
        this.loginWay = builder.loginWay;
        this.initArgument = Optional.ofNullable(builder.initArgument);
    }

    /** A token as the standard has it. */
    public static Pkcs11Quirks none() {
        return NONE;
    }

    /** Settings that begin with {@link #none}. */
    public static Builder builder() {
        return new Builder();
    }

    /** Settings that begin with these. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.gcmIv = gcmIv;
        builder.numbers.putAll(numbers);
        builder.keyUnwrapping = keyUnwrapping;
        builder.emulatesGcm = emulatesGcm;
        builder.emulatesKeyWrap = emulatesKeyWrap;
        builder.decodesRawOaep = decodesRawOaep;
        builder.loginWay = loginWay;
        builder.initArgument = initArgument.orElse(null);
        return builder;
    }

    /** Who makes the IV of AES-GCM. */
    public GcmIv gcmIv() {
        return gcmIv;
    }

    /** The number that the token knows a mechanism by. */
    public long number(Pkcs11Mechanism mechanism) {
        return numbers.getOrDefault(mechanism, mechanism.standardNumber());
    }

    /** By which function a wrapped key of RFC 3394 is opened. */
    public KeyUnwrapping keyUnwrapping() {
        return keyUnwrapping;
    }

    /**
     * Whether {@code AES/GCM} is computed here, out of the token's AES-ECB, where token or key can't do it (NIST SP 800-38D).
     * The master key stays in the token, but its GHASH key comes into this process: who reads the process's memory can forge
     * wrapped keys under the master key ever after, though open none.
     */
    public boolean emulatesGcm() {
        return emulatesGcm;
    }

    /**
     * Whether {@code AESWrap} is opened here, out of the token's AES-ECB, where token or key can't do it (RFC 3394): 24 calls
     * for a data key of 256 bits. The key must be allowed to decrypt by ECB, and so is a decryption oracle to its users.
     */
    public boolean emulatesKeyWrap() {
        return emulatesKeyWrap;
    }

    /**
     * Whether the legacy wrap {@code RSA/ECB/OAEPWithSHA-256AndMGF1Padding} is opened by the token's unpadded RSA, and
     * decoded here in constant time (RFC 8017, section 7.1.2), where the token does not take its hashes. For reading only.
     * The key must be allowed unpadded RSA, with which its users can do whatever it can.
     */
    public boolean decodesRawOaep() {
        return decodesRawOaep;
    }

    /** How a login is made. */
    public LoginWay loginWay() {
        return loginWay;
    }

    /** What C_Initialize is given as its reserved argument. */
    public Optional<String> initArgument() {
        return initArgument;
    }

    /** Names the options that are set; not the init argument's text. */
    @Override
    public String toString() {
        return Pkcs11Options.of(this).toString();
    }

    /** Settings; not thread-safe. */
    public static final class Builder {
        private GcmIv gcmIv = GcmIv.HOST;
        private final Map<Pkcs11Mechanism, Long> numbers = new EnumMap<>(Pkcs11Mechanism.class);
        private KeyUnwrapping keyUnwrapping = KeyUnwrapping.EITHER;
        private boolean emulatesGcm;
        private boolean emulatesKeyWrap;
        private boolean decodesRawOaep;
        private LoginWay loginWay = LoginWay.AS_THE_TOKEN_SAYS;
        private @Nullable String initArgument;

        private Builder() {}

        /** Default: {@link GcmIv#HOST}. */
        public Builder gcmIv(GcmIv chosen) {
            this.gcmIv = chosen;
            return this;
        }

        /** A vendor's number for a mechanism, {@code 0x80001087}; parameters and output stay those of the standard one. */
        public Builder number(Pkcs11Mechanism mechanism, long vendorNumber) {
            numbers.put(mechanism, vendorNumber);
            return this;
        }

        /** Default: {@link KeyUnwrapping#EITHER}. */
        public Builder keyUnwrapping(KeyUnwrapping chosen) {
            this.keyUnwrapping = chosen;
            return this;
        }

        /** See {@link Pkcs11Quirks#emulatesGcm}. Default: false. */
        public Builder emulateGcm(boolean chosen) {
            this.emulatesGcm = chosen;
            return this;
        }

        /** See {@link Pkcs11Quirks#emulatesKeyWrap}. Default: false. */
        public Builder emulateKeyWrap(boolean chosen) {
            this.emulatesKeyWrap = chosen;
            return this;
        }

        /** See {@link Pkcs11Quirks#decodesRawOaep}. Default: false. */
        public Builder decodeRawOaep(boolean chosen) {
            this.decodesRawOaep = chosen;
            return this;
        }

        /** Default: {@link LoginWay#AS_THE_TOKEN_SAYS}. */
        public Builder loginWay(LoginWay chosen) {
            this.loginWay = chosen;
            return this;
        }

        /**
         * The text that C_Initialize gets as its reserved argument, for modules that are set up by it. It is the module's, so
         * that all keyrings of a process that use the module at one time must give the same. Default: none.
         *
         * @throws IllegalArgumentException if it holds a NUL, which would end it
         */
        public Builder initArgument(String text) {
            if (text.indexOf('\0') >= 0) {
                throw new IllegalArgumentException("an init argument with a NUL in it");
            }
            this.initArgument = text;
            return this;
        }

        /**
         * The settings.
         *
         * @throws IllegalArgumentException if the token is to prepend the IV, and nothing says what number its
         *     CKM_AES_GCM has: the standard's does not
         */
        public Pkcs11Quirks build() {
            if (gcmIv == GcmIv.TOKEN_PREPENDS && !numbers.containsKey(Pkcs11Mechanism.AES_GCM)) {
                throw new IllegalArgumentException(
                        "a token that prepends the IV does it by a mechanism of its vendor's: "
                                + "CKM_AES_GCM needs that one's number");
            }
            return new Pkcs11Quirks(this);
        }
    }
}
