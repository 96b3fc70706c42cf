/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.EncryptionMaterials;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeywrightException;
import dev.keywright.spi.Unwrap;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import dev.keywright.testing.json.Json;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.opentest4j.TestAbortedException;

/**
 * What every {@link Keyring} must do, as tests: extend this class, hand it your keyring, and run it with JUnit. The rules
 * K01 to K14 are explained in {@code docs/keyring-rules.md}; each test's name begins with its rule's.
 *
 * <p>Two methods must be written. The others say what a keyring is like where keyrings differ; without a {@link #backEnd}
 * the rules on failures of the master key's home are skipped, visibly.
 */
public abstract class KeyringContract {
    private static final KeyRequest V3 = request(AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY, Map.of());
    private static final KeyRequest V2 = request(AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF, Map.of());
    private static final List<KeyRequest> BINDINGS =
            List.of(V3, V2, request(AlgorithmSuite.ALG_AES_256_CBC_IV16_NO_KDF, Map.of()));
    /** What a legacy wrap can stand beside; it is bound to neither. */
    private static final List<KeyRequest> LEGACY_REQUESTS = BINDINGS.subList(1, 3);

    private static final Map<String, String> CONTEXT = Map.of("department", "kw-context-value-1", "purpose", "kw-2");
    /** Two, three and four bytes in UTF-8, and what JSON escapes. */
    private static final String BEYOND_ASCII = "caf\u00e9 \u6f22 \uD83D\uDD12 \"\\/\t\n";

    private static final int THREADS = 16;
    private static final int FLIPS = 48;

    private final SecureRandom random = new SecureRandom();

    /** For the author's subclass. */
    protected KeyringContract() {}

    // ---- what the author says --------------------------------------------------------------------------------------

    /** A fresh, working keyring over the same master key at each call. The tests close it. */
    protected abstract Keyring keyring();

    /** What the keyring wraps with. */
    protected abstract WrapAlgorithm algorithm();

    /** All that the keyring opens. By default what it wraps with. */
    protected Set<WrapAlgorithm> opens() {
        return EnumSet.of(algorithm());
    }

    /** The data key lengths that the algorithm allows, in bytes. By default 16, 24 and 32. */
    protected List<Integer> dataKeyLengths() {
        return List.of(16, 24, 32);
    }

    /** Whether the keyring binds the encryption context. By default so for KMS wraps only. */
    protected boolean bindsContext() {
        return algorithm().isKms();
    }

    /**
     * Whether the keyring takes only objects that bear its own materials description. By default so for all but KMS wraps;
     * a keyring that reads any description says no.
     */
    protected boolean choosesByDescription() {
        return !algorithm().isKms();
    }

    /** A keyring as {@link #keyring} with this materials description, if it can have one. */
    protected Optional<Keyring> keyringDescribed(Map<String, String> description) {
        return Optional.empty();
    }

    /**
     * A data key as an old client stored it: wrapped by one of the legacy wraps among {@link #opens}, under the same master
     * key and for the same materials description, or with whatever context it had; made by other means than the keyring,
     * which does not wrap so.
     *
     * @param dataKey 16, 24 or 32 bytes; lent
     */
    protected Optional<WrappedDataKey> wrappedByOldClient(WrapAlgorithm legacy, byte[] dataKey) {
        return Optional.empty();
    }

    /** Whether wrapping needs the master key's home. By default so; a keyring that wraps under a public key says no. */
    protected boolean wrapsAtHome() {
        return true;
    }

    /** The master key's home, if the test can command it. */
    protected Optional<BackEnd> backEnd() {
        return Optional.empty();
    }

    /** How often each of the 16 threads of rule K09 wraps and unwraps. By default 100 times each: 200 operations. */
    protected int roundsPerThread() {
        return 100;
    }

    /** Further secrets that must not be seen (rule K10): master key, PIN, credentials. */
    protected List<byte[]> secrets() {
        return List.of();
    }

    // ---- K01: what is wrapped opens --------------------------------------------------------------------------------

