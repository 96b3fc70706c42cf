/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import com.sun.net.httpserver.HttpExchange;
import dev.keywright.testing.json.Json;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * AWS KMS for tests: symmetric keys and aliases, data keys, encryption under an encryption context, typed errors; over
 * plain HTTP on loopback. Keys live as long as it does. No signature, policy or grant is checked.
 *
 * <p>{@link #calls} logs what was asked, never plaintext; {@link #deny}, {@link #throttle}, {@link #breakDown} and {@link
 * #hang} make calls fail. Safe for use by several threads.
 */
public final class MiniKms implements AutoCloseable {
    private static final String SERVICE = "TrentService.";
    private static final String ACCOUNT = "111122223333";
    private static final int MAX_PLAINTEXT_BYTES = 4096;
    private static final int MAX_DATA_KEY_BYTES = 1024;
    private static final int MAX_BLOB_BYTES = 6144;

    private final SecureRandom random = new SecureRandom();
    private final ConcurrentMap<String, KmsKey> keysByArn = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, KmsKey> keysByAlias = new ConcurrentHashMap<>();
    private final List<KmsCall> calls = new CopyOnWriteArrayList<>();
    private final LoopbackServer server;
    private volatile @Nullable KmsError failure;
    private volatile boolean down;
    private volatile @Nullable CountDownLatch hangingUntil;

    private MiniKms() {
        server = new LoopbackServer("minikms", 0, this::handle);
    }

    /** Starts on any free port. */
    public static MiniKms start() {
        return new MiniKms();
    }

    /** Where it listens. */
    public URI endpoint() {
        return server.endpoint();
    }

    /** Makes a key in an account and region of the kit's own; gives its ARN. */
    public String createKey() {
        return createKey("aws", "eu-central-1", ACCOUNT);
    }

    /** Makes a key; gives its ARN. */
    public String createKey(String partition, String region, String account) {
        String id = UUID.randomUUID().toString();
        KmsKey key = new KmsKey(id, "arn:" + partition + ":kms:" + region + ":" + account + ":key/" + id, random);
        keysByArn.put(key.arn, key);
        return key.arn;
    }

    /**
     * Makes the key of this ARN, for callers who have the name written down already; its material is fresh.
     *
     * @throws IllegalArgumentException if that is no key's ARN, or the key is there
     */
    public void createNamedKey(String arn) {
        int id = arn.indexOf(":key/");
        if (!arn.startsWith("arn:") || id < 0) {
            throw new IllegalArgumentException("not the ARN of a key: " + arn);
        }
        KmsKey key = new KmsKey(arn.substring(id + ":key/".length()), arn, random);
        if (keysByArn.putIfAbsent(arn, key) != null) {
            throw new IllegalArgumentException("that key is there: " + arn);
        }
    }

    /** Points an alias, {@code alias/NAME}, at a key. */
    public void alias(String alias, String keyId) {
        if (!alias.matches("alias/[a-zA-Z0-9/_-]{1,250}")) {
            throw new IllegalArgumentException("an alias is alias/NAME");
        }
        keysByAlias.put(alias, resolve(keyId));
    }

    /** Disables a key. */
    public void disable(String keyId) {
        resolve(keyId).state = "Disabled";
    }

    /** Enables a key again. */
    public void enable(String keyId) {
        resolve(keyId).state = "Enabled";
    }

    /** Schedules a key's deletion: it is there, and in a state in which it can't be used. */
    public void scheduleDeletion(String keyId) {
        resolve(keyId).state = "PendingDeletion";
    }

    /** Denies all calls until {@link #recover}. */
    public void deny() {
        failure = new KmsError("AccessDeniedException", "not authorized to perform this operation");
    }

    /** Throttles all calls until {@link #recover}. */
    public void throttle() {
        failure = new KmsError("ThrottlingException", "Rate exceeded");
    }

    /** Answers all calls with this error until {@link #recover}. */
    public void fail(int status, String type) {
        failure = new KmsError(status, type, "a fault was injected");
    }

    /** Cuts all connections without an answer until {@link #recover}. */
    public void breakDown() {
        down = true;
    }

    /** Holds all calls back until the latch opens or the server is closed. */
    public void hang(CountDownLatch until) {
        hangingUntil = until;
    }

    /** Works again. */
    public void recover() {
        failure = null;
        down = false;
        hangingUntil = null;
    }

    /** The calls until now, those too that failed; not those cut off by {@link #breakDown}. */
    public List<KmsCall> calls() {
        return List.copyOf(calls);
    }

    /** Forgets the calls until now. */
    public void clearCalls() {
        calls.clear();
    }

    @Override
    public void close() {
        server.close();
    }

    // ---- one call --------------------------------------------------------------------------------------------------

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] request = exchange.getRequestBody().readAllBytes();
            if (down) {
                return; // closes the connection
            }
            int status = 200;
            Map<String, @Nullable Object> answer;
            try {
                answer = answer(exchange, request);
            } catch (KmsError e) {
                status = e.status;
                answer = new LinkedHashMap<>();
                answer.put("__type", e.type);
                answer.put("message", e.getMessage());
            }
            byte[] body = Json.write(answer).getBytes(StandardCharsets.US_ASCII);
            exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.1");
            exchange.getResponseHeaders()
                    .set("x-amzn-RequestId", UUID.randomUUID().toString());
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Map<String, @Nullable Object> answer(HttpExchange exchange, byte[] request) throws InterruptedException {
        Map<String, String> headers = LoopbackServer.headers(exchange);
        String target = headers.getOrDefault("x-amz-target", "");
        if (!target.startsWith(SERVICE)) {
            throw new KmsError("UnknownOperationException", "no operation of KMS: " + target);
        }
        String operation = target.substring(SERVICE.length());
        KmsInput input = KmsInput.read(request);
        String context = operation.equals("ReEncrypt") ? "DestinationEncryptionContext" : "EncryptionContext";
        String keyId = input.text(operation.equals("ReEncrypt") ? "DestinationKeyId" : "KeyId");
        calls.add(new KmsCall(
                operation,
                keyId == null ? "" : keyId,
                input.map(context),
                input.list("GrantTokens"),
                headers.getOrDefault("user-agent", "")));
        CountDownLatch until = hangingUntil;
        if (until != null) {
            until.await();
        }
        KmsError injected = failure;
        if (injected != null) {
            throw injected;
        }
        return switch (operation) {
            case "GenerateDataKey" -> generate(input, true);
            case "GenerateDataKeyWithoutPlaintext" -> generate(input, false);
            case "Encrypt" -> encrypt(input);
            case "Decrypt" -> decrypt(input);
            case "ReEncrypt" -> reEncrypt(input);
            case "CreateKey" -> described(resolve(createKey()));
            case "DescribeKey" -> described(resolve(input.required("KeyId")));
            case "CreateAlias" -> {
                KmsKey key = resolve(input.required("TargetKeyId"));
                if (keysByAlias.putIfAbsent(input.required("AliasName"), key) != null) {
                    throw new KmsError("AlreadyExistsException", "An alias with this name already exists");
                }
                yield Map.of();
            }
            case "UpdateAlias" -> {
                alias(input.required("AliasName"), input.required("TargetKeyId"));
                yield Map.of();
            }
            case "DisableKey" -> {
                disable(input.required("KeyId"));
                yield Map.of();
            }
            case "EnableKey" -> {
                enable(input.required("KeyId"));
                yield Map.of();
            }
            default -> throw new KmsError("UnknownOperationException", "MiniKms has no " + operation);
        };
    }

    private Map<String, @Nullable Object> generate(KmsInput input, boolean withPlaintext) {
        KmsKey key = usable(input.required("KeyId"));
        String spec = input.text("KeySpec");
        Long number = input.number("NumberOfBytes");
        if ((spec == null) == (number == null)) {
            throw KmsError.validation("Please specify either number of bytes or key spec.");
        }
        long bytes = number != null ? number : "AES_256".equals(spec) ? 32 : "AES_128".equals(spec) ? 16 : 0;
        if (bytes < 1 || bytes > MAX_DATA_KEY_BYTES) {
            throw KmsError.validation("a data key of no valid length");
        }
        byte[] plaintext = new byte[(int) bytes];
        random.nextBytes(plaintext);
        byte[] blob = KmsBlob.seal(key, plaintext, input.map("EncryptionContext"), random);
        Map<String, @Nullable Object> answer = new LinkedHashMap<>();
        answer.put("KeyId", key.arn);
        answer.put("CiphertextBlob", base64(blob));
        if (withPlaintext) {
            answer.put("Plaintext", base64(plaintext));
        }
        return answer;
    }

    private Map<String, @Nullable Object> encrypt(KmsInput input) {
        KmsKey key = usable(input.required("KeyId"));
        byte[] plaintext = input.bytes("Plaintext");
        if (plaintext.length < 1 || plaintext.length > MAX_PLAINTEXT_BYTES) {
            throw KmsError.validation("plaintext of no valid length");
        }
        return Map.of(
                "KeyId",
                key.arn,
                "CiphertextBlob",
                base64(KmsBlob.seal(key, plaintext, input.map("EncryptionContext"), random)),
                "EncryptionAlgorithm",
                "SYMMETRIC_DEFAULT");
    }

    private Map<String, @Nullable Object> decrypt(KmsInput input) {
        KmsBlob blob = blob(input);
        byte[] plaintext = open(blob, input.text("KeyId"), input.map("EncryptionContext"));
        return Map.of(
                "KeyId", blob.keyArn(), "Plaintext", base64(plaintext), "EncryptionAlgorithm", "SYMMETRIC_DEFAULT");
    }

    private Map<String, @Nullable Object> reEncrypt(KmsInput input) {
        KmsKey destination = usable(input.required("DestinationKeyId"));
        KmsBlob blob = blob(input);
        byte[] plaintext = open(blob, input.text("SourceKeyId"), input.map("SourceEncryptionContext"));
        byte[] sealed = KmsBlob.seal(destination, plaintext, input.map("DestinationEncryptionContext"), random);
        return Map.of("KeyId", destination.arn, "SourceKeyId", blob.keyArn(), "CiphertextBlob", base64(sealed));
    }

    private static KmsBlob blob(KmsInput input) {
        byte[] blob = input.bytes("CiphertextBlob");
        if (blob.length < 1 || blob.length > MAX_BLOB_BYTES) {
            throw KmsError.validation("a ciphertext of no valid length");
        }
        return KmsBlob.parse(blob);
    }

    /** What is not authentic is invalid, whatever key it names. */
    private byte[] open(KmsBlob blob, @Nullable String keyId, Map<String, String> context) {
        KmsKey wanted = keyId == null ? null : resolve(keyId);
        KmsKey named = keysByArn.get(blob.keyArn());
        byte[] plaintext = blob.open(named, context);
        if (named == null || (wanted != null && wanted != named)) {
            throw new KmsError(
                    "IncorrectKeyException",
                    "The key ID in the request does not identify a CMK that can perform this operation.");
        }
        named.requireUsable();
        return plaintext;
    }

    private KmsKey usable(String keyId) {
        KmsKey key = resolve(keyId);
        key.requireUsable();
        return key;
    }

    /** By ARN, id, alias, or the alias's ARN. */
    private KmsKey resolve(String keyId) {
        KmsKey found = keysByArn.get(keyId);
        if (found == null) {
            found = keysByAlias.get(keyId.replaceFirst("^arn:[^:]*:kms:[^:]*:[^:]*:(?=alias/)", ""));
        }
        if (found == null) {
            found = keysByArn.values().stream()
                    .filter(key -> key.id.equals(keyId))
                    .findFirst()
                    .orElse(null);
        }
        if (found == null) {
            String what = keyId.contains("alias/") ? "Alias " : "Key ";
            throw new KmsError("NotFoundException", what + "'" + keyId + "' does not exist");
        }
        return found;
    }

    private static Map<String, @Nullable Object> described(KmsKey key) {
        List<String> parts = List.of(key.arn.split(":", -1));
        return Map.of(
                "KeyMetadata",
                Map.of(
                        "AWSAccountId",
                        parts.get(4),
                        "KeyId",
                        key.id,
                        "Arn",
                        key.arn,
                        "Enabled",
                        key.state.equals("Enabled"),
                        "KeyState",
                        key.state,
                        "KeyUsage",
                        "ENCRYPT_DECRYPT",
                        "KeySpec",
                        "SYMMETRIC_DEFAULT"));
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
