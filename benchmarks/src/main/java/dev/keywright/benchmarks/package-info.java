/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
/** Runs the measurements in interleaved rounds, keeps them, and tells which targets are met. */
@NullMarked
package dev.keywright.benchmarks;

import org.jspecify.annotations.NullMarked;
