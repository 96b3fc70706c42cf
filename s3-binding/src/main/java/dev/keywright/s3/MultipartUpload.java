/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.EncryptedParts;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.IntegrityException;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.SdkPartType;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;

/**
 * What is known of one upload between its creation and its end: where each part lies in the object, which part is the last,
 * and where the tag goes. Sends nothing. Thread-safe.
 *
 * <p>The tag is at the end of the last part if all bytes before that were encrypted when the part is sent. Else it is a part
 * of its own, if S3 takes the last part as one that is not the last; else the last part, then shorter than 5 MiB, is held
 * back until the end. Once it is a part of its own, it is nowhere else.
 */
final class MultipartUpload implements AutoCloseable {
    /** S3's limit. */
    static final int MAX_PARTS = 10_000;

    private static final int BLOCK_BYTES = 16;

    /** How a part is sent. */
    enum Form {
        /** Ciphertext alone. */
        BARE,
        /** Ciphertext, then tag. */
        TAGGED,
        /** Not yet: the ciphertext is kept. */
        HELD
    }

    /** One part. Guarded by its upload; while it is being sent, it is its sender's. */
    static final class Part {
        final int number;
        final long offsetBytes;
        final long plaintextBytes;
        private Form form = Form.BARE;
        private boolean beingSent;
        /** What S3 answered; null until it did. */
        private @Nullable CompletedPart stored;
        /** Whether what is stored ends with the tag. */
        private boolean storedTagged;
        /** The ciphertext of a part in form {@link Form#HELD}, and the request that it came by. */
        private @Nullable Bytes held;

        private @Nullable UploadPartRequest heldRequest;

        Part(int number, long offsetBytes, long plaintextBytes) {
            this.number = number;
            this.offsetBytes = offsetBytes;
            this.plaintextBytes = plaintextBytes;
        }

        /** How the part is sent this time. */
        Form form() {
            return form;
        }

        private long endBytes() {
            return offsetBytes + plaintextBytes;
        }
    }

    final CreateMultipartUploadRequest request;
    final EncryptedParts content;
    private final String id;
    private final long partBytes; // 0 if undeclared
    private final TreeMap<Integer, Part> parts = new TreeMap<>(); // guarded by this
    private @Nullable Part last; // guarded by this; null until it is known
    private @Nullable UploadPartRequest latest; // guarded by this
    private @Nullable CompletedPart tagAlone; // guarded by this
    private boolean ending; // guarded by this

    MultipartUpload(
            CreateMultipartUploadRequest request, EncryptedParts content, String id, OptionalLong declaredPartBytes) {
        this.request = request;
        this.content = content;
        this.id = id;
        this.partBytes = declaredPartBytes.orElse(0);
    }

    @Override
    public String toString() {
        return "upload " + id + " to " + content.name();
    }

    /** What goes wrong with a part, for errors. */
    String cantSend(UploadPartRequest part) {
        return "part " + part.partNumber() + " of " + this + " can't be sent; abort the upload";
    }

    // ---- parts -----------------------------------------------------------------------------------------------------

    /** Begins to send a part, the first time or again; {@link #end} ends it. */
    synchronized Part begin(UploadPartRequest sent, long plaintextBytes) {
        int number = sent.partNumber();
        if (ending) {
            throw new IllegalStateException(this + " is being completed; part " + number + " comes too late");
        }
        Part part = parts.get(number);
        if (part == null) {
            part = place(number, plaintextBytes);
        }
        if (part.beingSent) {
            throw new IllegalStateException(
                    "part " + number + " of " + this + " is being sent by another call; wait for that to end");
        }
        if (part.plaintextBytes != plaintextBytes) {
            throw new IntegrityException(
                    IntegrityException.Stage.CONTENT,
                    "part " + number + " of " + this + " had " + part.plaintextBytes + " bytes and now has "
                            + plaintextBytes + ": a part that is sent again must be the same; abort the upload");
        }
        boolean isLast = isLast(sent, part);
        requireFits(part, isLast, sent.sdkPartType());
        part.form = isLast ? formOfLast(part) : Form.BARE;
        if (isLast) {
            last = part;
        }
        parts.put(number, part);
        part.beingSent = true;
        latest = sent;
        return part;
    }

