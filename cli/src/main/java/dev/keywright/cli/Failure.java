/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.spi.FormatException;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.PolicyException;
import dev.keywright.vectors.CorpusException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * An error as it is told: one line, one exit code.
 *
 * @param reason a finer kind, where the error has one
 */
record Failure(ExitCode exitCode, @Nullable String reason, String message) {
    static Failure of(Throwable error) {
        Failure failure = ofKind(error);
        for (Throwable also : error.getSuppressed()) {
            if (also instanceof IllegalStateException) { // the client tells so what a failed put left behind
                return new Failure(failure.exitCode, failure.reason, failure.message + "; " + text(also));
            }
        }
        return failure;
    }

    private static Failure ofKind(Throwable error) {
        if (error instanceof KeyringException e) {
            return new Failure(ExitCode.KEYRING, e.reason().name(), text(e));
        }
        if (error instanceof IntegrityException e) {
            return new Failure(ExitCode.INTEGRITY, e.stage().name(), text(e));
        }
        if (error instanceof FormatException e) {
            return new Failure(ExitCode.FORMAT, e.fault().name(), text(e));
        }
        if (error instanceof PolicyException e) {
            return new Failure(ExitCode.POLICY, null, text(e));
        }
        if (error instanceof UncheckedIOException e && e.getCause() != null) {
            return of(e.getCause());
        }
        if (error instanceof S3Exception e) {
            return new Failure(ExitCode.IO, code(e), service(e));
        }
        if (error instanceof SdkException e) {
            return new Failure(ExitCode.IO, null, client(e));
        }
        if (error instanceof CorpusException e) {
            return new Failure(ExitCode.FORMAT, "CORPUS", text(e));
        }
        if (error instanceof IOException e) {
            return new Failure(ExitCode.IO, null, file(e));
        }
        if (error instanceof VectorsFailedException) {
            return new Failure(ExitCode.VECTORS, null, text(error));
        }
        if (error instanceof IllegalArgumentException) {
            return new Failure(ExitCode.USAGE, null, text(error));
        }
        return new Failure(ExitCode.UNEXPECTED, null, error.getClass().getSimpleName() + ": " + text(error));
    }

    Failure about(String subject) {
        return new Failure(exitCode, reason, subject + ": " + message);
    }

    void print(Terminal terminal, boolean asJson) {
        if (asJson) {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            fields.put("error", exitCode.word);
            if (reason != null) {
                fields.put("reason", reason);
            }
            fields.put("message", message);
            fields.put("exitCode", exitCode.code);
            terminal.err().println(Json.write(fields));
        } else {
            terminal.err().println("keywright: " + Printable.line(message));
        }
    }

    private static String code(S3Exception error) {
        String code =
                error.awsErrorDetails() == null ? null : error.awsErrorDetails().errorCode();
        return code != null && !code.isEmpty() ? code : "HTTP " + error.statusCode();
    }

    private static String service(S3Exception error) {
        String said =
                error.awsErrorDetails() == null ? null : error.awsErrorDetails().errorMessage();
        String what = switch (code(error)) {
            case "NoSuchKey" -> "no such object";
            case "HTTP 404" -> "no such object or bucket";
            case "NoSuchBucket" -> "no such bucket";
            case "AccessDenied", "HTTP 403" -> "S3 denies access";
            case "InvalidAccessKeyId", "SignatureDoesNotMatch" -> "S3 does not accept the credentials";
            default -> "S3 refused: " + (said == null ? "no reason given" : oneLine(said));
        };
        return what + " (" + code(error) + ")";
    }

    /** The SDK's own words are long; the two causes that people meet get shorter ones. */
    private static String client(SdkException error) {
        String said = text(error);
        if (error instanceof SdkClientException && said.contains("Unable to load region")) {
            return "no region is set: give --region, or set AWS_REGION";
        }
        if (error instanceof SdkClientException && said.contains("Unable to load credentials")) {
            return "no AWS credentials found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile";
        }
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException io) {
                return "S3 can't be reached: " + file(io);
            }
        }
        return said;
    }

    private static String file(IOException error) {
        if (error instanceof FileSystemException e && e.getFile() != null) {
            String file = e.getFile();
            if (error instanceof NoSuchFileException) {
                return file + ": no such file or folder";
            }
            if (error instanceof FileAlreadyExistsException) {
                return file + ": is there already; --force overwrites it";
            }
            if (error instanceof AccessDeniedException) {
                return file + ": permission denied";
            }
            if (error instanceof NotDirectoryException) {
                return file + ": not a folder";
            }
            String why = e.getReason();
            return file + ": " + (why == null ? "can't be read or written" : oneLine(why));
        }
        return text(error);
    }

    private static String text(Throwable error) {
        String message = error.getMessage();
        return message == null || message.isBlank() ? error.getClass().getSimpleName() : oneLine(message);
    }

    private static String oneLine(String text) {
        return text.strip().replaceAll("\\s*[\\r\\n]+\\s*", " ");
    }
}
