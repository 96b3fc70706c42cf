/** A keyring whose master key is an AWS KMS key. */
module dev.keywright.kms {
    requires transitive dev.keywright.spi;
    requires transitive software.amazon.awssdk.services.kms;
    requires software.amazon.awssdk.core;
    requires software.amazon.awssdk.awscore;
    requires software.amazon.awssdk.regions;
    requires static transitive org.jspecify;

    exports dev.keywright.kms;

    provides dev.keywright.spi.KeyringFactory with
            dev.keywright.kms.KmsKeyringFactory;
}
