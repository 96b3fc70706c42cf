/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/**
 * Amazon S3 for tests: objects, copies, listings, multipart uploads, ranges, conditions, checksums, and S3's ways with
 * metadata, over plain HTTP on loopback, path style. Bodies of more than a megabyte are files, so that big objects fit in a
 * small heap.
 *
 * <p>It checks what a client sends (lengths, framing, checksums, conditions, limits), but no signature: whoever reaches the
 * port may do anything. There are no versions, policies, or lifecycles; asked for them it answers {@code NotImplemented}.
 *
 * <p>For a test there is a way past the client: {@link #object}, {@link #putObject}, {@link #flip}, {@link #requests}; and
 * {@link #inject} makes things go wrong. Safe for use by several threads.
 */
public final class MiniS3 implements AutoCloseable {
    /** S3's smallest part, but for the last. */
    private static final long MINIMUM_PART_BYTES = 5L << 20;

    private static final Set<String> NOT_IMPLEMENTED = Set.of(
            "accelerate",
            "acl",
            "analytics",
            "cors",
            "encryption",
            "intelligent-tiering",
            "inventory",
            "legal-hold",
            "lifecycle",
            "logging",
            "metrics",
            "notification",
            "object-lock",
            "ownershipControls",
            "policy",
            "policyStatus",
            "publicAccessBlock",
            "replication",
            "requestPayment",
            "restore",
            "retention",
            "select",
            "session",
            "tagging",
            "torrent",
            "versioning",
            "versions",
            "website");

    private record Injected(Predicate<RecordedRequest> which, AtomicInteger left, boolean always, Fault fault) {}

    private final Path folder;
    private final LoopbackServer server;
    private final ConcurrentNavigableMap<String, S3Bucket> buckets = new ConcurrentSkipListMap<>();
    private final List<RecordedRequest> requests = new CopyOnWriteArrayList<>();
    private final List<Injected> faults = new CopyOnWriteArrayList<>();
    private volatile boolean keepsRequests = true;
    private volatile boolean doubleEncodes = true;
    private volatile long minimumPartBytes = MINIMUM_PART_BYTES;

