/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.Bytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A PKCS#11 module in Java with one token and one AES key, for what no software token does on command: single return values,
 * lock flags, an IV of the token's own. Its memory is checked: blocks must be wiped and given back.
 */
final class ScriptedModule implements CryptokiBackend {
    static final byte[] MASTER_KEY = new byte[32];
    private static final long SLOT = 5;

    /** What was begun on a session. */
    private record Operation(long ivAddress, Bytes iv, Bytes aad) {}

    /** What is answered instead of the truth, in turn, by function. */
    private final Map<CryptokiFunction, Deque<Long>> answers = new EnumMap<>(CryptokiFunction.class);
    /** How often each function was called. */
    private final Map<CryptokiFunction, Integer> calls = new EnumMap<>(CryptokiFunction.class);

    private final TreeMap<Long, byte[]> memory = new TreeMap<>();
    private long nextAddress = 0x1000;
    private long nextSession = 100;
    private final Set<Long> sessions = new HashSet<>();
    private final Map<Long, long[]> found = new LinkedHashMap<>();
    private final Map<Long, Operation> operations = new LinkedHashMap<>();
    private boolean loggedIn;

    /** What every use of the key answers, unless it is CKR_OK. */
    long fail = Ck.CKR_OK;

    long keyHandle = 7;
    long flags = Ck.CKF_LOGIN_REQUIRED | Ck.CKF_TOKEN_INITIALIZED;
    boolean keyIsRsa;
    int rsaBits = 2048;
    boolean keyMayEncrypt = true;
    boolean keyMayDecrypt = true;
    Optional<byte[]> ownIv = Optional.empty();
    final Map<Long, Long> mechanisms = new LinkedHashMap<>(Map.of(Ck.CKM_AES_GCM, Ck.CKF_ENCRYPT | Ck.CKF_DECRYPT));

    synchronized void answer(CryptokiFunction function, long... rvs) {
        Deque<Long> script = answers.computeIfAbsent(function, f -> new ArrayDeque<>());
        Arrays.stream(rvs).forEach(script::add);
    }

    synchronized int calls(CryptokiFunction function) {
        return calls.getOrDefault(function, 0);
    }

    synchronized int openSessions() {
        return sessions.size();
    }

    synchronized int liveBlocks() {
        return memory.size();
    }

    @Override
    public synchronized long allocate(long bytes) {
        long address = nextAddress;
        nextAddress += bytes + 64;
        memory.put(address, new byte[(int) bytes]);
        return address;
    }

    @Override
    public synchronized void free(long address, long bytes) {
        byte[] block = memory.remove(address);
        if (block == null || block.length != bytes) {
            throw new AssertionError("freed what was not allocated");
        }
    }

    @Override
    public synchronized void write(long address, byte[] bytes) {
        Map.Entry<Long, byte[]> block = memory.floorEntry(address);
        System.arraycopy(bytes, 0, block.getValue(), (int) (address - block.getKey()), bytes.length);
    }

    @Override
    public synchronized byte[] read(long address, int length) {
        Map.Entry<Long, byte[]> block = memory.floorEntry(address);
        int from = (int) (address - block.getKey());
        if (from + length > block.getValue().length) {
            throw new AssertionError("read beyond a block");
        }
        return Arrays.copyOfRange(block.getValue(), from, from + length);
    }

    private long ulong(long address) {
        return NativeMemory.ulongAt(read(address, 8), 0);
    }

    private void ulong(long address, long value) {
        write(address, NativeMemory.ulong(value));
    }

