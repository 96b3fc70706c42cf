/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One master key on a token: found once by label and id, its handle cached, and found again when the handle is no longer
 * good. Thread-safe.
 */
final class Pkcs11Key {
    /** Work with the key on a leased session. */
    @FunctionalInterface
    interface KeyCall<R extends @Nullable Object> {
        R on(long session, long key) throws CryptokiException;
    }

    private final Pkcs11Token token;
    private final Pkcs11Uri uri;
    private volatile long handle;

    private Pkcs11Key(Pkcs11Token token, Pkcs11Uri uri, long handle) {
        this.token = token;
        this.uri = uri;
        this.handle = handle;
    }

    /**
     * The one key that the URI names.
     *
     * @throws KeyringException if there is none, or more than one, saying which keys there are
     */
    static Pkcs11Key find(Pkcs11Token token, Pkcs11Uri uri) throws CryptokiException {
        return new Pkcs11Key(token, uri, token.withSession(session -> locate(token, uri, session)));
    }

    Pkcs11Token token() {
        return token;
    }

    /** Runs {@code call} with the key; if its handle has become invalid, finds the key again and calls once more. */
    <R extends @Nullable Object> R with(KeyCall<R> call) throws CryptokiException {
        try {
            return token.withSession(session -> call.on(session, handle));
        } catch (CryptokiException e) {
            if (e.rv() != Ck.CKR_OBJECT_HANDLE_INVALID && e.rv() != Ck.CKR_KEY_HANDLE_INVALID) {
                throw e;
            }
            handle = token.withSession(session -> locate(token, uri, session));
            return token.withSession(session -> call.on(session, handle));
        }
    }

    private static long locate(Pkcs11Token token, Pkcs11Uri uri, long session) throws CryptokiException {
        List<Long> found = new ArrayList<>();
        if (uri.type().orElse(Pkcs11Uri.KeyType.SECRET_KEY) == Pkcs11Uri.KeyType.SECRET_KEY) {
            found.addAll(matching(token, uri, session, Ck.CKO_SECRET_KEY, Ck.CKK_AES));
        }
        if (uri.type().orElse(Pkcs11Uri.KeyType.PRIVATE) == Pkcs11Uri.KeyType.PRIVATE) {
            found.addAll(matching(token, uri, session, Ck.CKO_PRIVATE_KEY, Ck.CKK_RSA));
        }
        if (found.size() == 1) {
            return found.get(0);
        }
        throw new KeyringException(
                Reason.MISCONFIGURED,
                token.info() + ": wanted a key " + wanted(uri) + ", and "
                        + (found.isEmpty()
                                ? "there is none; " + present(token, session)
                                : "there are " + found.size() + ": " + describeAll(token, session, found)
                                        + "; name one by id, or by type"));
    }

    private static String wanted(Pkcs11Uri uri) {
        List<String> wanted = new ArrayList<>();
        uri.object().ifPresent(label -> wanted.add("labelled '" + label + "'"));
        uri.id().ifPresent(id -> wanted.add("of CKA_ID " + HexFormat.of().formatHex(id.toByteArray())));
        uri.type().ifPresent(type -> wanted.add("of type " + type));
        return wanted.isEmpty() ? "of any name" : String.join(", ", wanted);
    }

    private static String present(Pkcs11Token token, long session) throws CryptokiException {
        List<Long> keys = new ArrayList<>();
        for (long key : token.cryptoki().find(session, template(Ck.CKO_SECRET_KEY, Ck.CKK_AES))) {
            keys.add(key);
        }
        for (long key : token.cryptoki().find(session, template(Ck.CKO_PRIVATE_KEY, Ck.CKK_RSA))) {
            keys.add(key);
        }
        return keys.isEmpty() ? "it shows no AES or RSA key at all" : "it has " + describeAll(token, session, keys);
    }

    private static String describeAll(Pkcs11Token token, long session, List<Long> keys) throws CryptokiException {
        TreeSet<String> names = new TreeSet<>();
        for (long key : keys) {
            names.add(info(token.cryptoki(), session, key).toString());
        }
        return names.toString();
    }

