/** An encrypting client over an S3 client of the AWS SDK for Java 2. */
@SuppressWarnings("module") // S3 is the service's name, not a version.
module dev.keywright.s3 {
    requires transitive dev.keywright.spi;
    requires transitive dev.keywright.envelope;
    requires dev.keywright.jca;
    requires transitive software.amazon.awssdk.services.s3;
    requires transitive software.amazon.awssdk.awscore;
    requires transitive software.amazon.awssdk.core;
    requires org.reactivestreams;
    requires software.amazon.awssdk.http;
    requires software.amazon.awssdk.utils;
    requires static transitive org.jspecify;

    exports dev.keywright.s3;
}