    @Override
    public synchronized long call(CryptokiFunction function, long... a) {
        calls.merge(function, 1, Integer::sum);
        Deque<Long> script = answers.get(function);
        if (script != null && !script.isEmpty()) {
            long rv = script.remove();
            if (rv != Ck.CKR_OK) {
                return rv;
            }
        }
        return switch (function) {
            case C_INITIALIZE, C_FINALIZE, C_FIND_OBJECTS_FINAL -> Ck.CKR_OK;
            case C_GET_INFO -> {
                write(a[0], info());
                yield Ck.CKR_OK;
            }
            case C_GET_SLOT_LIST -> list(a[1], a[2], SLOT);
            case C_GET_TOKEN_INFO -> {
                write(a[1], tokenInfo());
                yield Ck.CKR_OK;
            }
            case C_GET_MECHANISM_LIST ->
                list(
                        a[1],
                        a[2],
                        mechanisms.keySet().stream().mapToLong(Long::longValue).toArray());
            case C_GET_MECHANISM_INFO -> {
                ulong(a[2] + 16, mechanisms.get(a[1]));
                yield Ck.CKR_OK;
            }
            case C_OPEN_SESSION -> {
                sessions.add(nextSession);
                ulong(a[4], nextSession++);
                yield Ck.CKR_OK;
            }
            case C_CLOSE_SESSION -> !sessions.remove(a[0]) ? Ck.CKR_SESSION_HANDLE_INVALID : Ck.CKR_OK;
            case C_GET_SESSION_INFO -> alive(a[0]);
            case C_LOGIN -> login(a);
            case C_LOGOUT -> {
                loggedIn = false;
                yield Ck.CKR_OK;
            }
            case C_FIND_OBJECTS_INIT -> find(a);
            case C_FIND_OBJECTS -> findNext(a);
            case C_GET_ATTRIBUTE_VALUE -> attribute(a);
            case C_ENCRYPT_INIT, C_DECRYPT_INIT -> begin(a);
            case C_ENCRYPT -> crypt(Cipher.ENCRYPT_MODE, a);
            case C_DECRYPT -> crypt(Cipher.DECRYPT_MODE, a);
        };
    }

    private long alive(long session) {
        return sessions.contains(session) ? Ck.CKR_OK : Ck.CKR_SESSION_HANDLE_INVALID;
    }

    private long list(long address, long count, long... values) {
        if (address != 0) {
            for (int i = 0; i < values.length; i++) {
                ulong(address + 8L * i, values[i]);
            }
        }
        ulong(count, values.length);
        return Ck.CKR_OK;
    }

    private static byte[] info() {
        ByteBuffer info = ByteBuffer.allocate(88).order(ByteOrder.nativeOrder());
        info.put((byte) 2).put((byte) 40).put(padded("Nobody", 32));
        info.position(48);
        info.put(padded("Scripted", 32)).put((byte) 1).put((byte) 2);
        return info.array();
    }

    private byte[] tokenInfo() {
        ByteBuffer info = ByteBuffer.allocate(208).order(ByteOrder.nativeOrder());
        info.put(padded("fake", 32))
                .put(padded("Nobody", 32))
                .put(padded("None", 16))
                .put(padded("1", 16))
                .putLong(flags);
        return info.array();
    }

    private static byte[] padded(String text, int length) {
        byte[] field = new byte[length];
        Arrays.fill(field, (byte) ' ');
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(bytes, 0, field, 0, bytes.length);
        return field;
    }

    private long login(long... a) {
        if (loggedIn) {
            return Ck.CKR_USER_ALREADY_LOGGED_IN;
        }
        if (!Arrays.equals(read(a[2], (int) a[3]), "1234".getBytes(StandardCharsets.UTF_8))) {
            return Ck.CKR_PIN_INCORRECT;
        }
        loggedIn = true;
        return Ck.CKR_OK;
    }

