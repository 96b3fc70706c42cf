/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

/**
 * What a module says of itself (CK_INFO).
 *
 * @param cryptokiVersion of the interface that it implements
 * @param version of the module
 */
record LibraryInfo(String manufacturer, String description, String version, String cryptokiVersion) {
    @Override
    public String toString() {
        return manufacturer + ", " + description + " " + version + ", Cryptoki " + cryptokiVersion;
    }
}
