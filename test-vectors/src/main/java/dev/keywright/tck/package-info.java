/**
 * Contracts, as JUnit classes that a plugin's author extends. The rules for keyrings are in {@code docs/keyring-rules.md}, those for content ciphers
 * beside their tests.
 */
@NullMarked
package dev.keywright.tck;

import org.jspecify.annotations.NullMarked;
