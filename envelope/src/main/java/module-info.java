/** Turns plaintext and materials into a body and its envelope, and back. Knows no AWS type. */
module dev.keywright.envelope {
    requires transitive dev.keywright.spi;
    requires static transitive org.jspecify;

    exports dev.keywright.envelope;
}
