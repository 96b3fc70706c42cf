/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import dev.keywright.envelope.Decryption;
import dev.keywright.envelope.Envelope;
import dev.keywright.envelope.InstructionFile;
import dev.keywright.envelope.ObjectDecryptor;
import dev.keywright.envelope.StoredEnvelope;
import dev.keywright.spi.ContentCipher;
import dev.keywright.spi.CryptographicMaterialsManager;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.KeyUnwrapper;
import dev.keywright.spi.LegacyContentCipher;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.SecureRandom;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The three ways of {@link ObjectDecryptor}, which know nothing of S3. */
public final class EnvelopeReading {
    /** Odd, so that reads fall in and across blocks and segments. */
    private static final int[] SMALL_READS = {1, 7, 16, 333, 4099};

    private final MasterKeys masterKeys;
    private final Corpus corpus;
    private final ContentCipher cipher;
    private final LegacyContentCipher legacyCipher;

    private EnvelopeReading(
            Corpus corpus, MasterKeys masterKeys, ContentCipher cipher, LegacyContentCipher legacyCipher) {
        this.corpus = corpus;
        this.masterKeys = masterKeys;
        this.cipher = cipher;
        this.legacyCipher = legacyCipher;
    }

    /** Whole in memory, whole in a temporary file, and streamed before it is verified. */
    public static List<WayOfReading> of(
            Corpus corpus, MasterKeys masterKeys, ContentCipher cipher, LegacyContentCipher legacyCipher) {
        EnvelopeReading reading = new EnvelopeReading(corpus, masterKeys, cipher, legacyCipher);
        return List.of(
                reading.new Way("verified, in memory", true, ObjectDecryptor.DEFAULT_BUFFER_BYTES),
                reading.new Way("verified, in a temporary file", true, 0),
                reading.new Way("unverified, in small reads", false, 0));
    }

    /** Materials of a case's master key, for reading. */
    public static CryptographicMaterialsManager materials(Corpus corpus, MasterKeys masterKeys, VectorCase vector) {
        KeyUnwrapper keyring = masterKeys.keyring(corpus.key(vector), vector);
        return CryptographicMaterialsManager.rotating(
                (key, request) -> {
                    throw new UnsupportedOperationException("a corpus is read only");
                },
                List.of(keyring),
                new SecureRandom());
    }

    private final class Way implements WayOfReading {
        private final String name;
        private final boolean verified;
        private final int bufferBytes;

        Way(String name, boolean verified, int bufferBytes) {
            this.name = name;
            this.verified = verified;
            this.bufferBytes = bufferBytes;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public boolean releasesOnlyVerified() {
            return verified;
        }

        @Override
        public Optional<String> absentFor(VectorCase vector) {
            return Optional.empty();
        }

        @Override
        public Outcome read(VectorCase vector, Permissions allowed, OutputStream plaintext) throws IOException {
            ObjectDecryptor.Builder decryptor = ObjectDecryptor.builder(materials(corpus, masterKeys, vector), cipher)
                    .commitmentPolicy(allowed.commitment())
                    .enableLegacyWrappingAlgorithms(allowed.legacyWrap())
                    .bufferBytes(bufferBytes);
            if (allowed.legacyContent()) {
                decryptor.enableLegacyUnauthenticatedModes(legacyCipher);
            }
            StoredEnvelope stored = StoredEnvelope.in(vector.metadata());
            Envelope envelope = envelope(vector, stored);
            try (Decryption decryption =
                    decryptor.build().begin(new ObjectName("", vector.id()), envelope, vector.encryptionContext())) {
                if (verified) {
                    try (InputStream opened = decryption.verified(vector.openBody(), vector.bodyBytes())) {
                        opened.transferTo(plaintext);
                    }
                } else {
                    try (InputStream opened = decryption.unverified(vector.openBody(), vector.bodyBytes())) {
                        inSmallReads(opened, plaintext);
                    }
                }
            }
            return vector.expect().isSuccess() ? asLabelled(vector, stored, envelope) : new Outcome.Opened();
        }
    }

    /** What a case's metadata and instruction file say. */
    static Envelope envelope(VectorCase vector, StoredEnvelope stored) throws IOException {
        if (!stored.needsInstructionFile()) {
            return stored.complete();
        }
        Optional<byte[]> file = vector.instruction();
        if (file.isEmpty()) {
            throw stored.withoutInstructionFile("the case has no instruction file");
        }
        return stored.with(InstructionFile.parse(file.get()));
    }

    private static void inSmallReads(InputStream opened, OutputStream plaintext) throws IOException {
        byte[] buffer = new byte[SMALL_READS[SMALL_READS.length - 1]];
        int read = 0;
        for (int i = 0; read >= 0; i++) {
            read = opened.read(buffer, 0, SMALL_READS[i % SMALL_READS.length]);
            plaintext.write(buffer, 0, Math.max(read, 0));
        }
    }

    /** A good object must be what its case says it is, else the report's table would lie. */
    private static Outcome asLabelled(VectorCase vector, StoredEnvelope stored, Envelope envelope) {
        String found = label(
                envelope.format().name(),
                String.format(Locale.ROOT, "0x%04x", envelope.suite().id()),
                envelope.wrapped().algorithm().wireName(),
                stored.needsInstructionFile() ? "instruction" : "metadata");
        String said = label(
                vector.format().name(),
                vector.suiteId(),
                vector.wrap().wireName(),
                vector.location().word());
        return found.equals(said)
                ? new Outcome.Opened()
                : new Outcome.Failed("the object is of " + found + ", and the case says " + said);
    }

    private static String label(String format, String suite, String wrap, String location) {
        return String.join(" ", format, suite, wrap, location);
    }
}
