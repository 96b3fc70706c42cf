/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jcatest;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.keywright.jca.CommittingContentParameterSpec;
import dev.keywright.jca.DataKeyWrapParameterSpec;
import dev.keywright.jca.JcaContentCipher;
import dev.keywright.jca.JcaKeyrings;
import dev.keywright.jca.JcaLegacyContentCipher;
import dev.keywright.jca.JcaMessageCipher;
import dev.keywright.jca.KeywrightProvider;
import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentCipher;
import dev.keywright.spi.ContentCipher.Direction;
import dev.keywright.spi.ContentCipher.Segment;
import dev.keywright.spi.ContentCipher.SegmentDigest;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.ContentKeyDerivation;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.LoanedKey;
import dev.keywright.spi.MessageCipher;
import dev.keywright.spi.MessageCipher.Message;
import dev.keywright.spi.Unwrap;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.Provider;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Cipher;

/**
 * Run in a JVM of its own by a test: uses known keys as a caller would, closes what is to be closed, dumps its heap with all
 * its garbage, and prints the names of the keys found in it. It knows the keys only masked, so as to add no copy.
 */
public final class HeapMain {
    private static final int MASK = 0x5a;
    private static final String MESSAGE_ID = "86e5547971059515f459a88637f14282b8cdfd47dad7a5b027646615";
    /** By name, each byte xor 0x5a; the content key and the pseudo-random key are derived of data key and message id. */
    private static final Map<String, String> MASKED = new TreeMap<>(
            Map.of(
                    "data key", "050db92d39eb643a66bc17d8bb38432e5ec539e34bd4c649e06bdd5b8e2a8a77",
                    "master key", "d1ee4574fdc838f118b963bbc9d0980e74cbe572fa3feb7f0e856538c8e8699c",
                    "content key", "7733c425bca29417aca1366f9d464b00ad67bdd0874cb8b0bcde8617119f967b",
                    "pseudo-random key",
                            "587526c51565afe5f4f49a7e5f60ce22d935be2134243e0a8de4e098ef05eb2744f0890b143c4dd4b3fc71a2af2d79f240bb4f857dd28d06dd278a855b2f6c12"));

    /** The data key under the master key. */
    private static final String RAW_AES =
            "c92c08f082f6bd06a7b7d6a23e51b728a1d5f7d18f7d8551634a119fb789152ddac8856aaadcdcb3146223efadb0b5f4";

    private static final String AES_WRAP =
            "c440e01554d118ee0fbc8b0aaa5106f5641066e3b6e62dfa120abaf2a62d9878507b5b2c3d43af0c";

    private static final AlgorithmSuite SUITE = AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY;
    private static final KeyRequest REQUEST = KeyRequest.of(SUITE, Map.of());

    private static final List<Object> KEPT = new ArrayList<>();

    private HeapMain() {}

