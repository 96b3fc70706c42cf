/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.EncryptedParts;
import dev.keywright.s3.PartSource.Plaintext;
import dev.keywright.spi.Bytes;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/** Keeps an upload's state file ahead of what is sent, and tells how far the upload is. Thread-safe. */
final class UploadLedger implements ParallelParts.Ledger {
    private final UploadStateFile file;
    private final EncryptedParts content;
    private final Map<Integer, CompletedPart> storedBefore;
    private final Consumer<ResumableUpload.Progress> listener;
    private final int totalParts;
    private final Map<Integer, String> etags; // guarded by this
    private final Set<Integer> recorded = new TreeSet<>(); // guarded by this
    private UploadState state; // guarded by this
    private long doneBytes; // guarded by this
    private int doneParts; // guarded by this

    /** @param storedBefore the parts that S3 has already, known by their ETags */
    UploadLedger(
            UploadStateFile file,
            UploadState state,
            EncryptedParts content,
            Map<Integer, CompletedPart> storedBefore,
            Consumer<ResumableUpload.Progress> listener) {
        this.file = file;
        this.state = state;
        this.content = content;
        this.storedBefore = storedBefore;
        this.listener = listener;
        this.totalParts = FileParts.count(state.totalBytes(), state.partBytes());
        this.etags = new TreeMap<>(state.etags());
        for (int number = 1; number <= totalParts; number++) {
            int length = FileParts.lengthOf(number, state.totalBytes(), state.partBytes());
            if (content.hasRun((number - 1L) * state.partBytes(), length)) {
                recorded.add(number);
            }
        }
    }

    @Override
    public @Nullable CompletedPart storedBefore(Plaintext part) {
        CompletedPart stored = storedBefore.get(part.number);
        if (stored != null) {
            done(part);
        }
        return stored;
    }

    /** The digest of all that may be sent from now on is on the disk. */
    @Override
    public synchronized void beforeSending(Plaintext part) throws IOException {
        if (!recorded.contains(part.number)) {
            write();
            recorded.add(part.number);
        }
    }

    @Override
    public void afterSending(Plaintext part, CompletedPart answer) {
        synchronized (this) {
            etags.put(part.number, answer.eTag());
        }
        done(part);
    }

    /** Writes the state as it is now. */
    synchronized void write() throws IOException {
        UploadState unsealed = state.with(etags, Bytes.empty());
        state = unsealed.with(etags, content.sealRuns(unsealed.associatedData()));
        file.write(state);
    }

    private synchronized void done(Plaintext part) {
        doneBytes += part.lengthBytes;
        doneParts++;
        listener.accept(new ResumableUpload.Progress(doneBytes, state.totalBytes(), doneParts, totalParts));
    }
}
