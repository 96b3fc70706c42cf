/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.kms;

import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.KeyUnwrapper;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.Unwrap;
import dev.keywright.spi.WrappedDataKey;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.kms.KmsClient;

/** Opens wrapped keys under whatever KMS key they name, if its account is trusted. */
final class KmsDiscovery implements KeyUnwrapper {
    private static final String NAME = "aws-kms discovery";

    /** Whose KMS keys may have wrapped. */
    record Trusted(String partition, List<String> accounts) {
        boolean holds(String keyArn) {
            return accounts.stream()
                    .anyMatch(account -> keyArn.matches(
                            "arn:" + Pattern.quote(partition) + ":kms:[^:]*:" + Pattern.quote(account) + ":key/.+"));
        }
    }

    private final KmsCalls calls;
    private final @Nullable Trusted trusted;

    KmsDiscovery(KmsClient client, @Nullable Trusted trusted) {
        this.calls = new KmsCalls(NAME, client, false, List.of());
        this.trusted = trusted;
    }

    @Override
    public Unwrap unwrap(WrappedDataKey wrapped, KeyRequest request) {
        if (!wrapped.algorithm().isKms()) {
            return KmsKeyring.notMine(NAME, wrapped);
        }
        KmsWraps.Opened opened = KmsWraps.open(NAME, calls, null, wrapped, request);
        if (trusted != null && !trusted.holds(opened.keyArn())) {
            opened.dataKey().close();
            throw new KeyringException(
                    KeyringException.Reason.DENIED,
                    NAME + ": the object's data key is wrapped under " + opened.keyArn()
                            + ", and only keys of partition " + trusted.partition() + ", accounts " + trusted.accounts()
                            + ", are trusted");
        }
        return new Unwrap.Opened(opened.dataKey());
    }

    @Override
    public String toString() {
        return NAME;
    }
}
