/** The contract that keyrings, materials managers and content ciphers implement. Depends on {@code java.base} only. */
module dev.keywright.spi {
    requires static transitive org.jspecify;

    exports dev.keywright.spi;

    uses dev.keywright.spi.KeyringFactory;
}
