/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.WrapAlgorithm;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * One service that {@link KeywrightProvider} offers: registration, documentation and tests are made of this table.
 *
 * @param type the kind of engine class
 * @param name the algorithm's name
 * @param aliases other names of it
 * @param keys which keys it takes, in words
 * @param parameters its parameter specification, in words
 * @param purpose what it does, in words
 * @param accepts whether it takes this key
 * @param maker makes an instance
 */
record JcaService(
        String type,
        String name,
        List<String> aliases,
        String keys,
        String parameters,
        String purpose,
        Predicate<Object> accepts,
        Maker maker) {
    /** Makes an instance of a service. */
    @FunctionalInterface
    interface Maker {
        Object make(JcaService service, KeywrightProvider provider);
    }

    private static final String AES_WRAP = "S3DataKeyWrap-AES-GCM";
    private static final String RSA_WRAP = "S3DataKeyWrap-RSA-OAEP-SHA1";
    private static final String CONTENT = "S3Content-AES-GCM-HKDF-SHA512-COMMIT";
    private static final String WRAP_SPEC = "`DataKeyWrapParameterSpec`";
    private static final String CONTENT_SPEC = "`CommittingContentParameterSpec`";

    static final List<JcaService> ALL = List.of(
            new JcaService(
                    "Cipher",
                    AES_WRAP,
                    List.of(),
                    "`SecretKey` `AES`, 128, 192 or 256 bits; may be without encoded form",
                    WRAP_SPEC,
                    "wraps and unwraps a data key: nonce, ciphertext, tag; `AES/GCM` in format V2, `02` in V3",
                    DataKeyWrapCipher::acceptsAes,
                    (service, provider) -> new DataKeyWrapCipher(service, WrapAlgorithm.AES_GCM, provider)),
            new JcaService(
                    "Cipher",
                    RSA_WRAP,
                    List.of(),
                    "`PublicKey` `RSA` to wrap, `PrivateKey` `RSA` to unwrap, 2048 bits and more; may be without encoded form",
                    WRAP_SPEC,
                    "wraps and unwraps a data key: RSAES-OAEP (SHA-1, MGF1-SHA-1, no label); `RSA-OAEP-SHA1` in V2, `22` in V3",
                    DataKeyWrapCipher::acceptsRsa,
                    (service, provider) -> new DataKeyWrapCipher(service, WrapAlgorithm.RSA_OAEP_SHA1, provider)),
            new JcaService(
                    "Cipher",
                    CONTENT,
                    List.of(AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY.name()),
                    "`SecretKey` of 32 bytes: the object's data key",
                    CONTENT_SPEC + "; to encrypt, it may be left out: the message id is then random",
                    "encrypts and decrypts an object's body, ciphertext and tag, of suite 0x0073 (format V3)",
                    CommittingContentCipher::accepts,
                    CommittingContentCipher::new),
            parameters(AES_WRAP, WRAP_SPEC, (service, provider) -> wrapParameters()),
            parameters(RSA_WRAP, WRAP_SPEC, (service, provider) -> wrapParameters()),
            parameters(CONTENT, CONTENT_SPEC, (service, provider) -> contentParameters()));

    private static JcaService parameters(String name, String spec, Maker maker) {
        return new JcaService(
                "AlgorithmParameters",
                name,
                List.of(),
                "",
                spec,
                "what the cipher of this name takes",
                key -> false,
                maker);
    }

    /** Encoded as the content algorithm's name in US-ASCII. */
    static SpecParameters<DataKeyWrapParameterSpec> wrapParameters() {
        return new SpecParameters<>(
                DataKeyWrapParameterSpec.class, new SpecParameters.Encoding<DataKeyWrapParameterSpec>() {
                    @Override
                    public Bytes encode(DataKeyWrapParameterSpec spec) {
                        return Bytes.copyOf(spec.suite().wrapBinding().getBytes(StandardCharsets.US_ASCII));
                    }

                    @Override
                    public DataKeyWrapParameterSpec decode(Bytes encoded) {
                        String name = new String(encoded.toByteArray(), StandardCharsets.US_ASCII);
                        return new DataKeyWrapParameterSpec(AlgorithmSuite.storedAs(name)
                                .orElseThrow(() -> new IllegalArgumentException("no content algorithm")));
                    }
                });
    }

    /** Encoded as the message id, and the commitment if there is one. */
    static SpecParameters<CommittingContentParameterSpec> contentParameters() {
        int idBytes = CommittingContentParameterSpec.MESSAGE_ID_BYTES;
        return new SpecParameters<>(
                CommittingContentParameterSpec.class, new SpecParameters.Encoding<CommittingContentParameterSpec>() {
                    @Override
                    public Bytes encode(CommittingContentParameterSpec spec) {
                        byte[] id = spec.messageId().toByteArray();
                        byte[] commitment = spec.commitment().toByteArray();
                        byte[] both = Arrays.copyOf(id, id.length + commitment.length);
                        System.arraycopy(commitment, 0, both, id.length, commitment.length);
                        return Bytes.copyOf(both);
                    }

                    @Override
                    public CommittingContentParameterSpec decode(Bytes encoded) {
                        if (encoded.size() < idBytes) {
                            throw new IllegalArgumentException("no message id");
                        }
                        byte[] both = encoded.toByteArray();
                        return new CommittingContentParameterSpec(
                                Bytes.copyOf(both, 0, idBytes), Bytes.copyOf(both, idBytes, both.length - idBytes));
                    }
                });
    }
}