    private Part place(int number, long plaintextBytes) {
        if (number < 1 || number > MAX_PARTS) {
            throw new IllegalArgumentException(
                    "part " + number + " of " + this + ": S3 has numbers from 1 to " + MAX_PARTS);
        }
        long offset;
        if (partBytes > 0) {
            offset = (number - 1) * partBytes;
        } else {
            Map.Entry<Integer, Part> before = parts.lastEntry();
            int next = before == null ? 1 : before.getKey() + 1;
            if (number != next) {
                throw new IllegalStateException("part " + number + " of " + this + " comes out of order, " + next
                        + " is next: where it lies is not known; begin parts in order, or declare their size by "
                        + "MultipartPartSize at createMultipartUpload");
            }
            offset = before == null ? 0 : before.getValue().endBytes();
        }
        long max = content.envelope().suite().maxPlaintextBytes();
        if (plaintextBytes > max - offset) {
            throw new IllegalArgumentException("part " + number + " of " + this + ": " + (offset + plaintextBytes)
                    + " bytes up to its end; " + content.envelope().suite() + " takes " + max + " in all parts");
        }
        return new Part(number, offset, plaintextBytes);
    }

    private boolean isLast(UploadPartRequest sent, Part part) {
        if (sent.sdkPartType() == SdkPartType.LAST || part.number == MAX_PARTS || isSame(last, part)) {
            return true;
        }
        if (sent.sdkPartType() == SdkPartType.DEFAULT) {
            return false;
        }
        return partBytes > 0
                ? part.plaintextBytes < partBytes
                : part.plaintextBytes < MultipartPartSize.MIN_OF_S3 || part.plaintextBytes % BLOCK_BYTES != 0;
    }

    @SuppressWarnings("ReferenceEquality") // a part is one object
    private static boolean isSame(@Nullable Part one, Part other) {
        return one == other;
    }

    private void requireFits(Part part, boolean isLast, @Nullable SdkPartType type) {
        if (last != null && !isSame(last, part)) {
            if (isLast) {
                throw new IllegalStateException("part " + part.number + " of " + this + " is a last part"
                        + (type == SdkPartType.LAST ? "" : " by its length of " + part.plaintextBytes + " bytes")
                        + ", and so was part " + last.number + "; there is one last part" + remedy());
            }
            if (part.number > last.number) {
                throw new IllegalStateException("part " + part.number + " of " + this + " comes after part "
                        + last.number + ", the last" + remedy());
            }
        }
        if (isLast && parts.higherKey(part.number) != null) {
            throw new IllegalStateException("part " + part.number + " of " + this
                    + " is a last part" + (type == SdkPartType.LAST ? "" : " by its length")
                    + ", and part " + parts.lastKey() + " was begun" + remedy());
        }
        if (partBytes > 0 && (part.plaintextBytes > partBytes || (!isLast && part.plaintextBytes < partBytes))) {
            throw new IllegalArgumentException("part " + part.number + " of " + this + " has " + part.plaintextBytes
                    + " bytes; parts of " + partBytes + " were declared");
        }
        if (!isLast && part.plaintextBytes % BLOCK_BYTES != 0) {
            throw new IllegalArgumentException("part " + part.number + " of " + this + " has " + part.plaintextBytes
                    + " bytes, and is not the last; such parts are multiples of " + BLOCK_BYTES + " bytes");
        }
        if (tagAlone != null && !parts.containsKey(part.number)) {
            throw new IllegalStateException("part " + part.number + " of " + this + " comes after the tag");
        }
    }

    private String remedy() {
        return partBytes > 0
                ? ""
                : "; a part under 5 MiB or of no multiple of 16 bytes is taken for the last, unless MultipartPartSize is "
                        + "declared";
    }

