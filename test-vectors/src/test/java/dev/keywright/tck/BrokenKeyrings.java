/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.tck;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.EncryptionMaterials;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.Unwrap;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Logger;

/** Keyrings that break one rule each. A class's name begins with the rule's. */
@SuppressWarnings("unused") // found by reflection
final class BrokenKeyrings {
    private BrokenKeyrings() {}

    abstract static class Describing extends MemoryKeyringTest.OverMemory {
        Describing() {
            super(WrapAlgorithm.AES_GCM, Map.of("tier", "gold"));
        }
    }

    abstract static class Binding extends MemoryKeyringTest.OverMemory {
        Binding() {
            super(WrapAlgorithm.KMS_CONTEXT, Map.of());
        }
    }

    /** Knows one length of key only, and fills up the others. */
    static final class K01PadsShortKeys extends Describing {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                @Override
                byte[] seal(byte[] raw, byte[] aad) {
                    return super.seal(Arrays.copyOf(raw, 32), aad);
                }
            };
        }
    }

    /** Makes the same key for every object. */
    static final class K01GeneratesOneKey extends Describing {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                @Override
                public EncryptionMaterials generate(KeyRequest request, SecureRandom random) {
                    byte[] always = "always the same 32 bytes, always".getBytes(StandardCharsets.US_ASCII);
                    DataKey one = DataKey.adopt(always);
                    return new EncryptionMaterials(one, wrap(one, request));
                }
            };
        }
    }

    /** Takes the nonce from the key. */
    static final class K02FixedNonce extends Describing {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                @Override
                byte[] seal(byte[] raw, byte[] aad) {
                    return home.seal(HexFormat.of().parseHex("00".repeat(12)), raw, aad);
                }
            };
        }
    }

    /** Asks its home before it declines. */
    static final class K03AsksFirst extends Describing {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                @Override
                Unwrap declined(WrappedDataKey wrapped) {
                    home.answer();
                    return super.declined(wrapped);
                }
            };
        }
    }

    /** Takes every description for its own. */
    static final class K03TakesAll extends Describing {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                @Override
                boolean isMine(Map<String, String> found) {
                    return true;
                }
            };
        }
    }

    /** Tells a wrong length from a wrong tag. */
    static final class K04TellsLengths extends Describing {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                @Override
                IntegrityException implausible() {
                    return new IntegrityException(IntegrityException.Stage.WRAPPED_KEY, "a wrapped key of odd length");
                }
            };
        }
    }

    /** Tells by the cause what the message keeps back. */
    static final class K04TellsByCause extends Describing {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                @Override
                IntegrityException implausible() {
                    IntegrityException same = notOpening();
                    return new IntegrityException(
                            same.stage(), String.valueOf(same.getMessage()), new ArrayIndexOutOfBoundsException());
                }
            };
        }
    }

    /** Ignores bytes after the wrapped key. */
    static final class K04IgnoresTheRest extends Describing {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                @Override
                public Unwrap unwrap(WrappedDataKey wrapped, KeyRequest request) {
                    byte[] sealed = wrapped.ciphertext().toByteArray();
                    return super.unwrap(
                            sealed.length <= 60
                                    ? wrapped
                                    : new WrappedDataKey(
                                            wrapped.algorithm(), Bytes.copyOf(sealed, 0, 60), wrapped.description()),
                            request);
                }
            };
        }
    }

    /** Takes an outage for a miss. */
    static final class K05OutageIsAMiss extends Describing {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                @Override
                public Unwrap unwrap(WrappedDataKey wrapped, KeyRequest request) {
                    try {
                        return super.unwrap(wrapped, request);
                    } catch (KeyringException e) {
                        if (e.isRetryable()) {
                            return new Unwrap.NotMine("the home does not answer");
                        }
                        throw e;
                    }
                }
            };
        }
    }

    /** Never comes back after an outage. */
    static final class K05StaysDown extends Describing {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                private volatile KeyringException outage;

                @Override
                public Unwrap unwrap(WrappedDataKey wrapped, KeyRequest request) {
                    if (outage != null) {
                        throw outage;
                    }
                    try {
                        return super.unwrap(wrapped, request);
                    } catch (KeyringException e) {
                        if (e.isRetryable()) {
                            outage = e;
                        }
                        throw e;
                    }
                }
            };
        }
    }

    /** Takes a refusal for an outage. */
    static final class K06RefusalIsAnOutage extends Describing {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                @Override
                public WrappedDataKey wrap(DataKey key, KeyRequest request) {
                    try {
                        return super.wrap(key, request);
                    } catch (KeyringException e) {
                        throw e.reason() == KeyringException.Reason.DENIED
                                ? new KeyringException(KeyringException.Reason.UNAVAILABLE, "no")
                                : e;
                    }
                }
            };
        }
    }

    /** Drops the context that it has no place for. */
    static final class K07DropsTheContext extends Describing {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                @Override
                void requireBindable(KeyRequest request) {}
            };
        }
    }

    /** Stores the context and compares it, and binds only the content algorithm. */
    static final class K07StoresAndDoesNotBind extends Binding {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                @Override
                byte[] aad(Map<String, String> stored, KeyRequest request) {
                    return String.valueOf(stored.get(BINDING)).getBytes(StandardCharsets.UTF_8);
                }
            };
        }
    }

    /** Binds what is stored, whatever the caller says. */
    static final class K07TrustsWhatIsStored extends Binding {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                @Override
                public Unwrap unwrap(WrappedDataKey wrapped, KeyRequest request) {
                    Map<String, String> context = new HashMap<>(wrapped.description());
                    return request.binding().equals(context.remove(BINDING))
                            ? super.unwrap(
                                    wrapped,
                                    KeyRequest.of(
                                            AlgorithmSuite.storedAs(request.binding())
                                                    .orElseThrow(),
                                            context))
                            : super.unwrap(wrapped, request);
                }
            };
        }
    }

    /** Does not bind the content algorithm. */
    static final class K08BindsNothing extends Describing {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                @Override
                byte[] aad(Map<String, String> stored, KeyRequest request) {
                    return new byte[0];
                }
            };
        }
    }

    /** Stores the content algorithm, compares it, and does not bind it. */
    static final class K08StoresAndDoesNotBind extends Binding {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                @Override
                byte[] aad(Map<String, String> stored, KeyRequest request) {
                    Map<String, String> context = new TreeMap<>(stored);
                    context.remove(BINDING);
                    return context.toString().getBytes(StandardCharsets.UTF_8);
                }
            };
        }
    }

    /** Works only on the thread that came first, as a session that is not leased. */
    static final class K09OneThread extends Describing {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                private final Map<String, Thread> owner = new ConcurrentHashMap<>();

                @Override
                byte[] seal(byte[] raw, byte[] aad) {
                    if (owner.computeIfAbsent("owner", name -> Thread.currentThread()) != Thread.currentThread()) {
                        throw new KeyringException(KeyringException.Reason.UNAVAILABLE, "the session is in use");
                    }
                    return super.seal(raw, aad);
                }
            };
        }
    }

    /** Logs the data key in hex, at a level nobody reads. */
    static final class K10LogsHex extends Describing {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                @Override
                byte[] seal(byte[] raw, byte[] aad) {
                    Logger.getLogger("broken")
                            .finest(() -> "wrapping " + HexFormat.of().formatHex(raw, 0, 8) + "...");
                    return super.seal(raw, aad);
                }
            };
        }
    }

    /** Prints the opened key as an array. */
    static final class K10PrintsArrays extends Describing {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                @Override
                Unwrap opened(WrappedDataKey wrapped, byte[] raw) {
                    System.err.println(Arrays.toString(raw));
                    return super.opened(wrapped, raw);
                }
            };
        }
    }

    /** Names itself by its master key. */
    static final class K10NamesItselfByItsKey extends Describing {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                @Override
                public String toString() {
                    return "keyring " + Base64.getEncoder().encodeToString(home.masterKey());
                }
            };
        }
    }

    /** Says in the error which context was asked for. */
    static final class K10TellsTheContext extends Describing {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                @Override
                void requireBindable(KeyRequest request) {
                    if (!request.encryptionContext().isEmpty()) {
                        throw new KeyringException(
                                KeyringException.Reason.CANNOT_BIND_CONTEXT, request.encryptionContext() + "?");
                    }
                }
            };
        }
    }

    /** Does not close. */
    static final class K11StaysOpen extends Describing {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                @Override
                public void close() {}
            };
        }
    }

    /** Cannot be closed twice. */
    static final class K11ClosesOnce extends Describing {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                @Override
                public void close() {
                    requireOpen();
                    super.close();
                }
            };
        }
    }

    /** Closes what it was lent. */
    static final class K12ClosesTheLoan extends Describing {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                @Override
                public WrappedDataKey wrap(DataKey key, KeyRequest request) {
                    if (algorithm == WrapAlgorithm.AES_GCM
                            && request.encryptionContext().isEmpty()) {
                        try {
                            return super.wrap(key, request);
                        } finally {
                            key.close();
                        }
                    }
                    return super.wrap(key, request);
                }

                @Override
                public EncryptionMaterials generate(KeyRequest request, SecureRandom random) {
                    DataKey key = DataKey.random(request.dataKeyBytes(), random);
                    return new EncryptionMaterials(key, super.wrap(key, request));
                }
            };
        }
    }

    /** Keeps opened keys and hands the same one out again. */
    static final class K12HandsOutOneKeyTwice extends Describing {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                private final Map<WrappedDataKey, Unwrap> kept = new ConcurrentHashMap<>();

                @Override
                Unwrap opened(WrappedDataKey wrapped, byte[] raw) {
                    return kept.computeIfAbsent(wrapped, key -> super.opened(wrapped, raw));
                }
            };
        }
    }

    /** Knows its description by identity. */
    static final class K13ComparesIdentities extends Describing {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                @Override
                @SuppressWarnings({"ReferenceEquality", "StringEquality"})
                boolean isMine(Map<String, String> found) {
                    return super.isMine(found)
                            && found.entrySet().stream().allMatch(e -> description.get(e.getKey()) == e.getValue());
                }
            };
        }
    }

    /** Stores what no UTF-8 text can hold. */
    static final class K13StoresHalfACharacter extends Binding {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, Map.of("half", "\uD83D"));
        }
    }

    /** Says that it opens a legacy wrap, and knows one length of key only. */
    static final class K14KnowsOneLength extends Describing {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                @Override
                Unwrap unwrapLegacy(WrappedDataKey wrapped, KeyRequest request) {
                    if (wrapped.ciphertext().size() == 24) {
                        throw notOpening();
                    }
                    return super.unwrapLegacy(wrapped, request);
                }
            };
        }
    }

    /** Tells a wrong length of a legacy wrap from a wrong check value. */
    static final class K14TellsLengths extends Describing {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                @Override
                Unwrap unwrapLegacy(WrappedDataKey wrapped, KeyRequest request) {
                    if (wrapped.ciphertext().size() % 8 != 0) {
                        throw new IntegrityException(IntegrityException.Stage.WRAPPED_KEY, "of odd length");
                    }
                    return super.unwrapLegacy(wrapped, request);
                }
            };
        }
    }

    /** Takes legacy wraps of every description for its own. */
    static final class K14TakesAll extends Describing {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                @Override
                Unwrap unwrapLegacy(WrappedDataKey wrapped, KeyRequest request) {
                    return super.unwrapLegacy(
                            new WrappedDataKey(wrapped.algorithm(), wrapped.ciphertext(), description), request);
                }
            };
        }
    }

    /** Drops the context where a legacy wrap has no place for it. */
    static final class K14DropsTheContext extends Describing {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                @Override
                Unwrap unwrapLegacy(WrappedDataKey wrapped, KeyRequest request) {
                    return super.unwrapLegacy(
                            wrapped, KeyRequest.of(AlgorithmSuite.ALG_AES_256_CBC_IV16_NO_KDF, Map.of()));
                }
            };
        }
    }

    /** Wraps for old content as old clients did. */
    static final class K14WritesIt extends Describing {
        @Override
        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description) {
                @Override
                public WrappedDataKey wrap(DataKey key, KeyRequest request) {
                    return request.binding().contains("CBC")
                            ? new WrappedDataKey(LEGACY, Bytes.copyOf(key.use(home::sealedByOldClient)), description)
                            : super.wrap(key, request);
                }
            };
        }
    }

    /** Says that it wraps without its home, and does not. */
    static final class K05WrapsElsewhereInWordsOnly extends Describing {
        @Override
        protected boolean wrapsAtHome() {
            return false;
        }

        @Override
        protected Optional<BackEnd> backEnd() {
            return Optional.of(new BackEnd() {
                @Override
                public void breakDown() {
                    home.breakDown();
                }

                @Override
                public void mend() {
                    home.mend();
                }
            });
        }
    }
}
