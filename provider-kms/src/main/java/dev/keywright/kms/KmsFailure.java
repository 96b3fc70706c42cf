/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.kms;

import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.spi.KeywrightException;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.kms.model.DisabledException;
import software.amazon.awssdk.services.kms.model.IncorrectKeyException;
import software.amazon.awssdk.services.kms.model.InvalidCiphertextException;
import software.amazon.awssdk.services.kms.model.KmsException;
import software.amazon.awssdk.services.kms.model.KmsInvalidStateException;
import software.amazon.awssdk.services.kms.model.LimitExceededException;
import software.amazon.awssdk.services.kms.model.NotFoundException;

/** What a failed call to KMS means for a keyring. */
final class KmsFailure {
    private static final int FORBIDDEN = 403;
    private static final int SERVER_ERROR = 500;

    /** Who may not ask, in the words of KMS and of the services before it. */
    private static final Set<String> DENIALS = Set.of(
            "AccessDenied",
            "AccessDeniedException",
            "ExpiredTokenException",
            "IncompleteSignature",
            "InvalidClientTokenId",
            "InvalidGrantTokenException",
            "InvalidSignatureException",
            "MissingAuthenticationToken",
            "NotAuthorized",
            "OptInRequired",
            "RequestExpired",
            "UnrecognizedClientException");

    private KmsFailure() {}

    /** The wrapped key does not open; one message for every cause, and no cause. */
    static IntegrityException notOpening(String keyring) {
        return new IntegrityException(
                IntegrityException.Stage.WRAPPED_KEY,
                keyring + ": KMS does not open the wrapped data key: it was altered, or wrapped under another key or"
                        + " encryption context");
    }

    /** A success without what it is to hold, which AWS KMS never gives. */
    static KeyringException unlikeKms(String keyring, String action) {
        return new KeyringException(
                Reason.MISCONFIGURED,
                keyring + ": the answer to " + action
                        + " lacks what KMS answers: check that the endpoint is one of KMS");
    }

    /** The error to throw for {@code failure} of {@code action}, such as {@code kms:Decrypt}. */
    static KeywrightException of(String keyring, String action, SdkException failure) {
        if (failure instanceof InvalidCiphertextException) {
            return notOpening(keyring);
        }
        if (failure instanceof IncorrectKeyException) {
            return new IntegrityException(
                    IntegrityException.Stage.WRAPPED_KEY,
                    keyring + ": the object's data key is wrapped under another KMS key than the one configured");
        }
        if (failure instanceof KmsException refused) {
            return ofService(keyring, action, refused);
        }
        boolean isOutage = failure instanceof ApiCallTimeoutException
                || failure instanceof ApiCallAttemptTimeoutException
                || failure instanceof AbortedException
                || hasIoCause(failure);
        return isOutage
                ? new KeyringException(
                        Reason.UNAVAILABLE, keyring + ": " + action + " could not reach KMS, or got no answer", failure)
                : new KeyringException(
                        Reason.MISCONFIGURED,
                        keyring + ": " + action + " could not be sent: check credentials, region and endpoint",
                        failure);
    }

    private static KeywrightException ofService(String keyring, String action, KmsException refused) {
        String code =
                refused.awsErrorDetails() == null || refused.awsErrorDetails().errorCode() == null
                        ? "status " + refused.statusCode()
                        : refused.awsErrorDetails().errorCode();
        String said =
                keyring + ": KMS answered " + action + " with " + code + " (request " + refused.requestId() + "): ";
        if (refused.isThrottlingException()
                || refused.statusCode() >= SERVER_ERROR
                || refused instanceof LimitExceededException) {
            return new KeyringException(Reason.UNAVAILABLE, said + "it is too busy or unwell; try again", refused);
        }
        if (DENIALS.contains(code) || refused.statusCode() == FORBIDDEN) {
            return new KeyringException(
                    Reason.DENIED, said + "allow " + action + " in the key's policy, a grant or IAM", refused);
        }
        if (refused instanceof DisabledException || refused instanceof KmsInvalidStateException) {
            return new KeyringException(Reason.DENIED, said + "enable the key, or cancel its deletion", refused);
        }
        if (refused instanceof NotFoundException) {
            return new KeyringException(
                    Reason.MISCONFIGURED, said + "no such key or alias in this account and region", refused);
        }
        // Its text can repeat what was sent, context values included, so it is not passed on.
        return new KeyringException(
                Reason.MISCONFIGURED, said + "the key must be a symmetric key for encryption", null);
    }

    private static boolean hasIoCause(Throwable failure) {
        @Nullable Throwable cause = failure.getCause();
        while (cause != null) {
            if (cause instanceof IOException) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }
}
