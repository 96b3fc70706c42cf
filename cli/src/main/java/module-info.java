/** The command line, and the keyring of RSA keys in files. */
@SuppressWarnings("module") // S3 is the service's name, not a version.
module dev.keywright.cli {
    requires dev.keywright.envelope;
    requires dev.keywright.jca;
    requires dev.keywright.kms;
    requires dev.keywright.pkcs11;
    requires dev.keywright.s3;
    requires dev.keywright.spi;
    requires dev.keywright.testvectors;
    requires info.picocli;
    requires org.bouncycastle.pkix;
    requires org.bouncycastle.provider;
    requires software.amazon.awssdk.auth;
    requires software.amazon.awssdk.awscore;
    requires software.amazon.awssdk.core;
    requires software.amazon.awssdk.http;
    requires software.amazon.awssdk.http.urlconnection;
    requires software.amazon.awssdk.regions;
    requires software.amazon.awssdk.services.kms;
    requires software.amazon.awssdk.services.s3;
    requires static transitive org.jspecify;

    // Options are set by reflection.
    opens dev.keywright.cli to
            info.picocli;

    provides dev.keywright.spi.KeyringFactory with
            dev.keywright.cli.RsaKeyringFactory;
}
