/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.envelope.CommitmentPolicy;
import dev.keywright.envelope.Envelope;
import dev.keywright.envelope.MessageFormat;
import dev.keywright.s3.EncryptingS3Client;
import dev.keywright.spi.CryptographicMaterialsManager;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.KeyringFactory;
import dev.keywright.spi.KeywrightException;
import dev.keywright.testing.MiniS3;
import dev.keywright.testing.SoftHsm;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** The demo: a token, an S3, and the main job from put to refusal. Nothing is shown that was not done. */
final class Demo {
    private static final String BUCKET = "demo";
    private static final byte[] LETTER = letter();
    private static final Map<String, String> MEANING = meaning();

    private final Terminal terminal;
    private final OutputOptions output;
    private final DemoPage page;
    private final List<Keyring> keyrings = new ArrayList<>();

    Demo(Terminal terminal, OutputOptions output) {
        this.terminal = terminal;
        this.output = output;
        boolean silent = output.json || output.quiet;
        this.page = new DemoPage(
                silent
                        ? new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)
                        : terminal.out(),
                terminal.colour());
    }

    /** Runs all of it; the exit code is 0 if every claim held. */
    int run() {
        long begun = System.nanoTime();
        page.title("Keywright", "Your objects in S3, under a master key that never leaves your HSM.");
        try (SoftHsm token = token();
                MiniS3 s3 = MiniS3.start()) {
            s3.createBucket(BUCKET);
            page.heading("An S3 to put things into");
            page.say("MiniS3 listens on " + s3.endpoint() + ".");
            try (S3Client client = plainClient(s3)) {
                page.claim(
                        client.listBuckets().buckets().stream()
                                .anyMatch(bucket -> bucket.name().equals(BUCKET)),
                        "It answers, and has a bucket named " + BUCKET + ".");
            }
            try {
                show(token, s3);
            } finally {
                keyrings.forEach(Keyring::close);
            }
        }
        double seconds = (System.nanoTime() - begun) / 1e9;
        end(seconds);
        return (page.failed().isEmpty() ? ExitCode.OK : ExitCode.UNEXPECTED).code;
    }

    private void show(SoftHsm token, MiniS3 s3) {
        Keyring aes = open(token, "aes-master", "2026");
        Keyring rsa = open(token, "rsa-master", "2026");

        page.heading("Put and get: two keys, two formats");
        page.say("Each object gets a data key of its own. Only that key goes to the token, to be wrapped and unwrapped;"
                + " the content, here a letter of " + LETTER.length + " bytes, never does.");
        putAndGet(s3, "AES", aes, MessageFormat.V3);
        putAndGet(s3, "AES", aes, MessageFormat.V2);
        putAndGet(s3, "RSA", rsa, MessageFormat.V3);
        putAndGet(s3, "RSA", rsa, MessageFormat.V2);

        whatS3Holds(s3);
        rotation(token, s3, aes);
        flippedBit(s3, aes);
        wrongKey(token, s3);
    }

    private SoftHsm token() {
        page.heading("A token, with two master keys in it");
        page.say("A SoftHSM token in a temporary folder. With another maker's HSM, all that follows is the same.");
        SoftHsm token = SoftHsm.newToken();
        token.generateAes("aes-master", "01", 32);
        token.generateRsa("rsa-master", "02", 3072);
        page.row("AES-256", "object=aes-master", "wraps by AES/GCM");
        page.row("RSA-3072", "object=rsa-master", "wraps by RSA-OAEP-SHA1");
        String objects = token.pkcs11Tool("--list-objects");
        page.claim(
                neverLeaves(objects, "Secret Key Object") && neverLeaves(objects, "Private Key Object"),
                "The token says of both: sensitive, never extractable. They cannot leave it.");
        return token;
    }

    /** Whether the one object of this kind is said to be sensitive and never extractable. */
    private static boolean neverLeaves(String objects, String kind) {
        int from = objects.indexOf(kind);
        if (from < 0) {
            return false;
        }
        int access = objects.indexOf("Access:", from);
        String line = access < 0 ? "" : objects.substring(access, objects.indexOf('\n', access));
        return line.contains("sensitive") && line.contains("never extractable");
    }

    private Keyring open(SoftHsm token, String object, String year) {
        Keyring keyring =
                KeyringFactory.openUri(token.uri(object), Map.of("description.key", year), name -> token.pin());
        keyrings.add(keyring);
        return keyring;
    }

    private static String name(String kind, MessageFormat format) {
        return (kind + "-" + format).toLowerCase(Locale.ROOT) + ".txt";
    }

    private void putAndGet(MiniS3 s3, String kind, Keyring keyring, MessageFormat format) {
        String name = name(kind, format);
        CommitmentPolicy policy = format == MessageFormat.V2
                ? CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT
                : CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT;
        try (EncryptingS3Client client = client(s3, CryptographicMaterialsManager.of(keyring), policy)) {
            long begun = System.nanoTime();
            put(client, name);
            long put = System.nanoTime();
            byte[] got = get(client, name);
            long end = System.nanoTime();
            Envelope stored = Envelope.parse(s3.object(BUCKET, name).metadata());
            page.claim(
                    Arrays.equals(got, LETTER) && stored.format() == format,
                    String.format(
                            Locale.ROOT,
                            "%s key, format %s   %-10s   put %4d ms   got %4d ms, verified",
                            kind,
                            format,
                            name,
                            (put - begun) / 1_000_000,
                            (end - put) / 1_000_000));
        }
    }

    private void whatS3Holds(MiniS3 s3) {
        page.heading("What S3 holds");
        String name = name("AES", MessageFormat.V3);
        Map<String, String> metadata = s3.object(BUCKET, name).metadata();
        page.say("The envelope is the object's metadata. Amazon's S3 Encryption Clients read the same.");
        metadata.forEach((key, value) -> page.row(key, value, MEANING.getOrDefault(key, "")));
        page.say("The body, beside what it was:");
        byte[] body = s3.object(BUCKET, name).bytes();
        page.hexDump(LETTER, body, 6);
        page.claim(body.length == LETTER.length + 16, "The body is as long as the letter, and 16 bytes: the tag.");
        page.claim(!shareEightBytes(LETTER, body), "No eight bytes of the letter occur anywhere in it.");
    }

    private void rotation(SoftHsm token, MiniS3 s3, Keyring old) {
        page.heading("A new master key, and the old objects");
        page.say("The new key writes; both read. An object's materials description says which one it needs.");
        token.generateAes("aes-2027", "03", 32);
        Keyring current = open(token, "aes-2027", "2027");
        CryptographicMaterialsManager rotating =
                CryptographicMaterialsManager.rotating(current, List.of(current, old), new SecureRandom());
        try (EncryptingS3Client client = client(s3, rotating, CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)) {
            put(client, "new.txt");
            String before = description(s3, name("AES", MessageFormat.V3));
            String after = description(s3, "new.txt");
            page.claim(
                    Arrays.equals(get(client, "new.txt"), LETTER) && after.equals("{key=2027}"),
                    "A new object is written under " + after + ", and read.");
            page.claim(
                    Arrays.equals(get(client, name("AES", MessageFormat.V3)), LETTER) && before.equals("{key=2026}"),
                    "The old object, under " + before + ", is still read.");
        }
    }

    private static String description(MiniS3 s3, String name) {
        return Envelope.parse(s3.object(BUCKET, name).metadata())
                .wrapped()
                .description()
                .toString();
    }

    private void flippedBit(MiniS3 s3, Keyring keyring) {
        page.heading("One flipped bit");
        String name = name("AES", MessageFormat.V3);
        page.say("Somebody with write access to the bucket changes one bit of " + name + ", in the middle.");
        s3.flip(BUCKET, name, LETTER.length / 2, 1);
        Refusal refusal = refusal(s3, keyring, name);
        s3.flip(BUCKET, name, LETTER.length / 2, 1);
        page.claim(refusal.is(IntegrityException.Stage.CONTENT), "Refused, before the first byte of it was released.");
    }

    private void wrongKey(SoftHsm token, MiniS3 s3) {
        page.heading("The wrong key");
        page.say("Another AES key on the same token, that claims to be the right one: it has the same description.");
        token.generateAes("aes-other", "04", 32);
        Refusal refusal = refusal(s3, open(token, "aes-other", "2026"), name("AES", MessageFormat.V3));
        page.claim(refusal.is(IntegrityException.Stage.WRAPPED_KEY), "Refused: the data key does not open.");
    }

    /** What came of a get: why it was refused, and whether anything was handed over before. */
    private record Refusal(@Nullable KeywrightException error, boolean handedOver) {
        boolean is(IntegrityException.Stage stage) {
            return !handedOver && error instanceof IntegrityException e && e.stage() == stage;
        }
    }

    /** Tries to get the object, and shows what it is told. */
    private Refusal refusal(MiniS3 s3, Keyring keyring, String name) {
        AtomicBoolean handedOver = new AtomicBoolean();
        try (EncryptingS3Client client = client(
                s3, CryptographicMaterialsManager.of(keyring), CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)) {
            client.getObject(request -> request.bucket(BUCKET).key(name), (response, plaintext) -> {
                handedOver.set(true);
                return response;
            });
            return new Refusal(null, handedOver.get());
        } catch (KeywrightException e) {
            page.error(Failure.of(e).message());
            return new Refusal(e, handedOver.get());
        }
    }

    private static EncryptingS3Client client(
            MiniS3 s3, CryptographicMaterialsManager materials, CommitmentPolicy policy) {
        return EncryptingS3Client.builder()
                .client(plainClient(s3))
                .materialsManager(materials)
                .commitmentPolicy(policy)
                .build();
    }

    private static S3Client plainClient(MiniS3 s3) {
        return S3Client.builder()
                .endpointOverride(s3.endpoint())
                .region(Region.EU_CENTRAL_1)
                .forcePathStyle(true)
                .credentialsProvider(AnonymousCredentialsProvider.create())
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build();
    }

    private static void put(EncryptingS3Client client, String name) {
        client.putObject(
                request -> request.bucket(BUCKET).key(name).contentType("text/plain"), RequestBody.fromBytes(LETTER));
    }

    private static byte[] get(EncryptingS3Client client, String name) {
        return client.getObjectAsBytes(request -> request.bucket(BUCKET).key(name))
                .asByteArray();
    }

    private static boolean shareEightBytes(byte[] one, byte[] other) {
        Set<String> runs = new TreeSet<>();
        String first = new String(one, StandardCharsets.ISO_8859_1);
        String second = new String(other, StandardCharsets.ISO_8859_1);
        for (int i = 0; i + 8 <= first.length(); i++) {
            runs.add(first.substring(i, i + 8));
        }
        for (int i = 0; i + 8 <= second.length(); i++) {
            if (runs.contains(second.substring(i, i + 8))) {
                return true;
            }
        }
        return false;
    }

    private void end(double seconds) {
        List<String> failed = page.failed();
        if (output.json) {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("claims", page.claims());
            result.put("failed", failed);
            result.put("seconds", Math.round(seconds * 10) / 10.0);
            terminal.out().println(Json.write(result));
            return;
        }
        PrintStream out = output.quiet ? terminal.err() : terminal.out();
        if (!failed.isEmpty()) {
            failed.forEach(claim -> out.println("keywright: not true: " + claim));
        } else if (!output.quiet) {
            out.println();
            out.println("  "
                    + page.style(
                            "1;32",
                            String.format(
                                    Locale.ROOT, "All %d claims were checked, in %.1f s.", page.claims(), seconds))
                    + " Token and bucket are gone again.");
            out.println();
            out.println("  Your turn:");
            out.println("    ./keywright token list --module MODULE.so          what your own token can do");
            out.println("    ./keywright seal --key aes:FILE IN OUT             a file, without any S3");
            out.println("    ./keywright put --key pkcs11:... FILE s3://BUCKET/KEY");
            out.println();
        }
    }

    private static byte[] letter() {
        StringBuilder text = new StringBuilder("Dear reader, this letter is nobody else's business.\n");
        for (int line = 1; line <= 2000; line++) {
            text.append(
                    String.format(Locale.ROOT, "%04d  It goes on like this for a while, in plain English.%n", line));
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static Map<String, String> meaning() {
        return Map.of(
                "x-amz-c", "content: AES-256-GCM, committing",
                "x-amz-3", "the wrapped data key",
                "x-amz-w", "wrapped by AES/GCM",
                "x-amz-d", "commitment to the data key",
                "x-amz-i", "message id",
                "x-amz-m", "materials description");
    }
}
