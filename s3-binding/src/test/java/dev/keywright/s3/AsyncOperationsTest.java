/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.keywright.jca.JcaKeyrings;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Proxy;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.RestoreRequestType;
import software.amazon.awssdk.services.s3.model.S3Request;
import software.amazon.awssdk.services.s3.model.SelectObjectContentResponseHandler;
import software.amazon.awssdk.utils.builder.SdkBuilder;

/** Every operation is decided upon as in the synchronous client; what only this one has stands here. */
@Tag("CLI-001")
class AsyncOperationsTest {
    private static final String AS_BYTES = "AsBytes";

    /** Of the asynchronous SDK client only. */
    private static final Set<String> REFUSED_TOO = Set.of("selectObjectContent", "presignedUrlExtension");

    private final List<String> calls = new CopyOnWriteArrayList<>();
    private final S3AsyncClient below = (S3AsyncClient) Proxy.newProxyInstance(
            S3AsyncClient.class.getClassLoader(), new Class<?>[] {S3AsyncClient.class}, (proxy, method, arguments) -> {
                calls.add(method.getName());
                return method.getReturnType() == CompletableFuture.class
                        ? CompletableFuture.completedFuture(null)
                        : null;
            });
    private final EncryptingS3AsyncClient encrypting = EncryptingS3AsyncClient.builder()
            .client(below)
            .keyring(JcaKeyrings.platform().aes("test", new byte[32]))
            .build();

    @TempDir
    Path folder;

    private static Stream<Method> operations() {
        return Arrays.stream(S3AsyncClient.class.getMethods())
                .filter(method -> !Modifier.isStatic(method.getModifiers()))
                .filter(method -> !OperationsTest.CLIENTS_OWN.contains(method.getName()))
                .filter(method -> !method.getName().endsWith(OperationsTest.PAGINATOR))
                .sorted((a, b) -> a.toGenericString().compareTo(b.toGenericString()));
    }

    private static Set<String> refused() {
        Set<String> refused = new TreeSet<>(OperationsTest.REFUSED);
        refused.removeIf(name -> name.endsWith(AS_BYTES));
        refused.addAll(REFUSED_TOO);
        return refused;
    }

    static Stream<Method> refusedOperations() {
        return operations().filter(method -> refused().contains(method.getName()));
    }

    @Test
    void operations_ofTheSdksClient_areDecidedUponAsInTheSynchronousClient() {
        Set<String> decided = new TreeSet<>(OperationsTest.OURS);
        decided.removeIf(name -> name.endsWith(AS_BYTES));
        decided.addAll(refused());
        decided.addAll(OperationsTest.PASSES);
        Set<String> offered = operations().map(Method::getName).collect(Collectors.toSet());
        assertThat(offered).isEqualTo(decided);
    }

    @ParameterizedTest
    @MethodSource("refusedOperations")
    void refusedOperation_anyOverload_saysWhatToDoAndSendsNothing(Method operation) {
        assertThat(failure(() -> call(operation)))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageMatching("an encrypting client does not do " + operation.getName() + ": .{20,}");
        assertThat(calls).isEmpty();
    }

    @Test
    @Tag("CLI-002")
    void passingOperations_reachTheClientBelow() throws Exception {
        for (Method operation : operations()
                .filter(method -> OperationsTest.PASSES.contains(method.getName()))
                .toList()) {
            calls.clear();
            call(operation).join();
            assertThat(calls).as(operation.toGenericString()).contains(operation.getName());
        }
    }

    /** None of them hands a file, or another way to plaintext, to the client below. */
    @Test
    void putObject_anyOverload_sendsCiphertext() throws Exception {
        for (Method operation : operations()
                .filter(method -> method.getName().equals("putObject"))
                .toList()) {
            assertThat(operation.getDeclaringClass()).isEqualTo(S3AsyncClient.class);
            Throwable failure = failure(() -> call(operation));
            assertThat(failure).as(operation.toGenericString()).isNull();
        }
        assertThat(calls).hasSize(4).containsOnly("putObject");
    }

    @Test
    void restoreObject_withSelect_isRefused() {
        assertThat(failure(() -> encrypting.restoreObject(of -> of.bucket("b")
                        .key("k")
                        .restoreRequest(restore -> restore.type(RestoreRequestType.SELECT)
                                .selectParameters(parameters -> parameters.expression("SELECT *"))))))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("restore the object and get it");
        assertThat(calls).isEmpty();
    }

    @Test
    void close_closesTheClientBelow() {
        encrypting.close();
        assertThat(calls).containsExactly("close");
    }

    @Test
    void build_overAnEncryptingClient_isRefused() {
        assertThatThrownBy(() -> EncryptingS3AsyncClient.builder()
                        .client(encrypting)
                        .keyring(JcaKeyrings.platform().aes("test", new byte[32]))
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("encrypts already");
        assertThatThrownBy(() -> EncryptingS3AsyncClient.builder()
                        .keyring(JcaKeyrings.platform().aes("test", new byte[32]))
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("give the S3AsyncClient to wrap");
    }

    private interface Call {
        CompletableFuture<?> begin() throws Exception;
    }

    private static Throwable failure(Call call) {
        Throwable thrown = catchThrowable(() -> call.begin().join());
        return thrown instanceof CompletionException wrapped ? wrapped.getCause() : thrown;
    }

    private CompletableFuture<?> call(Method operation) throws Exception {
        List<Object> arguments = new ArrayList<>();
        for (Type parameter : operation.getGenericParameterTypes()) {
            arguments.add(madeUp(parameter));
        }
        try {
            return (CompletableFuture<?>) operation.invoke(encrypting, arguments.toArray());
        } catch (InvocationTargetException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    private Object madeUp(Type type) throws Exception {
        if (type instanceof ParameterizedType generic) {
            type = generic.getRawType();
        }
        if (type == Consumer.class) {
            return (Consumer<Object>) AsyncOperationsTest::name;
        }
        if (type == Path.class) {
            return Files.writeString(folder.resolve("body"), "plaintext");
        }
        if (type == AsyncRequestBody.class) {
            return AsyncRequestBody.fromString("plaintext");
        }
        if (type == AsyncResponseTransformer.class) {
            return AsyncResponseTransformer.toBytes();
        }
        if (type == SelectObjectContentResponseHandler.class) {
            return SelectObjectContentResponseHandler.builder()
                    .subscriber(event -> {})
                    .build();
        }
        assertThat((Class<?>) type).isAssignableTo(S3Request.class);
        Object builder = ((Class<?>) type).getMethod("builder").invoke(null);
        name(builder);
        Method build = SdkBuilder.class.getMethod("build");
        return build.invoke(builder);
    }

    private static void name(Object builder) {
        if (builder instanceof PutObjectRequest.Builder put) {
            put.bucket("b").key("k");
        }
    }
}