    private MiniS3(int port, Path parent) {
        try {
            folder = Files.createTempDirectory(parent, "minis3-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server = new LoopbackServer("minis3", port, this::handle);
    }

    /** Starts on any free port, with big bodies in the system's temporary folder. */
    public static MiniS3 start() {
        return start(0, Path.of(System.getProperty("java.io.tmpdir")));
    }

    /**
     * Starts to serve.
     *
     * @param port the port on 127.0.0.1, or 0 for any free one
     * @param directory where a folder for big bodies is made, which {@link #close} removes
     */
    public static MiniS3 start(int port, Path directory) {
        return new MiniS3(port, directory);
    }

    /**
     * Serves until the process is killed. Prints {@code MiniS3 listens on URL} once it does.
     *
     * @param arguments port (0 for any free one), directory for big bodies, and the buckets that there are from the start
     */
    public static void main(String[] arguments) throws InterruptedException {
        if (arguments.length < 2 || !arguments[0].matches("\\d{1,5}")) {
            System.err.println("usage: MiniS3 PORT DIRECTORY [BUCKET...]");
            System.exit(2);
        }
        MiniS3 s3 = start(Integer.parseInt(arguments[0]), Path.of(arguments[1]));
        Arrays.stream(arguments).skip(2).forEach(s3::createBucket);
        Runtime.getRuntime().addShutdownHook(new Thread(s3::close));
        System.out.println("MiniS3 listens on " + s3.endpoint());
        new CountDownLatch(1).await();
    }

    /** Where it listens. */
    public URI endpoint() {
        return server.endpoint();
    }

    // ---- past the client -------------------------------------------------------------------------------------------

    /** Makes a bucket. Harmless if it is there. */
    public void createBucket(String bucket) {
        buckets.putIfAbsent(bucket, new S3Bucket());
    }

    /** The keys in a bucket, in the order of listings. */
    public List<String> keys(String bucket) {
        return List.copyOf(bucket(bucket).snapshot().keySet());
    }

    /**
     * An object as it is stored.
     *
     * @throws NoSuchElementException if it is not there
     */
    public StoredObject object(String bucket, String key) {
        return bucket(bucket)
                .peek(key)
                .orElseThrow(() -> new NoSuchElementException("no object " + bucket + "/" + key));
    }

    /** Stores an object, replacing what is there; metadata names without prefix. */
    public void putObject(String bucket, String key, byte[] body, Map<String, String> metadata) {
        bucket(bucket)
                .replace(
                        key,
                        before -> new StoredObject(
                                Body.of(body.clone()),
                                S3Objects.quoted(Checksum.MD5.of(body)),
                                metadata,
                                before == null ? Map.of("content-type", "binary/octet-stream") : before.headers(),
                                Map.of(),
                                false,
                                List.of()));
    }

    /** Flips bits of one stored byte, and leaves all else as it is, checksums too. */
    public void flip(String bucket, String key, long offset, int bits) {
        StoredObject object = S3Objects.held(bucket(bucket), key);
        try {
            object.body.flip(offset, bits);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            object.body.release();
        }
    }

    /** Removes an object. Harmless if it is not there. */
    public void deleteObject(String bucket, String key) {
        bucket(bucket).replace(key, before -> null);
    }

    /** The requests until now, in the order of their arrival. */
    public List<RecordedRequest> requests() {
        return List.copyOf(requests);
    }

    /** Whether requests are remembered (the default); a run of hours does without. */
    public void keepRequests(boolean yes) {
        keepsRequests = yes;
    }

    /** Forgets the requests until now. */
    public void clearRequests() {
        requests.clear();
    }

    /** Whether metadata beyond ASCII comes back double encoded, as S3 does (the default), or as it was sent. */
    public void doubleEncode(boolean yes) {
        doubleEncodes = yes;
    }

    /** The smallest length of all parts but the last: 5 MiB, as in S3, unless a test wants small ones. */
    public void minimumPartBytes(long bytes) {
        minimumPartBytes = bytes;
    }

    /** Gives the {@code nth} request from now that matches, counted from 1, a fault; once. */
    public void inject(Predicate<RecordedRequest> which, int nth, Fault fault) {
        faults.add(new Injected(which, new AtomicInteger(nth), false, fault));
    }

    /** Gives all matching requests from now a fault. */
    public void injectAlways(Predicate<RecordedRequest> which, Fault fault) {
        faults.add(new Injected(which, new AtomicInteger(), true, fault));
    }

    /** Takes back all faults. */
    public void clearFaults() {
        faults.clear();
    }

    /** Stops, and removes all bodies. Requests under way are cut. */
    @Override
    public void close() {
        server.close();
        buckets.values().forEach(S3Bucket::clear);
        try (var left = Files.list(folder)) {
            for (Path file : left.toList()) { // of uploads that were cut just now
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- one request -----------------------------------------------------------------------------------------------

    private void handle(HttpExchange exchange) throws IOException {
        RecordedRequest request = record(exchange);
        if (keepsRequests) {
            requests.add(request);
        }
        List<Fault> hit = faultsOf(request);
        InputStream raw = exchange.getRequestBody();
        for (Fault fault : hit) {
            raw = fault.incoming(raw);
        }
        try {
            S3Response response = answer(new S3Call(request, raw, folder), hit);
            response.headers.put("x-amz-request-id", UUID.randomUUID().toString());
            for (Fault fault : hit) {
                fault.outgoing(response);
            }
            raw.transferTo(OutputStream.nullOutputStream()); // else the client may miss the answer
            response.send(exchange, doubleEncodes ? UserMetadata::doubleEncoded : stored -> stored);
        } catch (Fault.CutException cut) {
            exchange.close();
        }
    }

    private S3Response answer(S3Call call, List<Fault> hit) throws IOException {
        try {
            for (Fault fault : hit) {
                S3Response instead = fault.instead();
                if (instead != null) {
                    return instead;
                }
            }
            return route(call);
        } catch (S3Error e) {
            S3Response response = S3Response.error(e, call.request().method());
            String size = e.details.get("ActualObjectSize");
            if (size != null) {
                response.headers.put("Content-Range", "bytes */" + size);
            }
            return response;
        } catch (Fault.CutException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            return S3Response.error(
                    new S3Error(500, "InternalError", e.toString()),
                    call.request().method());
        }
    }

    private List<Fault> faultsOf(RecordedRequest request) {
        List<Fault> hit = new ArrayList<>();
        for (Injected each : faults) {
            if (each.which.test(request) && (each.always || each.left.decrementAndGet() == 0)) {
                hit.add(each.fault);
            }
        }
        return hit;
    }

    private S3Response route(S3Call call) throws IOException {
        RecordedRequest request = call.request();
        for (String parameter : request.query().keySet()) {
            if (NOT_IMPLEMENTED.contains(parameter)) {
                throw notImplemented(request);
            }
        }
        String version = call.query("versionId", "null");
        if (!version.equals("null")) {
            throw new S3Error(404, "NoSuchVersion", "The specified version does not exist.");
        }
        if (request.bucket().isEmpty()) {
            return listBuckets(request);
        }
        return request.key().isEmpty() ? ofBucket(call) : ofObject(call);
    }

    private S3Response listBuckets(RecordedRequest request) {
        if (!request.method().equals("GET")) {
            throw notImplemented(request);
        }
        Xml result = new Xml("ListAllMyBucketsResult").open("Buckets");
        buckets.forEach((name, bucket) -> result.open("Bucket")
                .add("Name", name)
                .add("CreationDate", S3Objects.iso(bucket.created))
                .close("Bucket"));
        return S3Response.xml(200, result.close("Buckets"));
    }

    private S3Response ofBucket(S3Call call) throws IOException {
        RecordedRequest request = call.request();
        String name = request.bucket();
        switch (request.method()) {
            case "PUT" -> {
                call.receive().body().release();
                if (buckets.putIfAbsent(name, new S3Bucket()) != null) {
                    throw new S3Error(409, "BucketAlreadyOwnedByYou", "You already own this bucket.");
                }
                S3Response response = new S3Response(200);
                response.headers.put("Location", "/" + name);
                return response;
            }
            case "HEAD" -> {
                bucket(name);
                return new S3Response(200);
            }
            case "DELETE" -> {
                if (!bucket(name).isEmpty()) {
                    throw new S3Error(409, "BucketNotEmpty", "The bucket you tried to delete is not empty");
                }
                buckets.remove(name);
                return new S3Response(204);
            }
            case "GET" -> {
                S3Bucket bucket = bucket(name);
                if (call.query("location") != null) {
                    return S3Response.xml(200, new Xml("LocationConstraint"));
                }
                return call.query("uploads") != null
                        ? S3Multipart.listUploads(bucket, name, call)
                        : S3Listing.of(bucket, name, call);
            }
            case "POST" -> {
                if (call.query("delete") != null) {
                    return S3Objects.deleteMany(bucket(name), call);
                }
                throw notImplemented(request);
            }
            default -> throw notImplemented(request);
        }
    }

    private S3Response ofObject(S3Call call) throws IOException {
        RecordedRequest request = call.request();
        String name = request.bucket();
        S3Bucket bucket = bucket(name);
        boolean ofUpload = call.query("uploadId") != null;
        String copySource = call.header("x-amz-copy-source");
        switch (request.method()) {
            case "PUT" -> {
                if (copySource != null) {
                    CopySource source = CopySource.of(copySource);
                    return ofUpload
                            ? S3Multipart.partCopy(bucket(source.bucket()), source, bucket, call)
                            : S3Objects.copy(bucket(source.bucket()), source, bucket, call);
                }
                return ofUpload ? S3Multipart.part(bucket, call) : S3Objects.put(bucket, call);
            }
            case "HEAD" -> {
                return S3Objects.get(bucket, call);
            }
            case "GET" -> {
                if (call.query("attributes") != null) {
                    return S3Objects.attributes(bucket, call);
                }
                return ofUpload ? S3Multipart.listParts(bucket, name, call) : S3Objects.get(bucket, call);
            }
            case "DELETE" -> {
                return ofUpload ? S3Multipart.abort(bucket, call) : S3Objects.delete(bucket, call);
            }
            case "POST" -> {
                if (call.query("uploads") != null) {
                    return S3Multipart.create(bucket, name, call);
                }
                if (ofUpload) {
                    return S3Multipart.complete(
                            bucket, name, call, minimumPartBytes, endpoint().toString());
                }
                throw notImplemented(request);
            }
            default -> throw notImplemented(request);
        }
    }

    private S3Bucket bucket(String name) {
        S3Bucket bucket = buckets.get(name);
        if (bucket == null) {
            throw S3Error.noSuchBucket(name);
        }
        return bucket;
    }

    private static S3Error notImplemented(RecordedRequest request) {
        return new S3Error(
                501,
                "NotImplemented",
                "MiniS3 has no " + request.method() + " " + request.query().keySet());
    }

    private static RecordedRequest record(HttpExchange exchange) {
        URI uri = exchange.getRequestURI();
        String path = uri.getRawPath().substring(1);
        int slash = path.indexOf('/');
        Map<String, String> query = new TreeMap<>();
        if (uri.getRawQuery() != null) {
            for (String pair : uri.getRawQuery().split("&", -1)) {
                String[] halves = pair.split("=", 2);
                query.put(decode(halves[0]), halves.length == 1 ? "" : decode(halves[1]));
            }
        }
        return new RecordedRequest(
                exchange.getRequestMethod(),
                decode(literal(slash < 0 ? path : path.substring(0, slash))),
                slash < 0 ? "" : decode(literal(path.substring(slash + 1))),
                Map.copyOf(query),
                Map.copyOf(LoopbackServer.headers(exchange)));
    }

    /** In a path, a plus sign is a plus sign. */
    private static String literal(String path) {
        return path.replace("+", "%2B");
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}
