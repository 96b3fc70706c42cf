/** Wraps and opens data keys with AWS KMS: the wrap {@code kms+context}. */
@NullMarked
package dev.keywright.kms;

import org.jspecify.annotations.NullMarked;
