/** Keyrings and content ciphers on any {@code java.security.Provider}. Depends on {@code java.base} and the SPI only. */
module dev.keywright.jca {
    requires transitive dev.keywright.spi;
    requires static transitive org.jspecify;

    exports dev.keywright.jca;

    provides java.security.Provider with
            dev.keywright.jca.KeywrightProvider;
    provides dev.keywright.spi.KeyringFactory with
            dev.keywright.jca.AesKeyringFactory;
}
