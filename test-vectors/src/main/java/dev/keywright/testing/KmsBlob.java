/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import dev.keywright.spi.Bytes;
import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * A ciphertext of {@link MiniKms}: version (1 byte), length and text of the key's ARN, IV (12), AES-GCM ciphertext and tag.
 * Additional data is all before the IV, and the encryption context, its pairs sorted by name and each string with its
 * length before it.
 */
record KmsBlob(String keyArn, Bytes head, Bytes iv, Bytes sealed) {
    private static final byte VERSION = 1;
    private static final int IV_BYTES = 12;
    private static final int TAG_BITS = 128;

    static byte[] seal(KmsKey key, byte[] plaintext, Map<String, String> context, SecureRandom random) {
        byte[] arn = key.arn.getBytes(StandardCharsets.UTF_8);
        byte[] head = ByteBuffer.allocate(3 + arn.length)
                .put(VERSION)
                .putShort((short) arn.length)
                .put(arn)
                .array();
        byte[] iv = new byte[IV_BYTES];
        random.nextBytes(iv);
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, key, iv, head, context).doFinal(plaintext);
            return ByteBuffer.allocate(head.length + iv.length + sealed.length)
                    .put(head)
                    .put(iv)
                    .put(sealed)
                    .array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static KmsBlob parse(byte[] blob) {
        try {
            ByteBuffer in = ByteBuffer.wrap(blob);
            if (in.get() != VERSION) {
                throw KmsError.invalidCiphertext();
            }
            byte[] arn = new byte[in.getShort() & 0xffff];
            in.get(arn);
            byte[] head = new byte[in.position()];
            System.arraycopy(blob, 0, head, 0, head.length);
            byte[] iv = new byte[IV_BYTES];
            in.get(iv);
            byte[] sealed = new byte[in.remaining()];
            in.get(sealed);
            return new KmsBlob(
                    new String(arn, StandardCharsets.UTF_8),
                    Bytes.copyOf(head),
                    Bytes.copyOf(iv),
                    Bytes.copyOf(sealed));
        } catch (BufferUnderflowException e) {
            throw KmsError.invalidCiphertext();
        }
    }

    byte[] open(@Nullable KmsKey key, Map<String, String> context) {
        if (key == null) {
            throw KmsError.invalidCiphertext();
        }
        try {
            return cipher(Cipher.DECRYPT_MODE, key, iv.toByteArray(), head.toByteArray(), context)
                    .doFinal(sealed.toByteArray());
        } catch (GeneralSecurityException e) {
            throw KmsError.invalidCiphertext();
        }
    }

    private static Cipher cipher(int mode, KmsKey key, byte[] iv, byte[] head, Map<String, String> context)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(key.material, "AES"), new GCMParameterSpec(TAG_BITS, iv));
        cipher.updateAAD(head);
        cipher.updateAAD(canonical(context));
        return cipher;
    }

    private static byte[] canonical(Map<String, String> context) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new TreeMap<>(context).forEach((name, value) -> {
            for (String text : new String[] {name, value}) {
                byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
                out.writeBytes(ByteBuffer.allocate(4).putInt(utf8.length).array());
                out.writeBytes(utf8);
            }
        });
        return out.toByteArray();
    }
}
