/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.ContentCipher.SegmentDigest;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.IntegrityException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The digests of all runs of one object that were ever encrypted. Keeps a nonce from meeting two plaintexts: a run is new,
 * or the same as before, or refused. And keeps a key from giving two tags: once the tag was taken, there are no new runs.
 * Not thread-safe.
 */
final class SentRuns implements AutoCloseable {
    private final ObjectName name;
    private final TreeMap<Long, SegmentDigest> byOffset = new TreeMap<>();
    private boolean ended;
    private boolean closed;

    SentRuns(ObjectName name) {
        this.name = name;
    }

    /** Takes ownership of a digest: keeps it if its run is new, and refuses what differs from an earlier run. */
    void admit(SegmentDigest digest) {
        boolean kept = false;
        try {
            requireOpen();
            kept = isNew(digest);
            if (kept) {
                byOffset.put(digest.offsetBytes(), digest);
            }
        } finally {
            if (!kept) {
                digest.close();
            }
        }
    }

    private boolean isNew(SegmentDigest digest) {
        long offset = digest.offsetBytes();
        SegmentDigest before = byOffset.get(offset);
        if (before != null && before.lengthBytes() == digest.lengthBytes()) {
            if (!before.sameAs(digest)) {
                throw refused("the plaintext changed between two attempts, near byte " + offset);
            }
            return false;
        }
        Map.Entry<Long, SegmentDigest> lower = byOffset.lowerEntry(offset + digest.lengthBytes());
        if (lower != null && end(lower.getValue()) > offset) {
            throw refused("bytes " + offset + " to " + (offset + digest.lengthBytes())
                    + " overlap bytes that were encrypted in another cut, " + lower.getKey() + " to "
                    + end(lower.getValue()) + ", and can't be compared with them");
        }
        if (ended) {
            throw new IllegalStateException("encrypting " + name + ": the tag was taken, and bytes " + offset + " to "
                    + (offset + digest.lengthBytes()) + " come after it");
        }
        return true;
    }

    private IntegrityException refused(String what) {
        return new IntegrityException(
                IntegrityException.Stage.CONTENT,
                "encrypting " + name + ": " + what
                        + "; nothing of the change was sent. Repeat the whole operation, for a fresh key");
    }

    boolean has(long offset, long length) {
        SegmentDigest digest = byOffset.get(offset);
        return digest != null && digest.lengthBytes() == length;
    }

    /** How far the runs adjoin from the start, in bytes. */
    long adjoiningBytes() {
        long end = 0;
        for (SegmentDigest digest : byOffset.values()) {
            if (digest.offsetBytes() != end) {
                return end;
            }
            end = end(digest);
        }
        return end;
    }

    /** Where the last run ends. */
    long endBytes() {
        return byOffset.isEmpty() ? 0 : end(byOffset.lastEntry().getValue());
    }

    /** All digests in order, for the tag; from now on no run is new. */
    List<SegmentDigest> end() {
        requireOpen();
        long adjoining = adjoiningBytes();
        if (adjoining != endBytes()) {
            throw new IllegalStateException("encrypting " + name + ": bytes from " + adjoining + " to "
                    + byOffset.ceilingKey(adjoining) + " are missing; there is no tag yet");
        }
        ended = true;
        return List.copyOf(byOffset.values());
    }

    /** All digests in order, to be sealed. */
    List<SegmentDigest> all() {
        requireOpen();
        return List.copyOf(byOffset.values());
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("encrypting " + name + ": the object is closed");
        }
    }

    private static long end(SegmentDigest digest) {
        return digest.offsetBytes() + digest.lengthBytes();
    }

    @Override
    public void close() {
        closed = true;
        byOffset.values().forEach(SegmentDigest::close);
        byOffset.clear();
    }
}
