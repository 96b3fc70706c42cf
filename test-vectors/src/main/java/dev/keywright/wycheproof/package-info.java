/**
 * Project Wycheproof's test vectors of the algorithms that S3 objects are encrypted and wrapped with, and a runner that
 * holds any implementation against them. The vectors themselves are not part of this.
 */
@NullMarked
package dev.keywright.wycheproof;

import org.jspecify.annotations.NullMarked;
