/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static dev.keywright.pkcs11.CryptokiConstants.*;

import dev.keywright.pkcs11.Pkcs11Uri.KeyType;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds keys in one session: exactly the one that is meant, or an error that says what is there. */
final class KeySearch {
    private static final int NAMED_IN_ERRORS = 8;

    private final Cryptoki cryptoki;
    private final long session;

    KeySearch(Cryptoki cryptoki, long session) {
        this.cryptoki = cryptoki;
        this.session = session;
    }

    /**
     * The one key that is meant. A label that stands on no private key, but on a public key or certificate, means the
     * private key of the same CKA_ID, as if it stood there.
     *
     * @throws KeyringException with reason MISCONFIGURED if there is none, or more than one
     * @throws CryptokiException also if there is none to be seen because other code has logged the process out
     */
    FoundKey find(Pkcs11Uri uri, Pkcs11Token token) throws CryptokiException {
        List<Long> handles = new ArrayList<>();
        for (KeyType type : uri.type().map(List::of).orElse(List.of(KeyType.values()))) {
            handles.addAll(keys(type, uri));
        }
        if (handles.size() == 1) {
            long handle = handles.get(0);
            return new FoundKey(
                    handle,
                    info(handle),
                    integer(handle, CKA_MODULUS),
                    Bytes.copyOf(bytesIfKnown(handle, CKA_CHECK_VALUE, token)),
                    numbers(bytesIfKnown(handle, CKA_ALLOWED_MECHANISMS, token)));
        }
        if (handles.isEmpty()) {
            requireLoggedIn(token);
        }
        throw new KeyringException(
                Reason.MISCONFIGURED,
                uri + ": wanted one key " + uri.keyWanted() + " on " + token + ", and "
                        + (handles.isEmpty()
                                ? "there is none; " + present(token)
                                : "there are " + handles.size() + ": " + named(handles) + "; " + remedy(handles)));
    }

    /** What would tell them apart. */
    private String remedy(List<Long> handles) throws CryptokiException {
        Set<Bytes> ids = new LinkedHashSet<>();
        Set<Long> classes = new LinkedHashSet<>();
        for (long handle : handles) {
            ids.add(Bytes.copyOf(bytes(handle, CKA_ID)));
            classes.add(number(handle, CKA_CLASS));
        }
        if (ids.size() == handles.size()) {
            return "name one by id";
        }
        return classes.size() == handles.size()
                ? "name one by type"
                : "they share a CKA_ID: give each one of its own, and name one by id";
    }

    private List<Long> keys(KeyType type, Pkcs11Uri uri) throws CryptokiException {
        List<Long> handles =
                keys(Optional.of(type), uri.object().orElse(null), uri.id().orElse(null));
        return handles.isEmpty() && type == KeyType.PRIVATE && uri.object().isPresent()
                ? privateKeysOfLabelled(uri.object().get(), uri.id().orElse(null))
                : handles;
    }

    private List<Long> keys(Optional<KeyType> type, @Nullable String label, @Nullable Bytes id)
            throws CryptokiException {
        List<Long> handles = new ArrayList<>();
        if (type.orElse(KeyType.SECRET_KEY) == KeyType.SECRET_KEY) {
            handles.addAll(objects(Template.ofClass(CKO_SECRET_KEY).withKeyType(CKK_AES), label, id));
        }
        if (type.orElse(KeyType.PRIVATE) == KeyType.PRIVATE) {
            handles.addAll(objects(Template.ofClass(CKO_PRIVATE_KEY).withKeyType(CKK_RSA), label, id));
        }
        return handles;
    }

    private List<Long> privateKeysOfLabelled(String label, @Nullable Bytes id) throws CryptokiException {
        Set<Bytes> ids = new LinkedHashSet<>();
        for (long objectClass : new long[] {CKO_PUBLIC_KEY, CKO_CERTIFICATE}) {
            for (long object : objects(Template.ofClass(objectClass), label, id)) {
                ids.add(Bytes.copyOf(bytes(object, CKA_ID)));
            }
        }
        ids.remove(Bytes.empty());
        List<Long> handles = new ArrayList<>();
        for (Bytes found : ids) {
            handles.addAll(keys(Optional.of(KeyType.PRIVATE), null, found));
        }
        return handles;
    }

