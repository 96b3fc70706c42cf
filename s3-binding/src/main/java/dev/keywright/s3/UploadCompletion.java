/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.s3.MultipartUpload.Held;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompletedMultipartUpload;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * One request to complete an upload: what it may say of an object whose ciphertext its caller does not see, and what is sent
 * in its place.
 */
final class UploadCompletion {
    private static final String HELD_ETAG = "\"held-until-completion-%d\"";

    private final MultipartUpload upload;
    private final CompleteMultipartUploadRequest request;
    private final List<CompletedPart> named;

    UploadCompletion(MultipartUpload upload, CompleteMultipartUploadRequest request) {
        this.upload = upload;
        this.request = request;
        this.named = request.multipartUpload() == null
                ? List.of()
                : request.multipartUpload().parts();
    }

    /** What is answered for a part that is held back, in place of what S3 would say. */
    static UploadPartResponse answerOfHeld(int number) {
        return UploadPartResponse.builder()
                .eTag(String.format(HELD_ETAG, number))
                .build();
    }

    /** What S3 answered for a part, as completion wants it. */
    static CompletedPart completed(int number, UploadPartResponse response) {
        CompletedPart.Builder part = CompletedPart.builder();
        CommonFields.carry(response, part);
        return part.partNumber(number).build();
    }

    /**
     * What is said of the whole plaintext can't be checked once it is gone, and conditions can't hold for two objects.
     *
     * @param withFile whether an instruction file is put, too
     */
    void requireCheckable(boolean withFile) {
        if (withFile && (request.ifMatch() != null || request.ifNoneMatch() != null)) {
            throw InstructionFiles.conditional(upload.content.name());
        }
        for (SdkField<?> field : request.sdkFields()) {
            if (isChecksum(field) && field.getValueOrDefault(request) != null) {
                throw new IllegalArgumentException("completing " + upload + ": " + field.memberName()
                        + " of the plaintext can't be checked any more; leave it out, and give each part's checksum to "
                        + "uploadPart");
            }
        }
        Long size = request.mpuObjectSize();
        if (size != null && size != upload.plaintextBytes()) {
            throw new IllegalArgumentException("completing " + upload + ": mpuObjectSize says " + size
                    + " bytes, and the parts have " + upload.plaintextBytes());
        }
    }

    private static boolean isChecksum(SdkField<?> field) {
        return field.memberName().startsWith("Checksum") && !field.memberName().equals("ChecksumType");
    }

    /** The tag is over all parts that were sent, so all of them must be in the object. */
    void requireAll() {
        Map<Integer, CompletedPart> stored = upload.stored();
        Held held = upload.heldPart();
        for (CompletedPart part : named) {
            Integer number = part.partNumber();
            CompletedPart answer = number == null ? null : stored.get(number);
            if (answer != null) {
                requireSameChecksums(part, answer);
            } else if (number == null || held == null || held.part().number != number) {
                throw new IllegalArgumentException("completing " + upload + ": part " + number + " was not sent");
            }
            stored.remove(number);
        }
        stored.remove(upload.tagNumber());
        if (!stored.isEmpty()) {
            throw new IllegalArgumentException("completing " + upload + ": parts " + stored.keySet()
                    + " were sent and are not in the list; the tag is over all of them");
        }
        if (held != null && named.stream().noneMatch(part -> held.part().number == part.partNumber())) {
            throw new IllegalArgumentException("completing " + upload + ": part " + held.part().number
                    + " was sent and is not in the list; name each part with the ETag that uploadPart gave");
        }
    }

    private void requireSameChecksums(CompletedPart part, CompletedPart answer) {
        for (SdkField<?> field : part.sdkFields()) {
            Object given = field.getValueOrDefault(part);
            if (isChecksum(field) && given != null && !given.equals(field.getValueOrDefault(answer))) {
                throw new IllegalArgumentException("completing " + upload + ": " + field.memberName() + " of part "
                        + part.partNumber() + " is not the one that uploadPart answered, which is of the ciphertext; "
                        + "leave it out, and give that of the plaintext to uploadPart");
            }
        }
    }

    /** What is sent, once the tag is stored. */
    CompleteMultipartUploadRequest stored() {
        CompleteMultipartUploadRequest.Builder stored = request.toBuilder()
                .multipartUpload(
                        CompletedMultipartUpload.builder().parts(inOrder()).build());
        if (request.mpuObjectSize() != null) {
            stored.mpuObjectSize(upload.content.envelope().bodyBytes(upload.plaintextBytes()));
        }
        return stored.build();
    }

    /** The caller's list, with what S3 answered where the caller can't know it, and the tag's own part. */
    private List<CompletedPart> inOrder() {
        Map<Integer, CompletedPart> parts = new TreeMap<>(upload.stored());
        for (CompletedPart part : named) {
            CompletedPart answer = parts.get(part.partNumber());
            if (answer != null && !String.format(HELD_ETAG, part.partNumber()).equals(part.eTag())) {
                parts.put(
                        part.partNumber(), answer.toBuilder().eTag(part.eTag()).build());
            }
        }
        return new ArrayList<>(parts.values());
    }
}
