/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static dev.keywright.pkcs11.CryptokiConstants.*;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.WrapAlgorithm;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.spec.MGF1ParameterSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * How an RSA key on a token opens legacy wraps. Which hashes a token takes for OAEP it tells nobody, and some take the
 * parameters and fail on the ciphertext: so a random key, wrapped under the public half, is opened by each variant once.
 */
final class RsaLegacyWraps {
    private static final System.Logger LOG = System.getLogger(RsaLegacyWraps.class.getName());
    private static final int DATA_KEY_BYTES = 32;
    private static final Set<Integer> DATA_KEY_LENGTHS = Set.of(16, 24, 32);

    /** A mask generation function, as an operator, a token and a provider know it. */
    private record Mgf(String title, long number, MGF1ParameterSpec spec) {
        String hash() {
            return spec.getDigestAlgorithm();
        }
    }

    /** The wrap's name means the first in the JDK's provider, and the second in BouncyCastle. */
    private static final List<Mgf> MGFS = List.of(
            new Mgf("MGF1-SHA1", CKG_MGF1_SHA1, MGF1ParameterSpec.SHA1),
            new Mgf("MGF1-SHA256", CKG_MGF1_SHA256, MGF1ParameterSpec.SHA256));

    private final Pkcs11Key key;
    private final RsaMasterKey rsa;
    private final SecureRandom random;
    private final Pkcs11Quirks quirks;
    private final long pkcs1;
    private final long raw;

    RsaLegacyWraps(Pkcs11Key key, RsaMasterKey rsa, SecureRandom random, Pkcs11Quirks quirks) {
        this.key = key;
        this.rsa = rsa;
        this.random = random;
        this.quirks = quirks;
        this.pkcs1 = quirks.number(Pkcs11Mechanism.RSA_PKCS);
        this.raw = quirks.number(Pkcs11Mechanism.RSA_X_509);
    }

    List<LegacyWrap> all() {
        return List.of(oaepSha256(), pkcs1());
    }

    private LegacyWrap pkcs1() {
        Optional<String> obstacle = KeyUse.DECRYPT.obstacle(key, pkcs1);
        if (obstacle.isPresent()) {
            return LegacyWrap.notOpened(WrapAlgorithm.RAW_RSA, obstacle.get());
        }
        return !rsa.encryptsByPkcs1() // then mechanism and attributes have the last word
                        || isOpened("PKCS #1 1.5", rsa::encryptedByPkcs1, this::openedByPkcs1)
                ? LegacyWrap.opened(WrapAlgorithm.RAW_RSA, "by CKM_RSA_PKCS", this::openedByPkcs1)
                : LegacyWrap.notOpened(
                        WrapAlgorithm.RAW_RSA, "the token's CKM_RSA_PKCS does not open what was wrapped");
    }

    /**
     * What comes out is a key only if it has a key's length: some tokens answer bad padding with random bytes. No length and
     * bad padding end alike, and take alike: RSAES-PKCS1-v1_5 gives its plaintexts away to whoever can tell them apart.
     */
    private byte[] openedByPkcs1(byte[] wrapped) throws GeneralSecurityException {
        return rsa.decrypted(wrapped, (cryptoki, session, handle) -> {
            byte[] opened = cryptoki.decrypt(session, handle, pkcs1, wrapped);
            if (!DATA_KEY_LENGTHS.contains(opened.length)) {
                Arrays.fill(opened, (byte) 0);
                throw new CryptokiException(CryptokiFunction.DECRYPT, ReturnValue.ENCRYPTED_DATA_INVALID.code);
            }
            return opened;
        });
    }

    private LegacyWrap oaepSha256() {
        List<Mgf> known = new ArrayList<>();
        List<String> refused = new ArrayList<>();
        for (Mgf mgf : MGFS) {
            if (isOpened(mgf, wrapped -> opened(wrapped, mgf))) {
                known.add(mgf);
            } else {
                refused.add(mgf.title);
            }
        }
        if (!refused.isEmpty() && quirks.decodesRawOaep()) {
            return rawOaep();
        }
        String refusal = "the token's CKM_RSA_PKCS_OAEP does not open SHA-256 with " + String.join(" or ", refused);
        if (known.isEmpty()) {
            return LegacyWrap.notOpened(WrapAlgorithm.RSA_OAEP_SHA256, refusal);
        }
        return LegacyWrap.opened(
                WrapAlgorithm.RSA_OAEP_SHA256,
                "by CKM_RSA_PKCS_OAEP" + (refused.isEmpty() ? "" : ", in part: " + refusal),
                wrapped -> opened(wrapped, known));
    }

