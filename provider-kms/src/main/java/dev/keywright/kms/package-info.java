/** Wraps and opens data keys with AWS KMS: the wrap {@code kms+context}, and {@code kms} to read. */
@NullMarked
package dev.keywright.kms;

import org.jspecify.annotations.NullMarked;
