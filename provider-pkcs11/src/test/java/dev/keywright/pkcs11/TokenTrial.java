/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static dev.keywright.pkcs11.CryptokiConstants.*;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.interfaces.RSAPublicKey;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A token on which {@link TokenOperation}s are tried, each in a session of its own: a column of the table. It has an AES key
 * {@code aes} and an RSA key {@code rsa}, made by other means than ours.
 */
final class TokenTrial implements AutoCloseable {
    final RSAPublicKey rsaPublic;
    final RawCalls raw;
    final byte[] iv = new byte[12];
    final byte[] aad = "AES/GCM/NoPadding".getBytes(StandardCharsets.US_ASCII);
    final byte[] dataKey = new byte[32];

    private final Pkcs11Uri aes;
    private final Pkcs11Uri rsa;
    private final Login login;
    private final String packaged;
    private final Pkcs11Token token;
    private final byte[] twin = new byte[32];
    private final boolean takesTwin;

    // The session of the operation that is being tried.
    private long session;

    TokenTrial(String aesUri, String rsaUri, Supplier<char[]> pin, Pkcs11Quirks quirks, PublicKey rsaPublic) {
        this.aes = Pkcs11Uri.parse(aesUri);
        this.rsa = Pkcs11Uri.parse(rsaUri);
        this.rsaPublic = (RSAPublicKey) rsaPublic;
        Path module = ModuleName.of(aes);
        this.login = new Login(aesUri, pin, false);
        this.raw = new RawCalls(module);
        this.packaged = packaged(module);
        // Some tokens make not even an object of the session in one that is read-only.
        this.token = new Pkcs11Module(module, raw, System::nanoTime)
                .open(aes, login, TokenOptions.DEFAULT.withReadWrite(), quirks.initArgument());
        SecureRandom random = new SecureRandom();
        random.nextBytes(iv);
        random.nextBytes(dataKey);
        random.nextBytes(twin);
        this.takesTwin = cell(on -> {
                    importTwin();
                    return "yes";
                })
                .equals("yes");
    }

    /** What is tried: the cell's text is its result. */
    @FunctionalInterface
    interface Attempt {
        String run(TokenTrial on) throws CryptokiException, GeneralSecurityException;
    }

    /** The cell: what the attempt says, or which function refused, and how. */
    String cell(Attempt attempt) {
        try {
            return inSession(attempt);
        } catch (RawCalls.Refused e) {
            return cell(e.function, CkrNames.of(e.code));
        } catch (CryptokiException e) {
            String[] said = e.getMessage().split(":", 2)[0].split(" gave ", 2);
            return cell(said[0], CkrNames.orOther(said[1]));
        } catch (GeneralSecurityException e) {
            return "no: " + e.getMessage();
        }
    }

    private static String cell(String function, String code) {
        return "no: " + code + " by " + function;
    }

    private String inSession(Attempt attempt) throws CryptokiException, GeneralSecurityException {
        return token.<String, GeneralSecurityException>leaseNew(own -> {
            session = own;
            return attempt.run(this);
        });
    }

    Cryptoki cryptoki() {
        return token.cryptoki();
    }

    long slot() {
        return token.slot();
    }

    long session() {
        return session;
    }

    /** The maker's words on module and token. */
    String versions() {
        String[] said = new String[1];
        cell(on -> {
            LibraryInfo library = cryptoki().libraryInfo();
            Pkcs11TokenInfo info = token.info();
            said[0] = (packaged.isEmpty() ? "" : packaged + ": ") + library.description() + " " + library.version()
                    + ", Cryptoki " + library.cryptokiVersion() + "; token: " + info.manufacturer() + " " + info.model()
                    + ", firmware " + info.firmwareVersion();
            return "yes";
        });
        return said[0];
    }

    /** The package that the module is of, with its version, where there is a dpkg to tell. */
    private static String packaged(Path module) {
        String owner = said("dpkg-query", "--search", module.toString());
        String name = owner.contains(":") ? owner.substring(0, owner.indexOf(':')) : "";
        return name.isEmpty() ? "" : said("dpkg-query", "--show", "--showformat=${Package} ${Version}", name);
    }

    private static String said(String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            return ""; // there is no such program
        }
    }

    // ---- keys ------------------------------------------------------------------------------------------------------

    /** An AES key whose bytes are known, as an object of the session. */
    long importTwin() throws CryptokiException {
        return cryptoki()
                .createObject(
                        session,
                        Template.ofClass(CKO_SECRET_KEY)
                                .withKeyType(CKK_AES)
                                .with(CKA_TOKEN, false)
                                .with(CKA_PRIVATE, true)
                                .with(CKA_ENCRYPT, true)
                                .with(CKA_DECRYPT, true)
                                .with(CKA_WRAP, true)
                                .with(CKA_UNWRAP, true)
                                .with(CKA_VALUE, twin));
    }

    /** An AES key: one whose bytes are {@link #twin}, if the token takes such; else the token's own. */
    long aesKey() throws CryptokiException {
        return takesTwin
                ? importTwin()
                : new KeySearch(cryptoki(), session).find(aes, token).handle();
    }

    /** The bytes of {@link #aesKey}, for doing the same in software. */
    Optional<byte[]> twin() {
        return takesTwin ? Optional.of(twin) : Optional.empty();
    }

    long rsaKey() throws CryptokiException {
        return new KeySearch(cryptoki(), session).find(rsa, token).handle();
    }

    @Override
    public void close() {
        token.giveBack(login);
    }
}
