/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.pkcs11.HsmSoakToken.Stored;
import dev.keywright.pkcs11.HsmSoakToken.Subject;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.Unwrap;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import java.util.Map;
import java.util.Random;

/** What {@link HsmSoak} does with a keyring. Each throws an AssertionError if the outcome is wrong. */
enum HsmSoakOperation {
    WRAP_AND_UNWRAP("data key wrapped and unwrapped") {
        @Override
        void run(Subject subject, Pkcs11Keyring keyring, Random random) {
            byte[] dataKey = new byte[32];
            random.nextBytes(dataKey);
            WrappedDataKey wrapped = Wraps.wrap(keyring, dataKey);
            assertThat(Wraps.unwrap(keyring, wrapped)).isEqualTo(dataKey);
        }
    },
    UNWRAP_STORED("wrapped earlier or by an old client, and unwrapped") {
        @Override
        void run(Subject subject, Pkcs11Keyring keyring, Random random) {
            for (Stored stored : subject.stored()) {
                assertThat(Wraps.unwrap(keyring, stored.wrapped()))
                        .isEqualTo(stored.dataKey().toByteArray());
            }
        }
    },
    BAD_BETWEEN_GOOD("bad ciphertext refused between two good ones") {
        @Override
        void run(Subject subject, Pkcs11Keyring keyring, Random random) {
            Stored stored = subject.stored().get(random.nextInt(subject.stored().size()));
            assertThat(Wraps.unwrap(keyring, stored.wrapped()))
                    .isEqualTo(stored.dataKey().toByteArray());
            if (stored.refusedIfAltered()) {
                try {
                    Wraps.unwrap(keyring, Wraps.altered(stored.wrapped()));
                    throw new AssertionError(
                            subject + " opened an altered " + stored.wrapped().algorithm());
                } catch (IntegrityException e) {
                    assertThat(e.getMessage()).isNotEmpty();
                }
            }
            assertThat(Wraps.unwrap(keyring, stored.wrapped()))
                    .isEqualTo(stored.dataKey().toByteArray());
        }
    },
    ANOTHERS_DECLINED("wrapped by AWS KMS, and declined") {
        @Override
        void run(Subject subject, Pkcs11Keyring keyring, Random random) {
            WrappedDataKey foreign =
                    new WrappedDataKey(WrapAlgorithm.KMS_CONTEXT, Bytes.copyOf(new byte[184]), Map.of());
            assertThat(keyring.unwrap(foreign, Wraps.REQUEST)).isInstanceOf(Unwrap.NotMine.class);
        }
    },
    OPENED_AND_CLOSED("another keyring opened, used and closed") {
        @Override
        void run(Subject subject, Pkcs11Keyring keyring, Random random) {
            try (Pkcs11Keyring another = subject.builder().build()) {
                WRAP_AND_UNWRAP.run(subject, another, random);
            }
        }
    },
    DESCRIBED("key described") {
        @Override
        void run(Subject subject, Pkcs11Keyring keyring, Random random) {
            requirePossible(keyring.describe());
        }
    },
    CHECKED("key checked, as by token check") {
        @Override
        void run(Subject subject, Pkcs11Keyring keyring, Random random) {
            requirePossible(subject.builder().check(2).description());
        }
    };

    final String words;

    HsmSoakOperation(String words) {
        this.words = words;
    }

    abstract void run(Subject subject, Pkcs11Keyring keyring, Random random);

    /** What is not possible just now is told in a description, not thrown: here it is thrown again. */
    private static void requirePossible(Pkcs11Description description) {
        for (Pkcs11Description.Verdict verdict : description.verdicts()) {
            if (verdict.possible()) {
                return;
            }
        }
        throw new KeyringException(
                KeyringException.Reason.UNAVAILABLE, description.verdicts().toString());
    }
}
