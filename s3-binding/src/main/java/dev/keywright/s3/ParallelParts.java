/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.EncryptedParts;
import dev.keywright.s3.PartSource.Plaintext;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * Encrypts and sends the parts of one object, several at once: the caller's thread and further ones each take the next
 * part, encrypt it in its buffer and send it from there, so that memory is threads times part size, and a retry of the SDK
 * sends the very same bytes. The first failure ends all.
 */
final class ParallelParts {
    /** What is to be done round the sending of each part. Called by several threads. */
    interface Ledger {
        /** What S3 answered for a part that needs not be sent; null for one that is to be sent. */
        @Nullable
        CompletedPart storedBefore(Plaintext part);

        /** A part is encrypted, and nothing of it was sent yet. */
        void beforeSending(Plaintext part) throws IOException;

        /** S3 has a part. */
        void afterSending(Plaintext part, CompletedPart answer) throws IOException;
    }

    /** Keeps nothing. */
    static final Ledger NO_LEDGER = new Ledger() {
        @Override
        public @Nullable CompletedPart storedBefore(Plaintext part) {
            return null;
        }

        @Override
        public void beforeSending(Plaintext part) {}

        @Override
        public void afterSending(Plaintext part, CompletedPart answer) {}
    };

    private final S3Client client;
    private final EncryptedParts content;
    private final UploadPartRequest request;
    private final PartSource source;
    private final Ledger ledger;
    private final List<Thread> others = new ArrayList<>();
    private final Map<Integer, CompletedPart> stored = new TreeMap<>(); // guarded by this
    private @Nullable Throwable failure; // guarded by this

    /** @param request what all parts' requests have in common */
    ParallelParts(
            S3Client client, EncryptedParts content, UploadPartRequest request, PartSource source, Ledger ledger) {
        this.client = client;
        this.content = content;
        this.request = request;
        this.source = source;
        this.ledger = ledger;
    }

    /**
     * Sends all parts, the last with the tag. Returns, or throws the first failure, when no thread sends any more.
     *
     * @return what S3 answered, in order
     */
    List<CompletedPart> send(int threads) {
        for (int i = 1; i < threads; i++) {
            Thread thread = new Thread(this::work, "keywright-parts-" + i);
            thread.setDaemon(true);
            others.add(thread);
        }
        try {
            others.forEach(Thread::start);
        } catch (Error e) {
            fail(e); // no more threads are to be had; those that there are end
        }
        work();
        boolean interrupted = false;
        for (Thread thread : others) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                    fail(e);
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        synchronized (this) {
            if (failure != null) {
                throw unchecked(failure);
            }
            return List.copyOf(stored.values());
        }
    }

    private RuntimeException unchecked(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        boolean closedByIt =
                e instanceof ClosedChannelException && Thread.currentThread().isInterrupted();
        if (e instanceof InterruptedException || closedByIt) {
            return AbortedException.create("writing " + content.name() + ": interrupted", e);
        }
        return e instanceof RuntimeException unchecked
                ? unchecked
                : new UncheckedIOException("writing " + content.name() + ": " + e.getMessage(), (IOException) e);
    }

    private void work() {
        byte[] buffer = null;
        try {
            while (!hasFailed()) {
                Plaintext part = source.next(buffer);
                if (part == null) {
                    return;
                }
                buffer = part.buffer;
                send(part);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            fail(e);
        } catch (IOException | RuntimeException | Error e) {
            if (e instanceof InterruptedIOException && !(e instanceof SocketTimeoutException)) {
                Thread.currentThread().interrupt(); // whoever read the plaintext has taken it
            }
            fail(e);
        } finally {
            if (buffer != null) {
                Arrays.fill(buffer, (byte) 0);
            }
        }
    }

    private void send(Plaintext part) throws IOException, InterruptedException {
        content.encrypt(part.offsetBytes, ByteBuffer.wrap(part.buffer, 0, part.lengthBytes));
        synchronized (this) {
            notifyAll(); // the last part waits for all others to be encrypted
        }
        int length = part.lengthBytes;
        if (part.isLast) {
            awaitAllBefore(part);
            byte[] tag = content.tag().toByteArray();
            System.arraycopy(tag, 0, part.buffer, length, tag.length);
            length += tag.length;
        }
        CompletedPart answer = ledger.storedBefore(part);
        if (answer == null) {
            ledger.beforeSending(part);
            answer = send(part, length);
            ledger.afterSending(part, answer);
        }
        synchronized (this) {
            stored.put(part.number, answer);
        }
    }

    private CompletedPart send(Plaintext part, int length) {
        UploadPartRequest one = request.toBuilder()
                .partNumber(part.number)
                .contentLength((long) length)
                .build();
        UploadPartResponse response = client.uploadPart(
                one,
                RequestBody.fromContentProvider(
                        () -> new ByteArrayInputStream(part.buffer, 0, length), length, "application/octet-stream"));
        return UploadCompletion.completed(part.number, response);
    }

    private synchronized void awaitAllBefore(Plaintext last) throws InterruptedException {
        while (content.adjoiningBytes() < last.offsetBytes) {
            if (failure != null) {
                throw new CancellationException("another part failed");
            }
            wait();
        }
    }

    private synchronized boolean hasFailed() {
        return failure != null;
    }

    /** Remembers the first failure, and gets the others out of what they wait for. */
    private synchronized void fail(Throwable e) {
        if (failure == null) {
            failure = e;
            others.stream().filter(thread -> thread != Thread.currentThread()).forEach(Thread::interrupt);
        }
        notifyAll();
    }
}