    /** All objects of a class that bear this CKA_ID. */
    List<Long> objects(long objectClass, Bytes id) throws CryptokiException {
        return objects(Template.ofClass(objectClass), null, id);
    }

    private List<Long> objects(Template template, @Nullable String label, @Nullable Bytes id) throws CryptokiException {
        if (label != null) {
            template.withLabel(label);
        }
        if (id != null) {
            template.withId(id.toByteArray());
        }
        return cryptoki.find(session, template);
    }

    private String present(Pkcs11Token token) throws CryptokiException {
        List<Long> there = keys(Optional.empty(), null, null);
        return (there.isEmpty() ? "it shows no AES or RSA key at all" : "it has " + named(there))
                + (token.needsLogin(session)
                        ? "; nobody is logged in, so private keys can't be seen: give the PIN"
                        : "");
    }

    private String named(List<Long> handles) throws CryptokiException {
        List<String> names = new ArrayList<>();
        for (long handle : handles.subList(0, Math.min(handles.size(), NAMED_IN_ERRORS))) {
            names.add(info(handle).toString());
        }
        int more = handles.size() - names.size();
        return String.join(", ", names) + (more > 0 ? " and " + more + " more" : "");
    }

    private Pkcs11KeyInfo info(long key) throws CryptokiException {
        boolean rsa = number(key, CKA_CLASS) == CKO_PRIVATE_KEY;
        return new Pkcs11KeyInfo(
                rsa ? Pkcs11KeyInfo.Type.RSA : Pkcs11KeyInfo.Type.AES,
                Printable.text(bytes(key, CKA_LABEL)),
                Bytes.copyOf(bytes(key, CKA_ID)),
                rsa
                        ? integer(key, CKA_MODULUS).map(BigInteger::bitLength).orElse(0)
                        : (int) number(key, CKA_VALUE_LEN) * Byte.SIZE,
                isTrue(key, CKA_SENSITIVE),
                isTrue(key, CKA_EXTRACTABLE),
                isTrue(key, CKA_PRIVATE),
                isTrue(key, CKA_ENCRYPT),
                isTrue(key, CKA_DECRYPT),
                isTrue(key, CKA_WRAP),
                isTrue(key, CKA_UNWRAP));
    }

    /** An attribute that some tokens do not know, and fail on; none if the token does not give it out. */
    private byte[] bytesIfKnown(long key, long type, Pkcs11Token token) throws CryptokiException {
        try {
            return bytes(key, type);
        } catch (CryptokiException e) {
            if (Loss.in(e).isPresent()) {
                throw e;
            }
            requireLoggedIn(token); // else it may have one that could not be read just now
            bytes(key, CKA_CLASS);
            return new byte[0];
        }
    }

    private static List<Long> numbers(byte[] value) {
        List<Long> numbers = new ArrayList<>();
        ByteBuffer rest = ByteBuffer.wrap(value).order(ByteOrder.nativeOrder());
        while (rest.remaining() >= CryptokiBackend.ULONG_BYTES) {
            numbers.add(rest.getLong());
        }
        return numbers;
    }

    private void requireLoggedIn(Pkcs11Token token) throws CryptokiException {
        if (token.isLoggedOut(session)) {
            throw new CryptokiException(CryptokiFunction.FIND_OBJECTS, ReturnValue.USER_NOT_LOGGED_IN.code);
        }
    }

    private boolean isTrue(long object, long type) throws CryptokiException {
        byte[] value = bytes(object, type);
        return value.length == 1 && value[0] != 0;
    }

    /** A big-endian attribute; empty if the token does not give it out. */
    Optional<BigInteger> integer(long object, long type) throws CryptokiException {
        return Optional.of(bytes(object, type))
                .filter(value -> value.length > 0)
                .map(value -> new BigInteger(1, value));
    }

    /** An attribute's bytes; none if the token does not give it out. */
    byte[] bytes(long object, long type) throws CryptokiException {
        return cryptoki.attribute(session, object, type).orElseGet(() -> new byte[0]);
    }

    private long number(long object, long type) throws CryptokiException {
        byte[] value = bytes(object, type);
        return value.length == CryptokiBackend.ULONG_BYTES
                ? ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getLong()
                : 0;
    }
}
