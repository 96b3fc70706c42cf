/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
/** One client doing one thing in a process of its own, and what that took. Runs on the peer's class path too. */
@NullMarked
package dev.keywright.benchmarks.client;

import org.jspecify.annotations.NullMarked;
