/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import dev.keywright.vectors.VectorCase.Plaintext;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Takes what a reading hands over, keeps none of it, and says whether it was the right text: whole, and in its ranges. */
final class PlaintextWitness extends OutputStream {
    private final MessageDigest whole = Sha256.digest();
    private final List<Slice> slices = new ArrayList<>();
    private long bytes;

    private record Slice(RangeCheck check, long first, long end, MessageDigest digest) {}

    PlaintextWitness(VectorCase vector) {
        Plaintext plaintext = vector.plaintext();
        if (plaintext != null) {
            for (RangeCheck range : vector.ranges()) {
                if (!range.unsatisfiable()) {
                    slices.add(new Slice(
                            range, range.first(plaintext.bytes()), range.end(plaintext.bytes()), Sha256.digest()));
                }
            }
        }
    }

    @Override
    public void write(int one) {
        write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] from, int offset, int length) {
        whole.update(from, offset, length);
        for (Slice slice : slices) {
            long first = Math.max(slice.first(), bytes);
            long end = Math.min(slice.end(), bytes + length);
            if (first < end) {
                slice.digest().update(from, offset + (int) (first - bytes), (int) (end - first));
            }
        }
        bytes += length;
    }

    long bytes() {
        return bytes;
    }

    /** What is wrong with all that came, if anything is. Ends the witness's work. */
    Optional<String> differs(Plaintext wanted) {
        if (bytes != wanted.bytes()) {
            return Optional.of("a plaintext of " + bytes + " bytes, not " + wanted.bytes());
        }
        if (!Sha256.hex(whole.digest()).equals(wanted.sha256())) {
            return Optional.of("a plaintext with another SHA-256");
        }
        return slices.stream()
                .filter(slice -> !Sha256.hex(slice.digest().digest())
                        .equals(slice.check().sha256()))
                .map(slice -> "another SHA-256 of the range " + slice.check().range())
                .findFirst();
    }
}
