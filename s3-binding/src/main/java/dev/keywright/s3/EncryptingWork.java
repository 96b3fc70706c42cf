/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.EncryptedParts;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkClientException;

/**
 * Encrypts one reading of a body, in runs that are cut alike in every reading, so that a retry can be compared with what was
 * sent before. A run is handed on only once it is whole, encrypted and admitted; the last one only once the body has ended with
 * it and its checksums are right, as a part may have no tag whose absence would tell S3 that it is not whole.
 */
final class EncryptingWork implements BytePump.Work {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final SentRuns runs;
    private final PlaintextChecksums.Computation checksums;
    private final Consumer<Throwable> whenFailed;
    private byte @Nullable [] run;
    private int filled;
    private long done;
    private boolean tagGiven;

    EncryptingWork(SentRuns runs, PlaintextChecksums.Computation checksums, Consumer<Throwable> whenFailed) {
        this.runs = runs;
        this.checksums = checksums;
        this.whenFailed = whenFailed;
    }

    @Override
    public ByteBuffer take(ByteBuffer arrived) {
        long left = runs.lengthBytes() - done;
        if (left == filled) {
            throw SdkClientException.create(
                    runs + ": the body is longer than the " + runs.lengthBytes() + " bytes that were said");
        }
        byte[] into = run;
        if (into == null) {
            into = new byte[(int) Math.min(EncryptedParts.RUN_BYTES, left)];
            run = into;
        }
        int length = Math.min(arrived.remaining(), into.length - filled);
        arrived.get(into, filled, length);
        checksums.update(into, filled, length);
        filled += length;
        return filled < into.length || filled == left ? NOTHING : encrypted(into);
    }

    private ByteBuffer encrypted(byte[] whole) {
        ByteBuffer bytes = ByteBuffer.wrap(whole);
        runs.encrypt(done, bytes.duplicate());
        done += filled;
        filled = 0;
        run = null;
        return bytes;
    }

    @Override
    public ByteBuffer end() {
        if (tagGiven) {
            return NOTHING;
        }
        if (done + filled < runs.lengthBytes()) {
            throw SdkClientException.create(
                    runs + ": the body ended after " + (done + filled) + " of " + runs.lengthBytes() + " bytes");
        }
        if (run != null) {
            checksums.requireSame();
            return encrypted(run);
        }
        if (runs.lengthBytes() == 0) {
            checksums.requireSame();
        }
        tagGiven = true;
        return runs.tag();
    }

    @Override
    public void release() {
        if (run != null) {
            Arrays.fill(run, (byte) 0);
        }
    }

    @Override
    public void failed(Throwable failure) {
        whenFailed.accept(failure);
    }
}
