/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/** Where S3 is. Credentials come from the SDK's default chain. */
final class S3Options {
    @Option(
            names = "--endpoint",
            paramLabel = "URL",
            converter = Endpoint.class,
            description = "an S3 endpoint other than Amazon's")
    @Nullable
    URI endpoint;

    @Option(names = "--region", paramLabel = "REGION", description = "else from AWS_REGION or the AWS profile")
    @Nullable
    String region;

    @Option(names = "--path-style", description = "name the bucket in the path, not in the host's name")
    boolean pathStyle;

    /** Takes a URL with scheme and host; {@code localhost:9000} would be one of a scheme named localhost. */
    static final class Endpoint implements ITypeConverter<URI> {
        @Override
        public URI convert(String value) {
            try {
                URI endpoint = new URI(value);
                if (endpoint.getHost() != null && Set.of("http", "https").contains(endpoint.getScheme())) {
                    return endpoint;
                }
            } catch (URISyntaxException e) {
                // Said below, in words.
            }
            throw new TypeConversionException("'" + value + "' is not a URL such as http://localhost:9000");
        }
    }

    S3Client client() {
        S3ClientBuilder builder = S3Client.builder()
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .forcePathStyle(pathStyle);
        if (endpoint != null) {
            builder.endpointOverride(endpoint);
        }
        if (region != null) {
            builder.region(Region.of(region));
        }
        return builder.build();
    }
}