    private byte[] opened(byte[] sealed, List<Mgf> known) throws GeneralSecurityException {
        for (Mgf mgf : known) {
            try {
                return opened(sealed, mgf);
            } catch (GeneralSecurityException e) {
                LOG.log(System.Logger.Level.DEBUG, () -> key.keyringName() + ": not " + mgf.title);
            }
        }
        throw new GeneralSecurityException("no variant of OAEP opens it");
    }

    private byte[] opened(byte[] sealed, Mgf mgf) throws GeneralSecurityException {
        return rsa.decryptedByOaep(sealed, CKM_SHA256, mgf.number);
    }

    /** One use of the key for both, each of which is tried whatever comes of the other. */
    private LegacyWrap rawOaep() {
        Optional<String> obstacle = KeyUse.DECRYPT.obstacle(key, raw);
        if (obstacle.isEmpty() && MGFS.stream().allMatch(mgf -> isOpened(mgf, this::decoded))) {
            return LegacyWrap.opened(
                    WrapAlgorithm.RSA_OAEP_SHA256, "by CKM_RSA_X_509, decoding OAEP in this process", this::decoded);
        }
        return LegacyWrap.notOpened(
                WrapAlgorithm.RSA_OAEP_SHA256,
                "the token's CKM_RSA_PKCS_OAEP does not open it all, and "
                        + obstacle.orElse("its CKM_RSA_X_509 does not open what was wrapped"));
    }

    private byte[] decoded(byte[] sealed) throws GeneralSecurityException {
        byte[] encoded = rsa.decryptedRaw(sealed, raw);
        try {
            Optional<byte[]> message = Optional.empty();
            for (Mgf mgf : MGFS) {
                try {
                    message = Optional.of(OaepDecoding.decoded(encoded, "SHA-256", mgf.hash()));
                } catch (GeneralSecurityException e) {
                    // and the other is decoded all the same
                }
            }
            return message.orElseThrow(() -> new GeneralSecurityException("no variant of OAEP opens it"));
        } finally {
            Arrays.fill(encoded, (byte) 0);
        }
    }

    private boolean isOpened(Mgf mgf, LegacyWrap.Opening opening) {
        return isOpened(
                "OAEP with SHA-256 and " + mgf.title, dataKey -> rsa.encrypted(dataKey, "SHA-256", mgf.spec), opening);
    }

    /** Wraps a data key under the public half. */
    @FunctionalInterface
    private interface Sealing {
        byte[] seal(byte[] dataKey) throws GeneralSecurityException;
    }

    /**
     * What the token refuses is no reason to refuse a keyring that may never meet such an object.
     *
     * @throws KeyringException if it could not be tried just now, from which nothing follows for later
     */
    private boolean isOpened(String what, Sealing sealing, LegacyWrap.Opening opening) {
        byte[] dataKey = new byte[DATA_KEY_BYTES];
        random.nextBytes(dataKey);
        byte[] opened = {};
        try {
            opened = opening.open(sealing.seal(dataKey));
            return MessageDigest.isEqual(opened, dataKey);
        } catch (GeneralSecurityException | KeyringException e) {
            if (e instanceof KeyringException trouble && !isRefusal(trouble)) {
                throw trouble;
            }
            LOG.log(System.Logger.Level.DEBUG, () -> key.keyringName() + ": " + what + ": " + e.getMessage());
            return false;
        } finally {
            Arrays.fill(dataKey, (byte) 0);
            Arrays.fill(opened, (byte) 0);
        }
    }

    /** Whether the token said no, and not that something is lost; what became of mending that is no token's answer. */
    private static boolean isRefusal(KeyringException e) {
        return e.getCause() instanceof CryptokiException answer
                && Loss.in(answer).isEmpty()
                && !answer.isTokenGone();
    }
}