    /** Rule K01. */
    @Test
    void required_K01_wrappedKey_opensToTheSameKey() {
        try (Keyring keyring = keyring()) {
            for (int length : dataKeyLengths()) {
                for (KeyRequest request : List.of(V3, V2)) {
                    byte[] raw = randomBytes(length);
                    WrappedDataKey wrapped = wrap(keyring, raw, request);
                    assertThat(wrapped.algorithm()).isEqualTo(algorithm());
                    assertThat(open(keyring, wrapped, request))
                            .as("a key of %s bytes", length)
                            .isEqualTo(raw);
                }
            }
        }
    }

    /** Rule K01. */
    @Test
    void required_K01_generatedKey_isFreshAndOpensToTheSameKey() {
        try (Keyring keyring = keyring();
                EncryptionMaterials first = keyring.generate(V3, random);
                EncryptionMaterials second = keyring.generate(V3, random)) {
            assertThat(first.dataKey().lengthBytes()).isEqualTo(V3.dataKeyBytes());
            assertThat(first.wrapped().algorithm()).isEqualTo(algorithm());
            assertThat(open(keyring, first.wrapped(), V3)).isEqualTo(copy(first.dataKey()));
            assertThat(open(keyring, second.wrapped(), V3)).isEqualTo(copy(second.dataKey()));
            assertThat(copy(first.dataKey())).isNotEqualTo(copy(second.dataKey()));
        }
    }

    /** Rule K01: two instances over one master key read each other. */
    @Test
    void required_K01_otherInstance_opensToTheSameKey() {
        byte[] raw = randomBytes(32);
        try (Keyring writer = keyring();
                Keyring reader = keyring()) {
            assertThat(open(reader, wrap(writer, raw, V3), V3)).isEqualTo(raw);
        }
    }

    // ---- K02: wrapping is randomised -------------------------------------------------------------------------------

    /** Rule K02. */
    @Test
    void required_K02_wrappedTwice_differs() {
        byte[] raw = randomBytes(32);
        try (Keyring keyring = keyring()) {
            assertThat(wrap(keyring, raw, V3).ciphertext())
                    .isNotEqualTo(wrap(keyring, raw, V3).ciphertext());
        }
    }

    // ---- K03: what is another's is declined, without a call --------------------------------------------------------

    /** Rule K03. */
    @Test
    void required_K03_foreignAlgorithm_isNotMine_withoutCall() {
        try (Keyring keyring = keyring()) {
            WrappedDataKey mine = wrap(keyring, randomBytes(32), V3);
            for (WrapAlgorithm foreign : EnumSet.complementOf(EnumSet.copyOf(opens()))) {
                declinesWithoutCall(
                        keyring,
                        new WrappedDataKey(foreign, mine.ciphertext(), mine.description()),
                        foreign.wireName());
            }
        }
    }

    /** Rule K03. */
    @Test
    void required_K03_foreignDescription_isNotMine_withoutCall() {
        assumeTrue(choosesByDescription(), "the keyring reads any description");
        try (Keyring keyring = keyring()) {
            WrappedDataKey mine = wrap(keyring, randomBytes(32), V3);
            Map<String, String> more = new HashMap<>(mine.description());
            more.put("kw-foreign", "entry");
            declinesWithoutCall(keyring, described(mine, more), "an entry more");
            for (String name : mine.description().keySet()) {
                Map<String, String> less = new HashMap<>(mine.description());
                less.remove(name);
                declinesWithoutCall(keyring, described(mine, less), "an entry less");
                Map<String, String> other = new HashMap<>(mine.description());
                other.put(name, other.get(name) + "x");
                declinesWithoutCall(keyring, described(mine, other), "another value");
            }
        }
    }

    private void declinesWithoutCall(Keyring keyring, WrappedDataKey foreign, String what) {
        Optional<Long> before = callsSoFar();
        Unwrap answer = keyring.unwrap(foreign, V3);
        assertThat(answer).as(what).isInstanceOf(Unwrap.NotMine.class);
        assertThat(((Unwrap.NotMine) answer).why()).as("why, for %s", what).isNotBlank();
        assertThat(callsSoFar()).as("calls to the back end, for %s", what).isEqualTo(before);
    }

    // ---- K04: altered wrapped keys never open, and tell nothing ----------------------------------------------------

