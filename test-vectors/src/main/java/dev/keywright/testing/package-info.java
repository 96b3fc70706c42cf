/** Real parts to test against, without a network: S3 and KMS on loopback, and SoftHSM tokens. Never for production. */
@NullMarked
package dev.keywright.testing;

import org.jspecify.annotations.NullMarked;
