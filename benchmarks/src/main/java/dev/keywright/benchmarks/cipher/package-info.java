/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
/** The content cipher alone, beside the provider's own one-shot calls. Run by JMH. */
@NullMarked
package dev.keywright.benchmarks.cipher;

import org.jspecify.annotations.NullMarked;