    /** Rule K04. */
    @Test
    void required_K04_alteredCiphertext_throwsIntegrity_withOneMessage() {
        try (Keyring keyring = keyring()) {
            WrappedDataKey mine = wrap(keyring, randomBytes(32), V3);
            byte[] good = mine.ciphertext().toByteArray();
            refusedAlike(keyring, mine, altered(good, 0), V3);
        }
    }

    /** Bits are flipped from {@code firstFlipped} on; the rest is done to the whole. */
    private Map<String, byte[]> altered(byte[] good, int firstFlipped) {
        Map<String, byte[]> altered = new LinkedHashMap<>();
        int step = Math.max(1, good.length / FLIPS);
        for (int at = firstFlipped; at < good.length; at += step) {
            altered.put("bit flipped in byte " + at, flipped(good, at, 1 << (at % 8)));
        }
        altered.put("bit flipped in the last byte", flipped(good, good.length - 1, 0x80));
        altered.put("first byte missing", Arrays.copyOfRange(good, 1, good.length));
        altered.put("last byte missing", Arrays.copyOf(good, good.length - 1));
        altered.put("last 16 bytes missing", Arrays.copyOf(good, good.length - 16));
        altered.put("a byte more", Arrays.copyOf(good, good.length + 1));
        altered.put("twice", twice(good));
        altered.put("one byte", new byte[1]);
        altered.put("nothing", new byte[0]);
        altered.put("zeros", new byte[good.length]);
        altered.put("random bytes", randomBytes(good.length));
        return altered;
    }

    private static void refusedAlike(
            Keyring keyring, WrappedDataKey sound, Map<String, byte[]> altered, KeyRequest request) {
        String one = null;
        for (Map.Entry<String, byte[]> each : altered.entrySet()) {
            WrappedDataKey wrapped =
                    new WrappedDataKey(sound.algorithm(), Bytes.copyOf(each.getValue()), sound.description());
            String outcome = refusal(keyring, wrapped, request, each.getKey());
            one = one == null ? outcome : one;
            assertThat(outcome)
                    .as("message and types of causes, %s", each.getKey())
                    .isEqualTo(one);
        }
    }

    private static String refusal(Keyring keyring, WrappedDataKey wrapped, KeyRequest request, String what) {
        Throwable thrown = catchThrowable(() -> keyring.unwrap(wrapped, request));
        assertThat(thrown).as(what).isInstanceOf(IntegrityException.class);
        assertThat(((IntegrityException) thrown).stage()).as(what).isEqualTo(IntegrityException.Stage.WRAPPED_KEY);
        StringBuilder outcome = new StringBuilder(thrown.getMessage());
        for (Throwable cause = thrown.getCause(); cause != null; cause = cause.getCause()) {
            outcome.append(" <- ").append(cause.getClass().getName());
        }
        return outcome.toString();
    }

    // ---- K05, K06: outage and denial are told from a miss ----------------------------------------------------------

    /** Rule K05. */
    @Test
    void required_K05_backEndDown_throwsUnavailable_neverNotMine() {
        failsWhile(BackEnd::breakDown, BackEnd::mend, KeyringException.Reason.UNAVAILABLE);
    }

    /** Rule K05: retryable means that the same call may succeed later. */
    @Test
    void required_K05_backEndMended_sameKeyringWorksAgain() {
        BackEnd home = requireBackEnd();
        byte[] raw = randomBytes(32);
        try (Keyring keyring = keyring()) {
            WrappedDataKey wrapped = wrap(keyring, raw, V3);
            try {
                home.breakDown();
                assertThatThrownBy(() -> keyring.unwrap(wrapped, V3)).isInstanceOf(KeyringException.class);
            } finally {
                home.mend();
            }
            assertThat(open(keyring, wrapped, V3)).isEqualTo(raw);
        }
    }

    /** Rule K06. */
    @Test
    void required_K06_accessDenied_throwsDenied() {
        failsWhile(BackEnd::deny, BackEnd::allow, KeyringException.Reason.DENIED);
    }

