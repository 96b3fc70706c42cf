/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

/** An answer of KMS that is an error, in its words. */
final class KmsError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    final int status;
    final String type;

    KmsError(int status, String type, String message) {
        super(message, null, false, false);
        this.status = status;
        this.type = type;
    }

    KmsError(String type, String message) {
        this(400, type, message);
    }

    static KmsError validation(String message) {
        return new KmsError("ValidationException", message);
    }

    /** KMS gives no cause. */
    static KmsError invalidCiphertext() {
        return new KmsError("InvalidCiphertextException", "");
    }
}
