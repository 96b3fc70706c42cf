/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import dev.keywright.testing.Nss;
import dev.keywright.testing.OpenCryptoki;
import dev.keywright.testing.SoftHsm;
import dev.keywright.testing.Tpm2;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/** A token of {@link HsmSoak} with an AES and an RSA key on it, and what else in this process uses its module. */
final class HsmSoakToken implements AutoCloseable {
    private static final int SESSIONS = 8;
    private static final long FIRST_BACK_OFF_MILLIS = 1;
    private static final long LARGEST_BACK_OFF_MILLIS = 20;

    /** A key on it, and what was wrapped under it. */
    record Subject(HsmSoakToken token, String label, List<Stored> stored) {
        Pkcs11Keyring.Builder builder() {
            return token.builder(label);
        }

        @Override
        public String toString() {
            return token + " " + label;
        }
    }

    /**
     * A data key, wrapped.
     *
     * @param refusedIfAltered whether what was altered is told from what was not: padded ECB has nothing to tell it by, and NSS
     *     opens a bad RSAES-PKCS1-v1_5 to random bytes
     */
    record Stored(WrappedDataKey wrapped, Bytes dataKey, boolean refusedIfAltered) {}

    private final HsmSoakKind kind;
    private final AutoCloseable token;
    private final Function<String, String> uris;
    private final Supplier<char[]> pin;
    private final Pkcs11Quirks quirks;
    private final CountingBackend backend;
    private final Pkcs11Module module;
    private final Cryptoki other;
    private final List<Subject> subjects = new ArrayList<>();

    private HsmSoakToken(
            HsmSoakKind kind,
            AutoCloseable token,
            Path path,
            Function<String, String> uris,
            Supplier<char[]> pin,
            Pkcs11Quirks quirks) {
        this.kind = kind;
        this.token = token;
        this.uris = uris;
        this.pin = pin;
        this.quirks = quirks;
        this.backend = new CountingBackend(path);
        this.module = new Pkcs11Module(path, backend, System::nanoTime);
        this.other = new Cryptoki(JnaBackend.load(path));
    }

    static HsmSoakToken softHsm(SecureRandom random) {
        SoftHsm soft = SoftHsm.newToken();
        soft.generateAes("aes", "01", 32);
        soft.generateRsa("rsa", "02", 2048);
        HsmSoakToken token =
                new HsmSoakToken(HsmSoakKind.SOFTHSM, soft, soft.module(), soft::uri, soft::pin, Pkcs11Quirks.none());
        token.addAes(random, token.rawAes(newDataKey(random)), token.aesWrap(newDataKey(random)));
        token.addRsa(random, soft.rsaPublicKey("02"), List.of(WrapAlgorithm.RAW_RSA), true);
        return token;
    }

    static HsmSoakToken nss(SecureRandom random) {
        Nss nss = Nss.newToken();
        nss.generateAes("aes", 32);
        nss.generateRsa("rsa", 2048);
        HsmSoakToken token = new HsmSoakToken(
                HsmSoakKind.NSS,
                nss,
                nss.module(),
                nss::uri,
                nss::pin,
                NssToken.quirks(nss).build());
        token.addAes(random, token.rawAes(newDataKey(random)), token.aesWrap(newDataKey(random)));
        token.addRsa(
                random, nss.rsaPublicKey("rsa"), List.of(WrapAlgorithm.RAW_RSA, WrapAlgorithm.RSA_OAEP_SHA256), false);
        return token;
    }

    static HsmSoakToken openCryptoki(SecureRandom random) {
        OpenCryptoki soft = OpenCryptoki.newToken();
        soft.importAes("aes", "01", newDataKey(random));
        soft.generateRsa("rsa", "02", 2048);
        HsmSoakToken token = new HsmSoakToken(
                HsmSoakKind.OPENCRYPTOKI,
                soft,
                soft.module(),
                soft::uri,
                soft::pin,
                OpenCryptokiToken.quirks().emulateGcm(true).build());
        token.addAes(random, token.rawAes(newDataKey(random)));
        token.addRsa(
                random, soft.rsaPublicKey("02"), List.of(WrapAlgorithm.RAW_RSA, WrapAlgorithm.RSA_OAEP_SHA256), true);
        return token;
    }

    static HsmSoakToken tpm(SecureRandom random) {
        Tpm2 tpm = Tpm2.newToken();
        tpm.generateAes("aes");
        tpm.generateRsa("rsa", 2048);
        HsmSoakToken token = new HsmSoakToken(
                HsmSoakKind.TPM,
                tpm,
                tpm.module(),
                tpm::uri,
                tpm::pin,
                TpmToken.quirks().emulateGcm(true).build());
        token.addAes(random, token.rawAes(newDataKey(random)));
        token.addRsa(random, tpm.rsaPublicKey("rsa"), List.of(WrapAlgorithm.RAW_RSA), true);
        return token;
    }