    private void failsWhile(Consumer<BackEnd> trouble, Consumer<BackEnd> remedy, KeyringException.Reason reason) {
        BackEnd home = requireBackEnd();
        try (Keyring keyring = keyring()) {
            WrappedDataKey wrapped = wrap(keyring, randomBytes(32), V3);
            try {
                trouble.accept(home);
                failsWith(reason, "unwrap", () -> keyring.unwrap(wrapped, V3));
                if (wrapsAtHome()) {
                    failsWith(reason, "wrap", () -> wrap(keyring, randomBytes(32), V3));
                    failsWith(reason, "generate", () -> keyring.generate(V3, random));
                } else {
                    assertThatCode(() -> wrap(keyring, randomBytes(32), V3))
                            .as("wrap, which is done elsewhere")
                            .doesNotThrowAnyException();
                }
            } finally {
                remedy.accept(home);
            }
        }
    }

    private static void failsWith(KeyringException.Reason reason, String what, ThrowingCallable call) {
        Throwable thrown = catchThrowable(call);
        assertThat(thrown).as(what).isInstanceOf(KeyringException.class);
        assertThat(((KeyringException) thrown).reason()).as(what).isEqualTo(reason);
    }

    // ---- K07: the encryption context is bound, or refused ----------------------------------------------------------

    /** Rule K07, for a keyring that cannot bind. */
    @Test
    void required_K07_contextNotBindable_throws() {
        assumeTrue(!bindsContext(), "the keyring binds the context");
        KeyRequest withContext = request(AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY, CONTEXT);
        try (Keyring keyring = keyring()) {
            WrappedDataKey wrapped = wrap(keyring, randomBytes(32), V3);
            KeyringException.Reason reason = KeyringException.Reason.CANNOT_BIND_CONTEXT;
            failsWith(reason, "wrap", () -> wrap(keyring, randomBytes(32), withContext));
            failsWith(reason, "generate", () -> keyring.generate(withContext, random));
            failsWith(reason, "unwrap", () -> keyring.unwrap(wrapped, withContext));
        }
    }

    /** Rule K07, for a keyring that binds. */
    @Test
    void required_K07_contextOfTheRequestDiffers_throws() {
        assumeTrue(bindsContext(), "the keyring cannot bind a context");
        try (Keyring keyring = keyring()) {
            byte[] raw = randomBytes(32);
            WrappedDataKey wrapped = wrap(keyring, raw, committing(CONTEXT));
            assertThat(open(keyring, wrapped, committing(CONTEXT))).isEqualTo(raw);
            differing(CONTEXT).forEach((what, context) -> {
                Throwable thrown = catchThrowable(() -> keyring.unwrap(wrapped, committing(context)));
                assertThat(thrown).as(what).isInstanceOf(KeywrightException.class);
                if (thrown instanceof KeyringException refused) {
                    assertThat(refused.reason()).as(what).isEqualTo(KeyringException.Reason.CONTEXT_MISMATCH);
                } else {
                    assertThat(thrown).as(what).isInstanceOf(IntegrityException.class);
                }
            });
        }
    }

    /** Rule K07, for a keyring that binds: whoever can write the object can write the stored context too. */
    @Test
    void required_K07_contextStoredAndRequestedDiffer_throwsIntegrity() {
        assumeTrue(bindsContext(), "the keyring cannot bind a context");
        try (Keyring keyring = keyring()) {
            WrappedDataKey wrapped = wrap(keyring, randomBytes(32), committing(CONTEXT));
            assertThat(wrapped.description()).as("what is stored").containsAllEntriesOf(CONTEXT);
            Map<String, String> reserved = new HashMap<>(wrapped.description());
            reserved.keySet().removeAll(CONTEXT.keySet());
            differing(CONTEXT).forEach((what, context) -> {
                Map<String, String> stored = new HashMap<>(reserved);
                stored.putAll(context);
                refusal(keyring, described(wrapped, stored), committing(context), what);
            });
        }
    }

    private static Map<String, Map<String, String>> differing(Map<String, String> context) {
        Map<String, Map<String, String>> differing = new TreeMap<>();
        differing.put("no context", Map.of());
        Map<String, String> changed = new HashMap<>(context);
        changed.replace("purpose", "KW-2");
        differing.put("a pair changed", changed);
        Map<String, String> removed = new HashMap<>(context);
        removed.remove("purpose");
        differing.put("a pair removed", removed);
        Map<String, String> added = new HashMap<>(context);
        added.put("", "");
        differing.put("an empty pair added", added);
        Map<String, String> renamed = new HashMap<>(removed);
        renamed.put("Purpose", "kw-2");
        differing.put("a pair renamed", renamed);
        return differing;
    }

