/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import java.util.List;
import java.util.Map;

/**
 * What came of trying a key: {@link Pkcs11Keyring.Builder#check}. Holds no secret.
 *
 * @param description module, token and key, and which wraps the key can do
 * @param options those that it was tried with, as {@link Pkcs11Keyring.Builder#options} has them, and that are not as by
 *     default; of the init argument only that there was one
 * @param timings of the wrap that the key's type goes with; none if the key can't do it
 * @param serves in words, which stored formats the key can write and read
 * @param advice in words, what to set or to change; none if nothing is in the way
 */
public record Pkcs11Check(
        Pkcs11Description description,
        Map<String, String> options,
        List<Timing> timings,
        List<String> serves,
        List<String> advice) {
    /**
     * How long an operation takes, in one thread, without the first few.
     *
     * @param operation {@code wrap} or {@code unwrap}
     * @param count how many were timed
     * @param medianMicros half of them took no longer
     * @param perSecond how many were done in a second
     */
    public record Timing(String operation, int count, double medianMicros, double perSecond) {}

    /** Copies. */
    public Pkcs11Check {
        options = Map.copyOf(options);
        timings = List.copyOf(timings);
        serves = List.copyOf(serves);
        advice = List.copyOf(advice);
    }

    /** Whether the key can do a wrap that is written. */
    public boolean passed() {
        return description.verdicts().stream().anyMatch(Pkcs11Description.Verdict::possible);
    }
}
