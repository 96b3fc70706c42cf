/**
 * The contract that third parties implement: keyrings, materials managers, content ciphers; and the keys, values and
 * errors that pass between them and the core.
 *
 * <p>Nothing here knows S3, an SDK, a policy, a nonce or a tag comparison; a plugin cannot weaken those. Byte layouts of
 * wrapped keys ({@link dev.keywright.spi.Keyrings}) and the derivation of an object's content key
 * ({@link dev.keywright.spi.ContentKeyDerivation}) stand here, so that no plugin writes them again.
 */
@NullMarked
package dev.keywright.spi;

import org.jspecify.annotations.NullMarked;