    /** Takes what to do ({@code content}, {@code legacy content}, {@code aes}, {@code rsa}, {@code jca}, or {@code keep} to keep the keys) and the dump's path. */
    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "content" -> content();
            case "aes" -> {
                try (Keyring keyring = aesKeyring()) {
                    roundTrip(keyring);
                    openLegacy(keyring, WrapAlgorithm.RAW_AES, HexFormat.of().parseHex(RAW_AES));
                    openLegacy(keyring, WrapAlgorithm.AES_WRAP, HexFormat.of().parseHex(AES_WRAP));
                }
            }
            case "jca" -> jca();
            case "strict content" -> strictContent();
            case "legacy content" -> legacyContent();
            case "rsa" -> {
                KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
                generator.initialize(2048);
                try (Keyring keyring = JcaKeyrings.platform().rsa("pair", generator.generateKeyPair())) {
                    roundTrip(keyring);
                }
            }
            default -> {
                KEPT.add(DataKey.adopt(unmasked("data key")));
                KEPT.add(aesKeyring());
                try (DataKey dataKey = DataKey.adopt(unmasked("data key"))) {
                    ContentKey key = derived(dataKey);
                    KEPT.add(key);
                }
            }
        }
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).dumpHeap(args[1], false);
        System.out.print(found(Path.of(args[1])));
    }

    private static void content() {
        ContentCipher cipher = JcaContentCipher.platform();
        try (DataKey dataKey = DataKey.adopt(unmasked("data key"));
                ContentKey key = derived(dataKey)) {
            for (Direction direction : Direction.values()) {
                try (Segment segment = cipher.segment(key, direction, 0)) {
                    segment.update(ByteBuffer.allocate(70_001), ByteBuffer.allocate(70_001));
                    if (direction != Direction.DECRYPT_UNAUTHENTICATED) { // it has no digest
                        try (SegmentDigest digest = segment.finish()) {
                            cipher.tag(key, List.of(digest));
                        }
                    }
                }
                try (Segment midway = cipher.segment(key, direction, 0)) {
                    midway.update(ByteBuffer.allocate(1000), ByteBuffer.allocate(1000));
                }
            }
            // Long enough that both ways to its hash are gone.
            try (Segment segment = cipher.segment(key, Direction.DECRYPT, 0)) {
                ByteBuffer mebibyte = ByteBuffer.allocate(1 << 20);
                for (int i = 0; i < 12; i++) {
                    segment.update(mebibyte.clear(), mebibyte.duplicate().clear());
                }
                segment.finish().close();
            }
        }
    }

    private static void strictContent() {
        MessageCipher cipher = JcaMessageCipher.platform();
        try (DataKey dataKey = DataKey.adopt(unmasked("data key"));
                ContentKey key = derived(dataKey)) {
            byte[] sealed;
            try (Message message = cipher.encrypt(key)) {
                sealed = message.finish(ByteBuffer.allocate(70_001));
            }
            try (Message midway = cipher.encrypt(key)) {
                midway.update(ByteBuffer.allocate(1000));
            }
            try (Message message = cipher.decrypt(key)) {
                message.finish(ByteBuffer.wrap(sealed));
            }
            try (Message midway = cipher.decrypt(key)) {
                midway.update(ByteBuffer.wrap(sealed));
            }
            try (Message altered = cipher.decrypt(key)) {
                altered.finish(ByteBuffer.wrap(sealed, 0, 70_001));
                throw new IllegalStateException("a message without its end was opened");
            } catch (IntegrityException e) {
                return; // as it must be
            }
        }
    }

    private static void jca() throws GeneralSecurityException {
        Provider provider = new KeywrightProvider();
        Cipher content = Cipher.getInstance("S3Content-AES-GCM-HKDF-SHA512-COMMIT", provider);
        Cipher wrap = Cipher.getInstance("S3DataKeyWrap-AES-GCM", provider);
        byte[] raw = unmasked("data key");
        byte[] rawMaster = unmasked("master key");
        try (LoanedKey dataKey = LoanedKey.copyOf(raw, "AES");
                LoanedKey masterKey = LoanedKey.copyOf(rawMaster, "AES")) {
            content.init(
                    Cipher.ENCRYPT_MODE,
                    dataKey,
                    new CommittingContentParameterSpec(
                            Bytes.copyOf(HexFormat.of().parseHex(MESSAGE_ID))));
            byte[] body = content.doFinal(new byte[1000]);
            content.init(Cipher.DECRYPT_MODE, dataKey, content.getParameters());
            content.doFinal(body);
            DataKeyWrapParameterSpec binding = new DataKeyWrapParameterSpec(SUITE);
            wrap.init(Cipher.WRAP_MODE, masterKey, binding);
            byte[] wrapped = wrap.wrap(dataKey);
            wrap.init(Cipher.UNWRAP_MODE, masterKey, binding);
            ((LoanedKey) wrap.unwrap(wrapped, "AES", Cipher.SECRET_KEY)).close();
        } finally {
            Arrays.fill(raw, (byte) 0);
            Arrays.fill(rawMaster, (byte) 0);
        }
    }

    private static void legacyContent() {
        try (DataKey dataKey = DataKey.adopt(unmasked("data key"));
                ContentKey key = ContentKeyDerivation.platform()
                        .forDecrypt(
                                AlgorithmSuite.ALG_AES_256_CBC_IV16_NO_KDF,
                                dataKey,
                                Bytes.copyOf(new byte[16]),
                                Bytes.empty())) {
            JcaLegacyContentCipher.platform()
                    .decrypt(key, Bytes.empty(), ByteBuffer.allocate(70_000), ByteBuffer.allocate(70_000));
        }
    }

    private static void openLegacy(Keyring keyring, WrapAlgorithm wrap, byte[] wrapped) {
        WrappedDataKey stored = new WrappedDataKey(wrap, Bytes.copyOf(wrapped), Map.of());
        try (DataKey dataKey = ((Unwrap.Opened) keyring.unwrap(stored, REQUEST)).dataKey()) {
            byte[] right = unmasked("data key");
            boolean opened = dataKey.use(raw -> Arrays.equals(raw, right));
            Arrays.fill(right, (byte) 0);
            if (!opened) {
                throw new IllegalStateException(wrap + " opened to another key");
            }
        }
    }

    private static ContentKey derived(DataKey dataKey) {
        return ContentKeyDerivation.platform()
                .forEncrypt(SUITE, dataKey, Bytes.copyOf(HexFormat.of().parseHex(MESSAGE_ID)))
                .key();
    }

    private static Keyring aesKeyring() {
        byte[] raw = unmasked("master key");
        try {
            return JcaKeyrings.platform().aes("master", raw);
        } finally {
            Arrays.fill(raw, (byte) 0);
        }
    }

    private static void roundTrip(Keyring keyring) {
        for (int round = 0; round < 3; round++) {
            try (DataKey dataKey = DataKey.adopt(unmasked("data key"))) {
                WrappedDataKey wrapped = keyring.wrap(dataKey, REQUEST);
                ((Unwrap.Opened) keyring.unwrap(wrapped, REQUEST)).dataKey().close();
            }
        }
    }

    private static byte[] unmasked(String name) {
        byte[] key = HexFormat.of().parseHex(MASKED.get(name));
        for (int i = 0; i < key.length; i++) {
            key[i] ^= MASK;
        }
        return key;
    }

    /** The keys, and the pads that HMAC makes of its key (RFC 2104, section 2). */
    private static Map<String, String> patterns() {
        Map<String, String> patterns = new TreeMap<>(MASKED);
        for (int pad : new int[] {0x36, 0x5c}) {
            byte[] masked = HexFormat.of().parseHex(MASKED.get("pseudo-random key"));
            for (int i = 0; i < masked.length; i++) {
                masked[i] ^= (byte) pad;
            }
            patterns.put("HMAC pad " + pad, HexFormat.of().formatHex(masked));
        }
        return patterns;
    }

    /** A key counts as found by any 16 of its first or last bytes. */
    private static List<String> found(Path dump) throws IOException {
        List<String> found = new ArrayList<>();
        for (Map.Entry<String, String> each : patterns().entrySet()) {
            byte[] masked = HexFormat.of().parseHex(each.getValue());
            if (contains(dump, masked, 0) || contains(dump, masked, masked.length - 16)) {
                found.add(each.getKey());
            }
        }
        return found;
    }

    private static boolean contains(Path dump, byte[] masked, int from) throws IOException {
        byte[] last = new byte[16]; // as masked, so that searching adds no copy either
        int first = masked[from] & 0xff;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(dump), 1 << 20)) {
            for (int read = in.read(), at = 0; read >= 0; read = in.read(), at = (at + 1) % 16) {
                last[at] = (byte) (read ^ MASK);
                int oldest = (at + 1) % 16;
                if ((last[oldest] & 0xff) == first && matches(last, oldest, masked, from)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean matches(byte[] ring, int oldest, byte[] masked, int from) {
        for (int i = 1; i < 16; i++) {
            if (ring[(oldest + i) % 16] != masked[from + i]) {
                return false;
            }
        }
        return true;
    }
}
