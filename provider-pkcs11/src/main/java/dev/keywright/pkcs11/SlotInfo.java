/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

/** What a slot says of itself, whatever token is in it (CK_SLOT_INFO). */
record SlotInfo(String description, String manufacturer) {}
