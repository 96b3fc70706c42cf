/**
 * One object to and from its stored form: (plaintext, materials) into (body, metadata) and back, and the refusal of
 * everything that must be refused. Policy, format detection, commitment, IVs and tag checks stand here, round every call
 * of a plugin.
 *
 * <p>Usable without any S3 client: streams and string maps in, streams and string maps out. Start at {@link
 * dev.keywright.envelope.ObjectEncryptor} and {@link dev.keywright.envelope.ObjectDecryptor}.
 */
@NullMarked
package dev.keywright.envelope;

import org.jspecify.annotations.NullMarked;
