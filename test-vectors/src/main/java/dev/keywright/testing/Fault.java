/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Something that goes wrong with a request to {@link MiniS3}. Give it to {@link MiniS3#inject}. */
public abstract class Fault {
    private Fault() {}

    /** Thrown to end an exchange without an answer. */
    static final class CutException extends IOException {
        private static final long serialVersionUID = 1L;

        CutException() {
            super("a fault cuts the connection");
        }
    }

    /** The request's body, on its way in. */
    InputStream incoming(InputStream body) {
        return body;
    }

    /** An answer that is given in place of the operation, once the request's body was read; or null. */
    @Nullable
    S3Response instead() {
        return null;
    }

    /** Changes the answer. */
    void outgoing(S3Response response) throws IOException {}

    /** Answers with an error, and does nothing. */
    public static Fault status(int status) {
        return new Fault() {
            @Override
            S3Response instead() {
                return S3Response.error(error(status), "");
            }
        };
    }

    /** Does what was asked, and answers with an error: the good answer got lost. */
    public static Fault statusAfterEffect(int status) {
        return new Fault() {
            @Override
            void outgoing(S3Response response) throws IOException {
                response.body.close();
                response.status = status;
                response.headers.clear();
                response.metadata = Map.of();
                S3Response answer = S3Response.error(error(status), "");
                response.headers.putAll(answer.headers);
                response.body = answer.body;
                response.length = answer.length;
            }
        };
    }

    private static S3Error error(int status) {
        String code = switch (status) {
            case 403 -> "AccessDenied";
            case 404 -> "NoSuchKey";
            case 500 -> "InternalError";
            case 503 -> "SlowDown";
            default -> "InjectedFault";
        };
        return new S3Error(status, code, "A fault was injected.");
    }

    /** Cuts the connection after so many bytes of the request's body, framing included. */
    public static Fault cutRequestAfter(long bytes) {
        return new Fault() {
            @Override
            InputStream incoming(InputStream body) {
                return new FilterInputStream(body) {
                    private long left = bytes;

                    @Override
                    public int read() throws IOException {
                        byte[] one = new byte[1];
                        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
                    }

                    @Override
                    public int read(byte[] target, int offset, int length) throws IOException {
                        if (left == 0) {
                            throw new CutException();
                        }
                        int got = super.read(target, offset, (int) Math.min(length, left));
                        left -= Math.max(got, 0);
                        return got;
                    }
                };
            }
        };
    }

    /** Does what was asked, announces the whole answer, and cuts the connection after so many bytes of its body. */
    public static Fault cutResponseAfter(long bytes) {
        return new Fault() {
            @Override
            void outgoing(S3Response response) {
                response.cutAfter = bytes;
            }
        };
    }

    /** Does what was asked, and cuts the connection without any answer. */
    public static Fault noAnswer() {
        return new Fault() {
            @Override
            void outgoing(S3Response response) throws IOException {
                response.body.close();
                throw new CutException();
            }
        };
    }

    /** Answers with so many bytes less, in good form: the length announced is the shorter one. */
    public static Fault shortenBy(long bytes) {
        return new Fault() {
            @Override
            void outgoing(S3Response response) {
                response.length = Math.max(0, response.length - bytes);
            }
        };
    }

    /** Announces another length than is sent; if it is longer, the connection is cut at the body's end. */
    public static Fault declareLength(long bytes) {
        return new Fault() {
            @Override
            void outgoing(S3Response response) {
                response.declaredLength = bytes;
            }
        };
    }

    /** Flips bits of one byte of the answer's body; what is stored stays as it is. */
    public static Fault flipResponseByte(long offset, int bits) {
        return new Fault() {
            @Override
            void outgoing(S3Response response) {
                response.body = new FilterInputStream(response.body) {
                    private long at;

                    @Override
                    public int read() throws IOException {
                        byte[] one = new byte[1];
                        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
                    }

                    @Override
                    public int read(byte[] target, int from, int length) throws IOException {
                        int got = super.read(target, from, length);
                        if (got > 0 && offset >= at && offset < at + got) {
                            target[from + (int) (offset - at)] ^= (byte) bits;
                        }
                        at += Math.max(got, 0);
                        return got;
                    }
                };
            }
        };
    }

    /** Stalls after so many bytes of the answer's body until the latch opens or the server is closed. */
    public static Fault stallAfter(long bytes, CountDownLatch until) {
        return new Fault() {
            @Override
            void outgoing(S3Response response) {
                response.stallAfter = bytes;
                response.stalledUntil = until;
            }
        };
    }

    /** Answers with other user metadata than is stored. */
    public static Fault metadataBecomes(UnaryOperator<Map<String, String>> change) {
        return new Fault() {
            @Override
            void outgoing(S3Response response) {
                response.metadata = change.apply(response.metadata);
            }
        };
    }

    /** Answers with this header besides, or instead of what it held; {@code Content-Range} for one. */
    public static Fault header(String name, String value) {
        return new Fault() {
            @Override
            void outgoing(S3Response response) {
                response.headers.keySet().removeIf(name::equalsIgnoreCase);
                response.headers.put(name, value);
            }
        };
    }

    /** Sends the client elsewhere, and does nothing. */
    public static Fault redirect(URI to) {
        return new Fault() {
            @Override
            S3Response instead() {
                S3Response response =
                        S3Response.error(new S3Error(307, "TemporaryRedirect", "A fault was injected."), "");
                response.headers.put("Location", to.toString());
                return response;
            }
        };
    }
}
