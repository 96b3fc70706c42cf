/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.kms;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import dev.keywright.tck.BackEnd;
import dev.keywright.tck.KeyringContract;
import dev.keywright.testing.MiniKms;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kms.KmsClient;

@Tag("KMS-001")
class KmsKeyringContractTest extends KeyringContract {
    private final MiniKms kms = MiniKms.start();
    private final KmsClient client = Clients.of(kms);
    private final String key = kms.createKey();

    @AfterEach
    void close() {
        client.close();
        kms.close();
    }

    @Override
    protected Keyring keyring() {
        return KmsKeyring.builder(key)
                .client(client)
                .grantTokens(List.of("a-grant-token-of-some-length"))
                .build();
    }

    @Override
    protected WrapAlgorithm algorithm() {
        return WrapAlgorithm.KMS_CONTEXT;
    }

    @Override
    protected Set<WrapAlgorithm> opens() {
        return EnumSet.of(WrapAlgorithm.KMS_CONTEXT, WrapAlgorithm.KMS);
    }

    @Override
    protected Optional<WrappedDataKey> wrappedByOldClient(WrapAlgorithm legacy, byte[] dataKey) {
        Map<String, String> context = Map.of("kms_cmk_id", key);
        byte[] blob = client.encrypt(r ->
                        r.keyId(key).plaintext(SdkBytes.fromByteArray(dataKey)).encryptionContext(context))
                .ciphertextBlob()
                .asByteArray();
        return Optional.of(new WrappedDataKey(legacy, Bytes.copyOf(blob), context));
    }

    @Override
    protected Optional<BackEnd> backEnd() {
        return Optional.of(new BackEnd() {
            @Override
            public void breakDown() {
                kms.breakDown();
            }

            @Override
            public void mend() {
                kms.recover();
            }

            @Override
            public void deny() {
                kms.deny();
            }

            @Override
            public void allow() {
                kms.recover();
            }

            @Override
            public long calls() {
                return kms.calls().size();
            }
        });
    }

    @Override
    protected List<byte[]> secrets() {
        return List.of("a-grant-token-of-some-length".getBytes(StandardCharsets.US_ASCII));
    }

    /** Each round is two calls over HTTP. */
    @Override
    protected int roundsPerThread() {
        return 25;
    }
}
