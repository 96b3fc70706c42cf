/**
 * The command line: one class per command, and what the commands share. Reads and writes files and S3 objects, opens
 * keys by URI, and says in one line and one exit code what went wrong.
 */
@NullMarked
package dev.keywright.cli;

import org.jspecify.annotations.NullMarked;
