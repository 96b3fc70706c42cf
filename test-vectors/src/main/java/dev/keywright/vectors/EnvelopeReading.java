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

/** The ways of {@link ObjectDecryptor}, which know nothing of S3. */
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

    /**
     * Whole in memory, whole in a temporary file, segment by segment in parallel, streamed before it is verified, and range by
     * range, which nothing verifies.
     */
    public static List<WayOfReading> of(
            Corpus corpus, MasterKeys masterKeys, ContentCipher cipher, LegacyContentCipher legacyCipher) {
        EnvelopeReading reading = new EnvelopeReading(corpus, masterKeys, cipher, legacyCipher);
        return List.of(
                reading.new Way("verified, in memory", true, reading.verified(ObjectDecryptor.DEFAULT_BUFFER_BYTES)),
                reading.new Way("verified, in a temporary file", true, reading.verified(0)),
                reading.new Way("verified, by segments in parallel", true, new SegmentsInParallel()),
                reading.new Way("unverified, in small reads", false, EnvelopeReading::inSmallReads),
                reading.new Way("unverified, by ranges", false, new RangeByRange()));
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

    /** How a case's object is read once its envelope is. */
    interface Release {
        /** Reads it, and writes the plaintext. */
        void release(Opener opener, VectorCase vector, OutputStream plaintext) throws IOException;

        /** Why this can't be done with a case; empty if it can. */
        default Optional<String> absentFor(VectorCase vector) {
            return Optional.empty();
        }
    }

    /** Begins to read a case's object: its key is unwrapped at each call. The caller closes the result. */
    @FunctionalInterface
    interface Opener {
        Decryption begin(int bufferBytes);
    }

    private final class Way implements WayOfReading {
        private final String name;
        private final boolean verified;
        private final Release release;

        Way(String name, boolean verified, Release release) {
            this.name = name;
            this.verified = verified;
            this.release = release;
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
            return release.absentFor(vector);
        }

        @Override
        public Outcome read(VectorCase vector, Permissions allowed, OutputStream plaintext) throws IOException {
            ObjectDecryptor.Builder decryptor = ObjectDecryptor.builder(materials(corpus, masterKeys, vector), cipher)
                    .commitmentPolicy(allowed.commitment())
                    .enableLegacyWrappingAlgorithms(allowed.legacyWrap());
            if (allowed.legacyContent()) {
                decryptor.enableLegacyUnauthenticatedModes(legacyCipher);
            }
            StoredEnvelope stored = StoredEnvelope.in(vector.metadata());
            Envelope envelope = envelope(vector, stored);
            Opener opener = bufferBytes -> decryptor
                    .bufferBytes(bufferBytes)
                    .build()
                    .begin(new ObjectName("", vector.id()), envelope, vector.encryptionContext());
            release.release(opener, vector, plaintext);
            return vector.expect().isSuccess() ? asLabelled(vector, stored, envelope) : new Outcome.Opened();
        }
    }

    private Release verified(int bufferBytes) {
        return (opener, vector, plaintext) -> {
            try (Decryption decryption = opener.begin(bufferBytes);
                    InputStream opened = decryption.verified(vector.openBody(), vector.bodyBytes())) {
                opened.transferTo(plaintext);
            }
        };
    }

    private static Envelope envelope(VectorCase vector, StoredEnvelope stored) throws IOException {
        if (!stored.needsInstructionFile()) {
            return stored.complete();
        }
        Optional<byte[]> file = vector.instruction();
        if (file.isEmpty()) {
            throw stored.withoutInstructionFile("the case has no instruction file");
        }
        return stored.with(InstructionFile.parse(file.get()));
    }

    private static void inSmallReads(Opener opener, VectorCase vector, OutputStream plaintext) throws IOException {
        try (Decryption decryption = opener.begin(0);
                InputStream opened = decryption.unverified(vector.openBody(), vector.bodyBytes())) {
            byte[] buffer = new byte[SMALL_READS[SMALL_READS.length - 1]];
            int read = 0;
            for (int i = 0; read >= 0; i++) {
                read = opened.read(buffer, 0, SMALL_READS[i % SMALL_READS.length]);
                plaintext.write(buffer, 0, Math.max(read, 0));
            }
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
