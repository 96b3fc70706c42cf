/** The test kit: contracts for keyrings and content ciphers, and loopback parts to test against. */
module dev.keywright.testvectors {
    requires transitive dev.keywright.spi;
    requires static transitive org.jspecify;
    // Only the contracts need these three; whoever uses the loopback parts alone can leave them out.
    requires static transitive org.junit.jupiter.api;
    requires static org.junit.jupiter.params;
    requires static org.assertj.core;
    requires java.logging;
    requires java.xml;
    requires jdk.httpserver;

    exports dev.keywright.tck;
    exports dev.keywright.testing;
    exports dev.keywright.wycheproof;
}
