/** The command line. */
module dev.keywright.cli {
    requires dev.keywright.spi;
    requires dev.keywright.envelope;
    requires dev.keywright.jca;
    requires dev.keywright.testvectors;
    requires info.picocli;
    requires static transitive org.jspecify;
    requires software.amazon.awssdk.awscore;
    requires software.amazon.awssdk.core;
    requires software.amazon.awssdk.services.s3;

    // Options are set by reflection.
    opens dev.keywright.cli to
            info.picocli;
}
