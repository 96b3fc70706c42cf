/** Master keys that stay in an HSM, through its PKCS#11 module. */
@SuppressWarnings("module") // the digits are the standard's name
module dev.keywright.pkcs11 {
    requires transitive dev.keywright.spi;
    requires com.sun.jna;
    requires static transitive org.jspecify;

    exports dev.keywright.pkcs11;

    provides dev.keywright.spi.KeyringFactory with
            dev.keywright.pkcs11.Pkcs11KeyringFactory;
}
