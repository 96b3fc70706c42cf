/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** An object in a bucket, as {@code s3://BUCKET/KEY}. The key is taken as it stands; nothing in it is decoded. */
record S3Location(String bucket, String key) {
    static final String SCHEME = "s3://";

    static S3Location parse(String text) {
        int slash = text.indexOf('/', SCHEME.length());
        if (!text.startsWith(SCHEME) || slash <= SCHEME.length() || slash == text.length() - 1) {
            throw new TypeConversionException("'" + text + "' is not s3://BUCKET/KEY");
        }
        return new S3Location(text.substring(SCHEME.length(), slash), text.substring(slash + 1));
    }

    @Override
    public String toString() {
        return SCHEME + bucket + "/" + key;
    }

    /** For picocli. */
    static final class Converter implements ITypeConverter<S3Location> {
        @Override
        public S3Location convert(String value) {
            return parse(value);
        }
    }
}
