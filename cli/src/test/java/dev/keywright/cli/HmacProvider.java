/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import java.security.Key;
import java.security.Provider;
import java.security.spec.AlgorithmParameterSpec;
import javax.crypto.Mac;
import javax.crypto.MacSpi;

/** A provider of HMAC-SHA-512 and nothing else; its subclass gets it wrong. */
public class HmacProvider extends Provider {
    private static final long serialVersionUID = 1L;

    /** Right. */
    public HmacProvider() {
        this("RightHmac", false);
    }

    private HmacProvider(String name, boolean wrong) {
        super(name, "1.0", "HmacSHA512");
        putService(new Service(this, "Mac", "HmacSHA512", "made here", null, null) {
            @Override
            public Object newInstance(Object constructorParameter) {
                return new Hmac(wrong);
            }
        });
    }

    /** Wrong in one bit. */
    public static final class Wrong extends HmacProvider {
        private static final long serialVersionUID = 1L;

        /** Wrong. */
        public Wrong() {
            super("WrongHmac", true);
        }
    }

    private static final class Hmac extends MacSpi {
        private final Mac real;
        private final boolean wrong;

        Hmac(boolean wrong) {
            try {
                this.real = Mac.getInstance("HmacSHA512", "SunJCE");
            } catch (java.security.GeneralSecurityException e) {
                throw new AssertionError(e);
            }
            this.wrong = wrong;
        }

        @Override
        protected int engineGetMacLength() {
            return real.getMacLength();
        }

        @Override
        protected void engineInit(Key key, AlgorithmParameterSpec parameters) throws java.security.InvalidKeyException {
            real.init(key);
        }

        @Override
        protected void engineUpdate(byte input) {
            real.update(input);
        }

        @Override
        protected void engineUpdate(byte[] input, int offset, int length) {
            real.update(input, offset, length);
        }

        @Override
        protected byte[] engineDoFinal() {
            byte[] mac = real.doFinal();
            mac[0] ^= (byte) (wrong ? 1 : 0);
            return mac;
        }

        @Override
        protected void engineReset() {
            real.reset();
        }
    }
}
