/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.Delete;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectResponse;
import software.amazon.awssdk.services.s3.model.DeleteObjectsRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Error;

/**
 * Deletes objects together with the instruction files that may hold their envelopes (API-007, API-010): first the object,
 * and its file only if that went well. A deleted version keeps its file, which other versions may need.
 */
final class InstructionFiles {
    static final String SUFFIX = ".instruction";

    private final S3Client client;

    InstructionFiles(S3Client client) {
        this.client = client;
    }

    DeleteObjectResponse deleteWith(DeleteObjectRequest request) {
        DeleteObjectResponse deleted = client.deleteObject(request);
        if (request.versionId() == null) {
            // Conditions and permissions are the object's, not the file's.
            DeleteObjectRequest.Builder file = request.toBuilder()
                    .key(request.key() + SUFFIX)
                    .mfa(null)
                    .bypassGovernanceRetention(null)
                    .ifMatch(null)
                    .ifMatchLastModifiedTime(null)
                    .ifMatchSize(null);
            try {
                client.deleteObject(file.build());
            } catch (NoSuchKeyException e) {
                // S3 itself doesn't say so, other stores do.
                return deleted;
            }
        }
        return deleted;
    }

    DeleteObjectsResponse deleteWith(DeleteObjectsRequest request) {
        DeleteObjectsResponse deleted = client.deleteObjects(request);
        List<ObjectIdentifier> files = filesOf(request, deleted);
        if (files.isEmpty()) {
            return deleted;
        }
        DeleteObjectsResponse filesDeleted = client.deleteObjects(request.toBuilder()
                .mfa(null)
                .bypassGovernanceRetention(null)
                .delete(Delete.builder().objects(files).quiet(true).build())
                .build());
        List<S3Error> errors = new ArrayList<>(deleted.errors());
        filesDeleted.errors().stream()
                .filter(error -> !"NoSuchKey".equals(error.code()))
                .forEach(errors::add);
        return deleted.toBuilder().errors(errors).build();
    }

    private static List<ObjectIdentifier> filesOf(DeleteObjectsRequest request, DeleteObjectsResponse deleted) {
        Set<String> kept = new HashSet<>();
        deleted.errors().forEach(error -> kept.add(error.key()));
        return request.delete().objects().stream()
                .filter(object -> object.versionId() == null && !kept.contains(object.key()))
                .map(object ->
                        ObjectIdentifier.builder().key(object.key() + SUFFIX).build())
                .distinct()
                .toList();
    }
}
