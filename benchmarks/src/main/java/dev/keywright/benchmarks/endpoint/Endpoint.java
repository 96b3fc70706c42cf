/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.endpoint;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * The least an S3 can be: puts, gets, ranges, heads, deletes and multipart uploads over HTTP on loopback, bodies in direct
 * memory. Asks for no credentials, checks none, computes no checksum; refuses chunked bodies, so that nobody's are measured.
 */
public final class Endpoint implements AutoCloseable {
    private static final int BACKLOG = 256;

    private final ServerSocketChannel server;
    private final Store store = new Store();

    private Endpoint(ServerSocketChannel server) {
        this.server = server;
    }

    /** Starts one on a free port. */
    public static Endpoint start() throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
        Endpoint endpoint = new Endpoint(server);
        background("endpoint", endpoint::accept).start();
        return endpoint;
    }

    /** As a process: says where it listens on a line, and ends with its standard input. */
    public static void main(String[] args) throws IOException {
        try (Endpoint endpoint = start()) {
            System.out.println(endpoint.uri());
            while (System.in.read() >= 0) {
                // nothing is said to it
            }
        }
    }

    public URI uri() throws IOException {
        return URI.create("http://127.0.0.1:" + ((InetSocketAddress) server.getLocalAddress()).getPort());
    }

    private void accept() {
        while (server.isOpen()) {
            try {
                SocketChannel channel = server.accept();
                background("connection", () -> serve(channel)).start();
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                System.err.println("endpoint: " + e);
            }
        }
    }

    private void serve(SocketChannel channel) {
        try (channel) {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            new Connection(channel, store).serve();
        } catch (IOException e) {
            // The client went away, as clients do that end.
        } catch (RuntimeException e) {
            System.err.println("endpoint: " + e);
        }
    }

    private static Thread background(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
