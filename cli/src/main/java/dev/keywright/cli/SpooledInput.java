/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.envelope.PlaintextSource;
import dev.keywright.spi.LoanedKey;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.CipherInputStream;
import javax.crypto.CipherOutputStream;
import javax.crypto.spec.IvParameterSpec;

/**
 * A stream of unknown length, kept in a temporary file so that its length is known and it can be read again. On disk it is
 * encrypted (AES-256-CTR) under a key that is in this process only and is used for this file only. That hides it; a change
 * between two readings is found out by the encryptor.
 */
final class SpooledInput implements PlaintextSource, AutoCloseable {
    private static final int KEY_BYTES = 32;
    private static final int IV_BYTES = 16;

    private final TemporaryPath file;
    private final byte[] key = new byte[KEY_BYTES]; // zeros once closed
    private long lengthBytes;

    private SpooledInput() throws IOException {
        this.file = new TemporaryPath(Files.createTempFile("keywright", ".spool"));
        new SecureRandom().nextBytes(key);
    }

    /** Reads the stream to its end; does not close it. */
    static SpooledInput read(InputStream stream) throws IOException {
        SpooledInput spooled = new SpooledInput();
        try (OutputStream out =
                new CipherOutputStream(Files.newOutputStream(spooled.file()), spooled.cipher(Cipher.ENCRYPT_MODE))) {
            spooled.lengthBytes = stream.transferTo(out);
        } catch (IOException | RuntimeException | Error e) {
            spooled.close();
            throw e;
        }
        return spooled;
    }

    private Cipher cipher(int mode) {
        try (LoanedKey loan = LoanedKey.copyOf(key, "AES")) {
            Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
            cipher.init(mode, loan, new IvParameterSpec(new byte[IV_BYTES]));
            return cipher;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the platform has no AES/CTR/NoPadding", e);
        }
    }

    /** Where the ciphertext is. */
    Path file() {
        return file.path();
    }

    @Override
    public long lengthBytes() {
        return lengthBytes;
    }

    @Override
    public InputStream open() throws IOException {
        return new CipherInputStream(Files.newInputStream(file()), cipher(Cipher.DECRYPT_MODE));
    }

    @Override
    public void close() {
        Arrays.fill(key, (byte) 0);
        file.close();
    }
}