    private Form formOfLast(Part part) {
        if (tagAlone != null) {
            return Form.BARE;
        }
        if (content.adjoiningBytes() >= part.offsetBytes) {
            return Form.TAGGED;
        }
        boolean fillsAPart = part.plaintextBytes >= MultipartPartSize.MIN_OF_S3 || part.plaintextBytes == partBytes;
        if (!fillsAPart) {
            return Form.HELD;
        }
        if (part.number == MAX_PARTS) {
            throw new IllegalStateException("part " + part.number + " of " + this
                    + " must hold the tag, as there is no number after it; send it when all the others are sent");
        }
        return Form.BARE;
    }

    /** A part is stored. */
    synchronized void stored(Part part, Form form, CompletedPart answer) {
        part.stored = answer;
        part.storedTagged = form == Form.TAGGED;
        part.held = null;
        part.heldRequest = null;
    }

    /** A part is held back. */
    synchronized void held(Part part, Bytes ciphertext, UploadPartRequest sent) {
        part.held = ciphertext;
        part.heldRequest = sent;
        part.stored = null;
    }

    /** A part is no longer being sent. */
    synchronized void end(Part part) {
        part.beingSent = false;
    }

    // ---- completion ------------------------------------------------------------------------------------------------

    /** Begins the end: every part is there. {@link #resume} takes it back. */
    synchronized void beginEnd() {
        if (ending) {
            throw new IllegalStateException(this + " is being completed by another call");
        }
        int number = 1;
        for (Part part : parts.values()) {
            if (partBytes > 0 && part.number != number) {
                throw new IllegalStateException("part " + number + " of " + this + " is missing");
            }
            if (part.beingSent) {
                throw new IllegalStateException("part " + part.number + " of " + this + " is still being sent");
            }
            if (part.stored == null && part.held == null) {
                throw new IllegalStateException(
                        "part " + part.number + " of " + this + " was not sent successfully; send it again, or abort");
            }
            number = part.number + 1;
        }
        ending = true;
    }

    synchronized void resume() {
        ending = false;
    }

    /** The part that is held back with its request; null if there is none. */
    synchronized @Nullable Held heldPart() {
        return last == null || last.held == null || last.heldRequest == null
                ? null
                : new Held(last, last.held, last.heldRequest);
    }

    /** A part that is held back. */
    record Held(Part part, Bytes ciphertext, UploadPartRequest request) {}

    /** Whether the tag still has to be sent, as a part of its own. */
    synchronized boolean lacksTag() {
        return tagAlone == null && (last == null || !last.storedTagged);
    }

    /** The request that sends the tag: as the latest part's, if there was one. */
    synchronized UploadPartRequest tagRequest() {
        int number = parts.isEmpty() ? 1 : parts.lastKey() + 1;
        if (number > MAX_PARTS) {
            throw new IllegalStateException(
                    this + " has " + MAX_PARTS + " parts, and none left for the tag; abort it, and use larger parts");
        }
        UploadPartRequest.Builder tag;
        if (latest == null) {
            tag = UploadPartRequest.builder();
            CommonFields.carry(request, tag);
            request.overrideConfiguration().ifPresent(tag::overrideConfiguration);
            tag.uploadId(id);
        } else {
            tag = latest.toBuilder();
        }
        return tag.partNumber(number).sdkPartType((SdkPartType) null).build();
    }

    synchronized void tagStored(CompletedPart answer) {
        tagAlone = answer;
    }

    /** What S3 answered for each part, the tag's own included. */
    synchronized Map<Integer, CompletedPart> stored() {
        Map<Integer, CompletedPart> stored = new TreeMap<>();
        for (Part part : parts.values()) {
            if (part.stored != null) {
                stored.put(part.number, part.stored);
            }
        }
        if (tagAlone != null) {
            stored.put(tagAlone.partNumber(), tagAlone);
        }
        return stored;
    }

    /** The number of the tag's own part; 0 if it has none. */
    synchronized int tagNumber() {
        return tagAlone == null ? 0 : tagAlone.partNumber();
    }

    /** The plaintext's length. */
    synchronized long plaintextBytes() {
        return parts.isEmpty() ? 0 : parts.lastEntry().getValue().endBytes();
    }

    /** Wipes key and digests. Idempotent. */
    @Override
    public void close() {
        content.close();
    }
}