    private Map<Long, byte[]> key() {
        if (keyIsRsa) {
            byte[] modulus = new byte[rsaBits / 8];
            Arrays.fill(modulus, (byte) 0xff);
            return Map.of(
                    Ck.CKA_CLASS, NativeMemory.ulong(Ck.CKO_PRIVATE_KEY),
                    Ck.CKA_KEY_TYPE, NativeMemory.ulong(Ck.CKK_RSA),
                    Ck.CKA_LABEL, "master".getBytes(StandardCharsets.UTF_8),
                    Ck.CKA_MODULUS, modulus,
                    Ck.CKA_DECRYPT, new byte[] {(byte) (keyMayDecrypt ? 1 : 0)});
        }
        return Map.of(
                Ck.CKA_CLASS,
                NativeMemory.ulong(Ck.CKO_SECRET_KEY),
                Ck.CKA_KEY_TYPE,
                NativeMemory.ulong(Ck.CKK_AES),
                Ck.CKA_LABEL,
                "master".getBytes(StandardCharsets.UTF_8),
                Ck.CKA_ID,
                new byte[] {1},
                Ck.CKA_VALUE_LEN,
                NativeMemory.ulong(32),
                Ck.CKA_ENCRYPT,
                new byte[] {(byte) (keyMayEncrypt ? 1 : 0)},
                Ck.CKA_DECRYPT,
                new byte[] {(byte) (keyMayDecrypt ? 1 : 0)},
                Ck.CKA_SENSITIVE,
                new byte[] {1});
    }

    private long find(long... a) {
        boolean matches = true;
        for (int i = 0; i < a[2]; i++) {
            long type = ulong(a[1] + 24L * i);
            byte[] wanted = read(ulong(a[1] + 24L * i + 8), (int) ulong(a[1] + 24L * i + 16));
            matches &= Arrays.equals(key().get(type), wanted);
        }
        found.put(a[0], matches && loggedIn ? new long[] {keyHandle} : new long[0]);
        return alive(a[0]);
    }

    private long findNext(long... a) {
        long[] handles = found.put(a[0], new long[0]);
        return list(a[1], a[3], handles);
    }

    private long attribute(long... a) {
        if (a[1] != keyHandle) {
            return Ck.CKR_OBJECT_HANDLE_INVALID;
        }
        byte[] value = key().get(ulong(a[2]));
        if (value == null) {
            ulong(a[2] + 16, -1);
            return Ck.CKR_ATTRIBUTE_TYPE_INVALID;
        }
        if (ulong(a[2] + 8) != 0) {
            write(ulong(a[2] + 8), value);
        }
        ulong(a[2] + 16, value.length);
        return Ck.CKR_OK;
    }

    private long begin(long... a) {
        if (alive(a[0]) != Ck.CKR_OK) {
            return alive(a[0]);
        }
        if (fail != Ck.CKR_OK) {
            return fail;
        }
        if (a[2] != keyHandle) {
            return Ck.CKR_KEY_HANDLE_INVALID;
        }
        long parameters = ulong(a[1] + 8);
        long ivBytes = ulong(parameters + 8);
        operations.put(
                a[0],
                new Operation(
                        ulong(parameters),
                        Bytes.copyOf(read(ulong(parameters), (int) ivBytes)),
                        Bytes.copyOf(read(ulong(parameters + 24), (int) ulong(parameters + 32)))));
        boolean asAgreed = ulong(a[1]) == Ck.CKM_AES_GCM
                && ivBytes == 12
                && ulong(parameters + 16) == 96
                && ulong(parameters + 40) == 128;
        return asAgreed ? Ck.CKR_OK : Ck.CKR_MECHANISM_PARAM_INVALID;
    }

    private long crypt(int mode, long... a) {
        Operation operation = operations.remove(a[0]);
        byte[] iv = operation.iv().toByteArray();
        if (mode == Cipher.ENCRYPT_MODE && ownIv.isPresent()) {
            iv = ownIv.get().clone();
            write(operation.ivAddress(), iv);
        }
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, new SecretKeySpec(MASTER_KEY, "AES"), new GCMParameterSpec(128, iv));
            cipher.updateAAD(operation.aad().toByteArray());
            byte[] made = cipher.doFinal(read(a[1], (int) a[2]));
            write(a[3], made);
            ulong(a[4], made.length);
            return Ck.CKR_OK;
        } catch (GeneralSecurityException e) {
            return Ck.CKR_GENERAL_ERROR;
        }
    }
}