    private static List<Long> matching(Pkcs11Token token, Pkcs11Uri uri, long session, long keyClass, long keyType)
            throws CryptokiException {
        Cryptoki cryptoki = token.cryptoki();
        Map<Long, byte[]> template = template(keyClass, keyType);
        uri.id().ifPresent(id -> template.put(Ck.CKA_ID, id.toByteArray()));
        uri.object().ifPresent(label -> template.put(Ck.CKA_LABEL, label.getBytes(StandardCharsets.UTF_8)));
        List<Long> found = new ArrayList<>();
        for (long key : cryptoki.find(session, template)) {
            found.add(key);
        }
        if (found.isEmpty()
                && keyClass == Ck.CKO_PRIVATE_KEY
                && uri.object().isPresent()
                && uri.id().isEmpty()) {
            for (Bytes id :
                    idsOfLabelledCompanions(cryptoki, session, uri.object().get())) {
                Map<Long, byte[]> byId = template(keyClass, keyType);
                byId.put(Ck.CKA_ID, id.toByteArray());
                for (long key : cryptoki.find(session, byId)) {
                    found.add(key);
                }
            }
        }
        return found;
    }

    /** The label may sit only on the certificate or the public key; CKA_ID leads from there to the private key. */
    private static Set<Bytes> idsOfLabelledCompanions(Cryptoki cryptoki, long session, String label)
            throws CryptokiException {
        TreeSet<Bytes> ids = new TreeSet<>(java.util.Comparator.comparing(Bytes::toBase64));
        for (long companionClass : new long[] {Ck.CKO_CERTIFICATE, Ck.CKO_PUBLIC_KEY}) {
            Map<Long, byte[]> template = new LinkedHashMap<>();
            template.put(Ck.CKA_CLASS, NativeMemory.ulong(companionClass));
            template.put(Ck.CKA_LABEL, label.getBytes(StandardCharsets.UTF_8));
            for (long companion : cryptoki.find(session, template)) {
                cryptoki.attribute(session, companion, Ck.CKA_ID)
                        .filter(id -> id.length > 0)
                        .ifPresent(id -> ids.add(Bytes.copyOf(id)));
            }
        }
        return ids;
    }

    private static Map<Long, byte[]> template(long keyClass, long keyType) {
        Map<Long, byte[]> template = new LinkedHashMap<>();
        template.put(Ck.CKA_CLASS, NativeMemory.ulong(keyClass));
        template.put(Ck.CKA_KEY_TYPE, NativeMemory.ulong(keyType));
        return template;
    }

    /** What the token says of the key. */
    Pkcs11KeyInfo info() throws CryptokiException {
        return with((session, key) -> info(token.cryptoki(), session, key));
    }

    private static Pkcs11KeyInfo info(Cryptoki cryptoki, long session, long key) throws CryptokiException {
        boolean rsa = ulong(cryptoki, session, key, Ck.CKA_CLASS) == Ck.CKO_PRIVATE_KEY;
        long bits = rsa
                ? 8L * cryptoki.attribute(session, key, Ck.CKA_MODULUS).orElse(new byte[0]).length
                : 8 * ulong(cryptoki, session, key, Ck.CKA_VALUE_LEN);
        return new Pkcs11KeyInfo(
                rsa ? Pkcs11KeyInfo.Type.RSA : Pkcs11KeyInfo.Type.AES,
                new String(cryptoki.attribute(session, key, Ck.CKA_LABEL).orElse(new byte[0]), StandardCharsets.UTF_8),
                Bytes.copyOf(cryptoki.attribute(session, key, Ck.CKA_ID).orElse(new byte[0])),
                (int) bits,
                flag(cryptoki, session, key, Ck.CKA_SENSITIVE),
                flag(cryptoki, session, key, Ck.CKA_EXTRACTABLE),
                flag(cryptoki, session, key, Ck.CKA_PRIVATE),
                flag(cryptoki, session, key, Ck.CKA_ENCRYPT),
                flag(cryptoki, session, key, Ck.CKA_DECRYPT));
    }

    private static boolean flag(Cryptoki cryptoki, long session, long key, long type) throws CryptokiException {
        Optional<byte[]> value = cryptoki.attribute(session, key, type);
        return value.isPresent() && value.get().length == 1 && value.get()[0] != 0;
    }

    private static long ulong(Cryptoki cryptoki, long session, long key, long type) throws CryptokiException {
        Optional<byte[]> value = cryptoki.attribute(session, key, type);
        return value.isPresent() && value.get().length == NativeMemory.ULONG_BYTES
                ? NativeMemory.ulongAt(value.get(), 0)
                : 0;
    }
}
