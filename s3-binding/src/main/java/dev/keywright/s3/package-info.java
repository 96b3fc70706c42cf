/**
 * An encrypting client over an S3 client of the AWS SDK for Java 2. Its one job is the wire: which operations carry an
 * object's content, and what of a request and a response then speaks of ciphertext. Formats, keys and checks are the floors
 * below.
 */
@NullMarked
package dev.keywright.s3;

import org.jspecify.annotations.NullMarked;
