/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.testing.Fault;
import dev.keywright.testing.MiniS3;
import dev.keywright.testing.RecordedRequest;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;

/** The S3 of a {@link Soak}: one request in a hundred meets trouble. */
final class SoakServer {
    private SoakServer() {}

    /**
     * Serves until the process is killed. Prints {@code MiniS3 listens on URL} once it does.
     *
     * @param arguments a folder for big bodies, a seed
     */
    public static void main(String[] arguments) throws InterruptedException {
        MiniS3 s3 = MiniS3.start(0, Path.of(arguments[0]));
        Runtime.getRuntime().addShutdownHook(new Thread(s3::close));
        s3.createBucket(Loopback.BUCKET);
        s3.keepRequests(false);
        s3.minimumPartBytes(1);
        Random random = new Random(Long.parseLong(arguments[1]));
        s3.injectAlways(oneIn(random, 400), Fault.status(503));
        s3.injectAlways(oneIn(random, 400), Fault.noAnswer());
        s3.injectAlways(oneIn(random, 800), Fault.cutRequestAfter(20_000));
        s3.injectAlways(oneIn(random, 800), Fault.cutResponseAfter(20_000));
        System.out.println("MiniS3 listens on " + s3.endpoint());
        new CountDownLatch(1).await();
    }

    private static Predicate<RecordedRequest> oneIn(Random random, int many) {
        return request -> !request.key().isEmpty() && random.nextInt(many) == 0;
    }
}
