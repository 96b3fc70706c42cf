/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
/** A key on a SoftHSM token: through Keywright, through SunPKCS11, and by the token itself. Run by JMH. */
@NullMarked
package dev.keywright.benchmarks.token;

import org.jspecify.annotations.NullMarked;
