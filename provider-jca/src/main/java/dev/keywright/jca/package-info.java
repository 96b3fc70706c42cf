/**
 * Does a keyring's and a content cipher's work with whatever {@link java.security.Provider} it is given: the user's, or
 * the platform's own.
 *
 * <p>No provider is named here, and none is put into the platform's list.
 */
@NullMarked
package dev.keywright.jca;

import org.jspecify.annotations.NullMarked;
