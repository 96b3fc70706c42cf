/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Envelope;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.FormatException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.MetadataDirective;

/** An object's user metadata: the caller's own and the envelope's, which never mix. */
final class UserMetadata {
    private UserMetadata() {}

    /** The caller may not set what an envelope is made of (SEC-029). */
    static void requireNoReservedName(ObjectName object, Map<String, String> own) {
        for (String name : own.keySet()) {
            if (Envelope.isReservedName(name)) {
                throw new IllegalArgumentException("writing " + object + ": the metadata name " + name
                        + " belongs to the encryption envelope; take it out of the request");
            }
        }
    }

    /** A copy without an envelope could never be opened. */
    static void requireEnvelope(CopyObjectRequest request) {
        if (request.metadataDirective() != MetadataDirective.REPLACE) {
            return;
        }
        try {
            Envelope.parse(request.metadata());
        } catch (FormatException e) {
            throw new UnsupportedOperationException(
                    "copyObject with MetadataDirective REPLACE drops the envelope, and the copy could never be opened: "
                            + "use COPY, or get the object and put it with the new metadata",
                    e);
        }
    }

    /** What to store: the caller's entries and the envelope's. */
    static Map<String, String> toStore(ObjectName object, Map<String, String> own, Map<String, String> envelope) {
        int ownBytes = bytes(own);
        int envelopeBytes = bytes(envelope);
        if (ownBytes + envelopeBytes > Envelope.MAX_METADATA_BYTES) {
            throw new IllegalArgumentException(
                    "writing " + object + ": user metadata of " + ownBytes
                            + " bytes and the envelope's " + envelopeBytes + " pass the " + Envelope.MAX_METADATA_BYTES
                            + " bytes that S3 stores; shorten the metadata, the materials description or the encryption context");
        }
        Map<String, String> all = new LinkedHashMap<>(own);
        all.putAll(envelope);
        return all;
    }

    /** Whether an envelope, or a piece of one, is among the entries. */
    static boolean hasEnvelope(Map<String, String> stored) {
        return stored.keySet().stream().anyMatch(Envelope::isReservedName);
    }

    /** The caller's own entries, unchanged (INT-022). */
    static Map<String, String> own(Map<String, String> stored) {
        Map<String, String> own = new LinkedHashMap<>(stored);
        own.keySet().removeIf(Envelope::isReservedName);
        return own;
    }

    /** As S3 counts: names and values in UTF-8. */
    private static int bytes(Map<String, String> metadata) {
        int bytes = 0;
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
            bytes += entry.getKey().getBytes(StandardCharsets.UTF_8).length
                    + entry.getValue().getBytes(StandardCharsets.UTF_8).length;
        }
        return bytes;
    }
}
