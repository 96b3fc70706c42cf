/** Contracts, as JUnit classes that a plugin's author extends. The rules are in {@code docs/keyring-rules.md}. */
@NullMarked
package dev.keywright.tck;

import org.jspecify.annotations.NullMarked;