    // ---- K08: the content algorithm is bound -----------------------------------------------------------------------

    /** Rule K08. */
    @Test
    void required_K08_otherBinding_throwsIntegrity() {
        try (Keyring keyring = keyring()) {
            for (KeyRequest written : List.of(V3, V2)) {
                WrappedDataKey wrapped = wrap(keyring, randomBytes(32), written);
                for (KeyRequest read : BINDINGS) {
                    if (!read.binding().equals(written.binding())) {
                        refusal(keyring, wrapped, read, written.binding() + " read as " + read.binding());
                    }
                }
            }
        }
    }

    /** Rule K08, where the binding is stored as an entry of the context: an object's writer can rewrite it. */
    @Test
    void required_K08_bindingRewrittenInTheStoredContext_throwsIntegrity() {
        assumeTrue(bindsContext(), "the keyring stores no context");
        try (Keyring keyring = keyring()) {
            WrappedDataKey wrapped = wrap(keyring, randomBytes(32), V3);
            Map<String, String> rewritten = new HashMap<>(wrapped.description());
            rewritten.replaceAll((name, value) -> value.equals(V3.binding()) ? V2.binding() : value);
            refusal(keyring, described(wrapped, rewritten), V2, "binding rewritten");
            refusal(keyring, described(wrapped, Map.of()), V3, "binding removed");
        }
    }

    // ---- K09: threads ----------------------------------------------------------------------------------------------

