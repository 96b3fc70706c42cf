/**
 * Reads a corpus of compatibility vectors and runs it: each case by every way of reading at hand, and with every permission
 * that it needs withdrawn in turn. Keyrings and ciphers are handed in.
 */
@NullMarked
package dev.keywright.vectors;

import org.jspecify.annotations.NullMarked;
