/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
/** A loopback S3 that costs next to nothing, so that what is measured is the client. */
@NullMarked
package dev.keywright.benchmarks.endpoint;

import org.jspecify.annotations.NullMarked;