    /** Rule K09. */
    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void required_K09_sixteenThreads_eachGetTheirOwnKeys() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        CyclicBarrier start = new CyclicBarrier(THREADS);
        try (Keyring keyring = keyring()) {
            Callable<@Nullable Void> work = () -> {
                start.await(1, TimeUnit.MINUTES);
                for (int round = 0; round < roundsPerThread(); round++) {
                    byte[] raw = randomBytes(32);
                    KeyRequest request = round % 2 == 0 ? V3 : V2;
                    assertThat(open(keyring, wrap(keyring, raw, request), request))
                            .isEqualTo(raw);
                }
                return null;
            };
            List<Future<@Nullable Void>> running = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                running.add(threads.submit(work));
            }
            for (Future<@Nullable Void> each : running) {
                each.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    // ---- K10: no secret is seen ------------------------------------------------------------------------------------

    /** Rule K10. */
    @Test
    @ResourceLock(Resources.SYSTEM_OUT)
    @ResourceLock(Resources.SYSTEM_ERR)
    void required_K10_secrets_areNeitherPrintedNorLoggedNorThrown() {
        List<byte[]> sought = new ArrayList<>(secrets());
        try (SecretScan scan = new SecretScan();
                Keyring keyring = keyring()) {
            byte[] raw = randomBytes(32);
            sought.add(raw);
            scan.see(keyring);
            WrappedDataKey wrapped = wrap(keyring, raw, V3);
            scan.see(wrapped);
            try (EncryptionMaterials fresh = keyring.generate(V2, random)) {
                sought.add(copy(fresh.dataKey()));
                scan.see(fresh);
            }
            try (DataKey opened = opened(keyring.unwrap(wrapped, V3))) {
                scan.see(opened);
            }
            KeyRequest withContext = committing(CONTEXT);
            watch(scan, () -> wrap(keyring, raw, withContext));
            watch(scan, () -> keyring.unwrap(wrapped, withContext));
            watch(scan, () -> keyring.unwrap(wrapped, V2));
            byte[] altered = flipped(
                    wrapped.ciphertext().toByteArray(), wrapped.ciphertext().size() - 1, 1);
            watch(
                    scan,
                    () -> keyring.unwrap(
                            new WrappedDataKey(wrapped.algorithm(), Bytes.copyOf(altered), wrapped.description()), V3));
            for (WrapAlgorithm legacy : legacyWraps()) {
                wrappedByOldClient(legacy, raw).ifPresent(old -> {
                    watch(scan, () -> keyring.unwrap(old, V2));
                    byte[] damaged = flipped(
                            old.ciphertext().toByteArray(), old.ciphertext().size() - 1, 1);
                    watch(
                            scan,
                            () -> keyring.unwrap(
                                    new WrappedDataKey(legacy, Bytes.copyOf(damaged), old.description()), V2));
                });
            }
            for (WrapAlgorithm other : WrapAlgorithm.values()) {
                watch(
                        scan,
                        () -> keyring.unwrap(
                                new WrappedDataKey(other, wrapped.ciphertext(), Map.of("kw-foreign", "entry")), V3));
            }
            backEnd().ifPresent(home -> {
                watchWhile(scan, home::breakDown, home::mend, () -> wrap(keyring, raw, V3));
                watchWhile(scan, home::breakDown, home::mend, () -> keyring.unwrap(wrapped, V3));
                watchWhile(scan, home::deny, home::allow, () -> wrap(keyring, raw, V3));
                watchWhile(scan, home::deny, home::allow, () -> keyring.unwrap(wrapped, V3));
            });
            Keyring closed = keyring();
            closed.close();
            scan.see(closed);
            watch(scan, () -> wrap(closed, raw, V3));
            for (byte[] secret : sought) {
                assertThat(scan.formsOf(secret))
                        .as("forms in which a secret was seen")
                        .isEmpty();
            }
            assertThat(scan.hasSeen("kw-context-value-1"))
                    .as("a context value was seen")
                    .isFalse();
        }
    }

    /** Sees an answer or an error as a log would print it. A wrapped key is public and not looked into. */
    private static void watch(SecretScan scan, Callable<Object> call) {
        try {
            Object answer = call.call();
            if (answer instanceof Unwrap) {
                scan.see(answer);
            }
            if (answer instanceof Unwrap.Opened opened) {
                opened.dataKey().close();
            }
        } catch (Exception e) {
            scan.see(e);
        }
    }

    private static void watchWhile(SecretScan scan, Runnable trouble, Runnable remedy, Callable<Object> call) {
        try {
            trouble.run();
            watch(scan, call);
        } catch (TestAbortedException cannot) {
            // This back end has no such trouble; the rest of the rule still holds.
        } finally {
            remedy.run();
        }
    }

    // ---- K11: after close ------------------------------------------------------------------------------------------

    /** Rule K11. */
    @Test
    void required_K11_closedKeyring_throwsIllegalState() {
        byte[] raw = randomBytes(32);
        Keyring keyring = keyring();
        WrappedDataKey wrapped = wrap(keyring, raw, V3);
        keyring.close();
        assertThatCode(keyring::close).as("close twice").doesNotThrowAnyException();
        assertThatThrownBy(() -> wrap(keyring, raw, V3)).as("wrap").isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> keyring.unwrap(wrapped, V3)).as("unwrap").isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> keyring.generate(V3, random)).as("generate").isInstanceOf(IllegalStateException.class);
        assertThat(keyring.toString()).isNotBlank();
    }

    /** Rule K11: one instance's end is not another's. */
    @Test
    void required_K11_otherInstance_staysOpen() {
        byte[] raw = randomBytes(32);
        try (Keyring other = keyring()) {
            Keyring closed = keyring();
            WrappedDataKey wrapped = wrap(closed, raw, V3);
            closed.close();
            assertThat(open(other, wrapped, V3)).isEqualTo(raw);
        }
    }

    // ---- K12: what is lent is not kept -----------------------------------------------------------------------------

    /** Rule K12. */
    @Test
    void required_K12_keyPassedIn_isNeitherClosedNorChanged() {
        byte[] raw = randomBytes(32);
        try (Keyring keyring = keyring();
                DataKey key = DataKey.adopt(raw.clone())) {
            keyring.wrap(key, V3);
            assertThatCode(key::lengthBytes).as("the key is still open").doesNotThrowAnyException();
            assertThat(copy(key)).isEqualTo(raw);
        }
    }

    /** Rule K12. */
    @Test
    void required_K12_keysHandedOut_areTheReceiversAlone() {
        byte[] raw = randomBytes(32);
        try (Keyring keyring = keyring()) {
            WrappedDataKey wrapped = wrap(keyring, raw, V3); // whose data key is closed by now
            DataKey first = opened(keyring.unwrap(wrapped, V3));
            try (DataKey second = opened(keyring.unwrap(wrapped, V3))) {
                assertThat(second).isNotSameAs(first);
                first.close();
                assertThat(copy(second)).isEqualTo(raw);
            }
            EncryptionMaterials made = keyring.generate(V3, random);
            byte[] fresh = copy(made.dataKey());
            made.close();
            assertThat(open(keyring, made.wrapped(), V3)).isEqualTo(fresh);
        }
    }

    // ---- K13: what is stored is text -------------------------------------------------------------------------------

    /** Rule K13. */
    @Test
    void required_K13_descriptionThroughJson_stillOpens() {
        try (Keyring keyring = keyring()) {
            survivesJson(keyring, V3);
        }
    }

    /** Rule K13, with text beyond ASCII in the materials description. */
    @Test
    void required_K13_descriptionBeyondAscii_throughJson_stillOpens() {
        Optional<Keyring> described = keyringDescribed(Map.of("owner " + BEYOND_ASCII, BEYOND_ASCII, "empty", ""));
        assumeTrue(described.isPresent(), "the contract is not given a keyring with a description of its choice");
        try (Keyring keyring = described.get()) {
            survivesJson(keyring, V3);
        }
    }

    /** Rule K13, with text beyond ASCII in the encryption context. */
    @Test
    void required_K13_contextBeyondAscii_throughJson_stillOpens() {
        assumeTrue(bindsContext(), "the keyring cannot bind a context");
        try (Keyring keyring = keyring()) {
            survivesJson(keyring, committing(Map.of("owner", BEYOND_ASCII, "caf\u00e9", "plain")));
        }
    }

    private void survivesJson(Keyring keyring, KeyRequest request) {
        byte[] raw = randomBytes(32);
        WrappedDataKey wrapped = wrap(keyring, raw, request);
        wrapped.description()
                .forEach((name, value) -> assertThat(
                                StandardCharsets.UTF_8.newEncoder().canEncode(name + "\n" + value))
                        .as("name and value of an entry are well-formed text")
                        .isTrue());
        Map<String, String> read = new TreeMap<>();
        Json.readObject(Json.write(wrapped.description())).forEach((name, value) -> read.put(name, (String) value));
        assertThat(open(keyring, described(wrapped, read), request)).isEqualTo(raw);
    }

    // ---- K14: legacy wraps are opened as strictly, and never written -----------------------------------------------

    /** Rule K14. */
    @Test
    void required_K14_legacyWrap_opensToTheSameKey() {
        try (Keyring keyring = keyring()) {
            for (int length : List.of(16, 24, 32)) {
                byte[] raw = randomBytes(length);
                for (WrappedDataKey old : ofOldClients(raw)) {
                    for (KeyRequest request : LEGACY_REQUESTS) {
                        assertThat(open(keyring, old, request))
                                .as("%s, a key of %s bytes, %s", old.algorithm(), length, request)
                                .isEqualTo(raw);
                    }
                }
            }
        }
    }

    /** Rule K14. Of padded AES-ECB only the last block shows that it was altered, or the length. */
    @Test
    void required_K14_alteredLegacyWrap_throwsIntegrity_withOneMessage() {
        try (Keyring keyring = keyring()) {
            for (WrappedDataKey old : ofOldClients(randomBytes(32))) {
                byte[] good = old.ciphertext().toByteArray();
                int firstFlipped = old.algorithm() == WrapAlgorithm.RAW_AES ? good.length - 16 : 0;
                refusedAlike(keyring, old, altered(good, firstFlipped), V2);
            }
        }
    }

    /** Rule K14. */
    @Test
    void required_K14_legacyWrapOfForeignDescription_isNotMine_withoutCall() {
        List<WrappedDataKey> olds = ofOldClients(randomBytes(32));
        assumeTrue(choosesByDescription(), "the keyring reads any description");
        try (Keyring keyring = keyring()) {
            for (WrappedDataKey old : olds) {
                Map<String, String> more = new HashMap<>(old.description());
                more.put("kw-foreign", "entry");
                declinesWithoutCall(keyring, described(old, more), old.algorithm() + " of another description");
            }
        }
    }

    /** Rule K14. */
    @Test
    void required_K14_legacyWrapAskedForWithContext_throws_withoutCall() {
        List<WrappedDataKey> olds = ofOldClients(randomBytes(32));
        KeyRequest withContext = request(AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF, CONTEXT);
        try (Keyring keyring = keyring()) {
            for (WrappedDataKey old : olds) {
                Optional<Long> before = callsSoFar();
                failsWith(
                        KeyringException.Reason.CANNOT_BIND_CONTEXT,
                        old.algorithm().wireName(),
                        () -> keyring.unwrap(old, withContext));
                assertThat(callsSoFar()).as("calls to the back end").isEqualTo(before);
            }
        }
    }

    /** Rule K14, whatever the object is: also for content that is itself never written. */
    @Test
    void required_K14_legacyWrap_isNeverWritten() {
        assertThat(algorithm().isLegacy())
                .as("%s is a legacy wrap", algorithm().wireName())
                .isFalse();
        try (Keyring keyring = keyring()) {
            for (KeyRequest request : BINDINGS) {
                assertThat(wrap(keyring, randomBytes(32), request).algorithm()).isEqualTo(algorithm());
                try (EncryptionMaterials made = keyring.generate(request, random)) {
                    assertThat(made.wrapped().algorithm()).isEqualTo(algorithm());
                }
            }
        }
    }

    private Set<WrapAlgorithm> legacyWraps() {
        Set<WrapAlgorithm> legacy = EnumSet.copyOf(opens());
        legacy.removeIf(wrap -> !wrap.isLegacy());
        return legacy;
    }

    /** The key under each legacy wrap that the keyring opens. */
    private List<WrappedDataKey> ofOldClients(byte[] raw) {
        Set<WrapAlgorithm> legacy = legacyWraps();
        assumeTrue(!legacy.isEmpty(), "the keyring opens no legacy wrap");
        List<WrappedDataKey> olds = new ArrayList<>();
        for (WrapAlgorithm wrap : legacy) {
            Optional<WrappedDataKey> old = wrappedByOldClient(wrap, raw);
            assumeTrue(
                    old.isPresent(),
                    "the contract is not given a key that an old client wrapped by " + wrap.wireName());
            assertThat(old.get().algorithm()).as("the wrap of the given key").isEqualTo(wrap);
            olds.add(old.get());
        }
        return olds;
    }

    // ---- words of the tests ----------------------------------------------------------------------------------------

    private BackEnd requireBackEnd() {
        Optional<BackEnd> home = backEnd();
        assumeTrue(home.isPresent(), "the contract is not given a back end that it can command");
        return home.get();
    }

    private Optional<Long> callsSoFar() {
        try {
            return backEnd().map(BackEnd::calls);
        } catch (TestAbortedException uncounted) {
            return Optional.empty();
        }
    }

    private byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static KeyRequest request(AlgorithmSuite suite, Map<String, String> context) {
        return KeyRequest.of(suite, context);
    }

    private static KeyRequest committing(Map<String, String> context) {
        return request(AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY, context);
    }

    private static WrappedDataKey described(WrappedDataKey wrapped, Map<String, String> description) {
        return new WrappedDataKey(wrapped.algorithm(), wrapped.ciphertext(), description);
    }

    private static WrappedDataKey wrap(Keyring keyring, byte[] raw, KeyRequest request) {
        try (DataKey key = DataKey.adopt(raw.clone())) {
            return keyring.wrap(key, request);
        }
    }

    private static DataKey opened(Unwrap answer) {
        assertThat(answer).isInstanceOf(Unwrap.Opened.class);
        return ((Unwrap.Opened) answer).dataKey();
    }

    private static byte[] open(Keyring keyring, WrappedDataKey wrapped, KeyRequest request) {
        try (DataKey key = opened(keyring.unwrap(wrapped, request))) {
            return copy(key);
        }
    }

    private static byte[] copy(DataKey key) {
        return key.use(byte[]::clone);
    }

    private static byte[] flipped(byte[] bytes, int at, int bits) {
        byte[] altered = bytes.clone();
        altered[at] ^= (byte) bits;
        return altered;
    }

    private static byte[] twice(byte[] bytes) {
        byte[] both = Arrays.copyOf(bytes, 2 * bytes.length);
        System.arraycopy(bytes, 0, both, bytes.length, bytes.length);
        return both;
    }
}
