/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.MessageCipher;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** The platform's AES-GCM, whose decryption gives its plaintext early or late, and which remembers its messages. */
final class ReferenceMessageCipher implements MessageCipher {
    final List<Remembered> messages = new ArrayList<>();
    boolean failsToClose;
    private final boolean early;
    private final long maxPlaintextBytes;

    private ReferenceMessageCipher(boolean early, long maxPlaintextBytes) {
        this.early = early;
        this.maxPlaintextBytes = maxPlaintextBytes;
    }

    /** Gives no plaintext before it has verified all. */
    static ReferenceMessageCipher late() {
        return new ReferenceMessageCipher(false, 1L << 30);
    }

    /** Gives plaintext for what it is handed, all but the last 16 bytes. */
    static ReferenceMessageCipher early() {
        return new ReferenceMessageCipher(true, 1L << 30);
    }

    static ReferenceMessageCipher upTo(long maxPlaintextBytes) {
        return new ReferenceMessageCipher(false, maxPlaintextBytes);
    }

    @Override
    public Set<AlgorithmSuite> suites() {
        return new ReferenceContentCipher().suites();
    }

    @Override
    public long maxPlaintextBytes() {
        return maxPlaintextBytes;
    }

    @Override
    public Message encrypt(ContentKey key) {
        return remembered(new Remembered(key, Cipher.ENCRYPT_MODE));
    }

    @Override
    public Message decrypt(ContentKey key) {
        return remembered(new Remembered(key, Cipher.DECRYPT_MODE));
    }

    private Remembered remembered(Remembered message) {
        messages.add(message);
        return message;
    }

    @Override
    public String toString() {
        return "ReferenceMessageCipher";
    }

    final class Remembered implements Message {
        final ByteArrayOutputStream taken = new ByteArrayOutputStream();
        final List<byte[]> given = new ArrayList<>();
        boolean closed;
        private final Cipher gcm;
        private final Cipher ctr;
        private final boolean encrypts;
        private byte[] heldBack = new byte[0];

        private Remembered(ContentKey key, int mode) {
            this.encrypts = mode == Cipher.ENCRYPT_MODE;
            this.gcm = key.use((raw, iv, aad) -> {
                Cipher cipher = cipher("AES/GCM/NoPadding", mode, raw, new GCMParameterSpec(128, iv));
                cipher.updateAAD(aad);
                return cipher;
            });
            this.ctr = key.use((raw, iv, aad) -> cipher(
                    "AES/CTR/NoPadding",
                    mode,
                    raw,
                    new IvParameterSpec(
                            ByteBuffer.allocate(16).put(iv).putInt(2).array())));
        }

        private static Cipher cipher(
                String name, int mode, byte[] raw, java.security.spec.AlgorithmParameterSpec parameters) {
            try {
                Cipher cipher = Cipher.getInstance(name);
                cipher.init(mode, new SecretKeySpec(raw, "AES"), parameters);
                return cipher;
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public byte[] update(ByteBuffer in) {
            byte[] bytes = new byte[in.remaining()];
            in.get(bytes);
            taken.writeBytes(bytes);
            byte[] late = gcm.update(bytes);
            return kept(encrypts || !early ? (late == null ? new byte[0] : late) : ctr.update(heldBack(bytes)));
        }

        /** All but the last 16 bytes of what was handed over so far. */
        private byte[] heldBack(byte[] bytes) {
            ByteBuffer both = ByteBuffer.allocate(heldBack.length + bytes.length)
                    .put(heldBack)
                    .put(bytes)
                    .flip();
            byte[] ready = new byte[Math.max(0, both.limit() - 16)];
            both.get(ready);
            heldBack = new byte[both.remaining()];
            both.get(heldBack);
            return ready;
        }

        @Override
        public byte[] finish(ByteBuffer in) {
            byte[] bytes = new byte[in.remaining()];
            in.get(bytes);
            taken.writeBytes(bytes);
            try {
                byte[] late = gcm.doFinal(bytes);
                return kept(encrypts || !early ? late : ctr.doFinal(heldBack(bytes)));
            } catch (GeneralSecurityException e) {
                throw new IntegrityException(IntegrityException.Stage.CONTENT, "the content does not verify", e);
            }
        }

        private byte[] kept(byte[] bytes) {
            byte[] nonNull = bytes == null ? new byte[0] : bytes;
            given.add(nonNull);
            return nonNull;
        }

        @Override
        public void close() {
            closed = true;
            if (failsToClose) {
                throw new IllegalStateException("fails to close");
            }
        }
    }
}
