/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.EncryptedObject;
import dev.keywright.envelope.EncryptedParts;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import java.nio.ByteBuffer;

/** A body that is encrypted run by run: a whole object, or a part of one. Thread-safe. */
interface SentRuns {
    /** How long its plaintext is. */
    long lengthBytes();

    /** Encrypts a run in place. */
    void encrypt(long offsetBytes, ByteBuffer run);

    /** What follows the last run: the tag, or nothing if it comes with a later part. */
    ByteBuffer tag();

    /** What is being done, for errors. */
    @Override
    String toString();

    /** All of an object. */
    static SentRuns of(ObjectName name, EncryptedObject object, long lengthBytes) {
        return new SentRuns() {
            @Override
            public long lengthBytes() {
                return lengthBytes;
            }

            @Override
            public void encrypt(long offsetBytes, ByteBuffer run) {
                object.encrypt(offsetBytes, run);
            }

            @Override
            public ByteBuffer tag() {
                return ByteBuffer.wrap(object.tag().toByteArray());
            }

            @Override
            public String toString() {
                return "writing " + name;
            }
        };
    }

    /**
     * A part of an object.
     *
     * @param tagged whether the tag follows
     * @param doing what is being done, for errors
     */
    static SentRuns of(EncryptedParts parts, long partOffsetBytes, long lengthBytes, boolean tagged, String doing) {
        return new SentRuns() {
            @Override
            public long lengthBytes() {
                return lengthBytes;
            }

            @Override
            public void encrypt(long offsetBytes, ByteBuffer run) {
                parts.encrypt(partOffsetBytes + offsetBytes, run);
            }

            @Override
            public ByteBuffer tag() {
                return tagged ? ByteBuffer.wrap(parts.tag().toByteArray()) : ByteBuffer.allocate(0);
            }

            @Override
            public String toString() {
                return doing;
            }
        };
    }
}