    private void addAes(SecureRandom random, Stored... byOldClients) {
        List<Stored> stored = new ArrayList<>(List.of(current("aes", newDataKey(random))));
        stored.addAll(List.of(byOldClients));
        subjects.add(new Subject(this, "aes", stored));
    }

    /** What old clients wrapped is made by the token, as nobody has the master key's bytes. */
    private Stored rawAes(byte[] dataKey) {
        return byToken(
                WrapAlgorithm.RAW_AES,
                dataKey,
                (cryptoki, session, key) ->
                        cryptoki.encrypt(session, key, CryptokiConstants.CKM_AES_ECB, Wraps.padded(dataKey)));
    }

    private Stored aesWrap(byte[] dataKey) {
        return byToken(WrapAlgorithm.AES_WRAP, dataKey, (cryptoki, session, key) -> {
            Template template = Template.ofReadableSessionKey(false).with(CryptokiConstants.CKA_VALUE, dataKey);
            return cryptoki.wrapKey(
                    session, key, cryptoki.createObject(session, template), dataKey.length + Long.BYTES);
        });
    }

    private Stored byToken(WrapAlgorithm legacy, byte[] dataKey, Pkcs11Key.Work<byte[]> work) {
        try (Pkcs11Key key = Pkcs11Key.open(
                Pkcs11Uri.parse(uris.apply("aes")),
                module,
                new Login("the soak", pin, false),
                TokenOptions.DEFAULT,
                quirks.initArgument())) {
            return new Stored(
                    new WrappedDataKey(legacy, Bytes.copyOf(key.use(work)), Map.of()),
                    Bytes.copyOf(dataKey),
                    legacy != WrapAlgorithm.RAW_AES);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private void addRsa(
            SecureRandom random, PublicKey publicKey, List<WrapAlgorithm> legacies, boolean tellsBadPadding) {
        List<Stored> stored = new ArrayList<>(List.of(current("rsa", newDataKey(random))));
        for (WrapAlgorithm legacy : legacies) {
            byte[] dataKey = newDataKey(random);
            stored.add(new Stored(
                    Wraps.byOldClient(legacy, publicKey, dataKey),
                    Bytes.copyOf(dataKey),
                    tellsBadPadding || legacy != WrapAlgorithm.RAW_RSA));
        }
        subjects.add(new Subject(this, "rsa", stored));
    }

    private Stored current(String label, byte[] dataKey) {
        try (Pkcs11Keyring keyring = builder(label).build()) {
            return new Stored(Wraps.wrap(keyring, dataKey), Bytes.copyOf(dataKey), true);
        }
    }

    private static byte[] newDataKey(SecureRandom random) {
        byte[] dataKey = new byte[32];
        random.nextBytes(dataKey);
        return dataKey;
    }

    private Pkcs11Keyring.Builder builder(String label) {
        return Pkcs11Keyring.builder(Pkcs11Uri.parse(uris.apply(label)))
                .pin(pin)
                .quirks(quirks)
                .maxSessions(SESSIONS)
                .recoveryBackOff(FIRST_BACK_OFF_MILLIS, LARGEST_BACK_OFF_MILLIS)
                .modules(path -> module);
    }

    HsmSoakKind kind() {
        return kind;
    }

    List<Subject> subjects() {
        return subjects;
    }

    CountingBackend backend() {
        return backend;
    }

    // ---- other code of this process --------------------------------------------------------------------------------

    /** Initialises the module before a keyring does: then it is not the keyrings' to finalise. */
    void initializeAsOther() throws CryptokiException {
        other.initialize(quirks.initArgument());
    }

    /** Finds that the keyrings left the module to whom it belongs, and finalises it. */
    void finalizeAsOther() throws CryptokiException {
        other.libraryInfo();
        other.finish();
    }

    /** Uses the module, which others initialised, in a session of its own. */
    void useAsOther() throws CryptokiException {
        try {
            other.initialize(quirks.initArgument());
            throw new AssertionError(this + " was initialised twice");
        } catch (CryptokiException e) {
            if (!e.is(ReturnValue.CRYPTOKI_ALREADY_INITIALIZED)) {
                throw e;
            }
        }
        long session = other.openSession(slot(), false);
        try {
            other.isUserLoggedIn(session);
            other.mechanisms(slot());
        } finally {
            other.closeSession(session);
        }
    }

    /** Logs the process out under the keyrings. */
    void logOutAsOther() throws CryptokiException {
        long session = other.openSession(slot(), false);
        try {
            other.logout(session);
        } catch (CryptokiException e) {
            if (!e.is(ReturnValue.USER_NOT_LOGGED_IN)) {
                throw e;
            }
        } finally {
            other.closeSession(session);
        }
    }

    private long slot() throws CryptokiException {
        for (long slot : other.slotsWithToken()) {
            Pkcs11TokenInfo info = other.tokenInfo(slot);
            if (info.loginRequired() && info.initialized()) {
                return slot;
            }
        }
        throw new AssertionError("no token of " + this);
    }

    @Override
    public void close() throws Exception {
        token.close();
    }

    @Override
    public String toString() {
        return kind.title;
    }
}
