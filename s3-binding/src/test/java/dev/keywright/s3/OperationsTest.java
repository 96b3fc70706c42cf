/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.keywright.jca.JcaKeyrings;
import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.Keyring;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.MetadataDirective;
import software.amazon.awssdk.services.s3.model.RestoreObjectRequest;
import software.amazon.awssdk.services.s3.model.RestoreRequestType;
import software.amazon.awssdk.services.s3.model.S3Request;

/** Every operation of the SDK's client is decided upon; one that a later SDK adds fails here until it is. */
@Tag("CLI-001")
class OperationsTest {
    /** Shown by the tests of reading, writing and deleting. */
    static final Set<String> OURS = Set.of(
            "putObject",
            "getObject",
            "getObjectAsBytes",
            "headObject",
            "deleteObject",
            "deleteObjects",
            "createMultipartUpload",
            "uploadPart",
            "completeMultipartUpload");

    static final Set<String> REFUSED = Set.of(
            "uploadPartCopy",
            "writeGetObjectResponse",
            "getObjectTorrent",
            "getObjectTorrentAsBytes",
            "putObjectAnnotation",
            "getObjectAnnotation",
            "getObjectAnnotationAsBytes");

    /** Neither takes nor gives an object's content; copyObject and restoreObject with an exception each. */
    static final Set<String> PASSES = Set.of(
            "abortMultipartUpload",
            "copyObject",
            "createBucket",
            "createBucketMetadataConfiguration",
            "createBucketMetadataTableConfiguration",
            "createSession",
            "deleteBucket",
            "deleteBucketAnalyticsConfiguration",
            "deleteBucketCors",
            "deleteBucketEncryption",
            "deleteBucketIntelligentTieringConfiguration",
            "deleteBucketInventoryConfiguration",
            "deleteBucketLifecycle",
            "deleteBucketMetadataConfiguration",
            "deleteBucketMetadataTableConfiguration",
            "deleteBucketMetricsConfiguration",
            "deleteBucketOwnershipControls",
            "deleteBucketPolicy",
            "deleteBucketReplication",
            "deleteBucketTagging",
            "deleteBucketWebsite",
            "deleteObjectAnnotation",
            "deleteObjectTagging",
            "deletePublicAccessBlock",
            "getBucketAbac",
            "getBucketAccelerateConfiguration",
            "getBucketAcl",
            "getBucketAnalyticsConfiguration",
            "getBucketCors",
            "getBucketEncryption",
            "getBucketIntelligentTieringConfiguration",
            "getBucketInventoryConfiguration",
            "getBucketLifecycleConfiguration",
            "getBucketLocation",
            "getBucketLogging",
            "getBucketMetadataConfiguration",
            "getBucketMetadataTableConfiguration",
            "getBucketMetricsConfiguration",
            "getBucketNotificationConfiguration",
            "getBucketOwnershipControls",
            "getBucketPolicy",
            "getBucketPolicyStatus",
            "getBucketReplication",
            "getBucketRequestPayment",
            "getBucketTagging",
            "getBucketVersioning",
            "getBucketWebsite",
            "getObjectAcl",
            "getObjectAttributes",
            "getObjectLegalHold",
            "getObjectLockConfiguration",
            "getObjectRetention",
            "getObjectTagging",
            "getPublicAccessBlock",
            "headBucket",
            "listBucketAnalyticsConfigurations",
            "listBucketIntelligentTieringConfigurations",
            "listBucketInventoryConfigurations",
            "listBucketMetricsConfigurations",
            "listBuckets",
            "listDirectoryBuckets",
            "listMultipartUploads",
            "listObjectAnnotations",
            "listObjectVersions",
            "listObjects",
            "listObjectsV2",
            "listParts",
            "putBucketAbac",
            "putBucketAccelerateConfiguration",
            "putBucketAcl",
            "putBucketAnalyticsConfiguration",
            "putBucketCors",
            "putBucketEncryption",
            "putBucketIntelligentTieringConfiguration",
            "putBucketInventoryConfiguration",
            "putBucketLifecycleConfiguration",
            "putBucketLogging",
            "putBucketMetricsConfiguration",
            "putBucketNotificationConfiguration",
            "putBucketOwnershipControls",
            "putBucketPolicy",
            "putBucketReplication",
            "putBucketRequestPayment",
            "putBucketTagging",
            "putBucketVersioning",
            "putBucketWebsite",
            "putObjectAcl",
            "putObjectLegalHold",
            "putObjectLockConfiguration",
            "putObjectRetention",
            "putObjectTagging",
            "putPublicAccessBlock",
            "renameObject",
            "restoreObject",
            "updateBucketMetadataAnnotationTableConfiguration",
            "updateBucketMetadataInventoryTableConfiguration",
            "updateBucketMetadataJournalTableConfiguration",
            "updateObjectEncryption");

    /** Pages over the operation of the same name without the suffix, on the encrypting client. */
    static final String PAGINATOR = "Paginator";

    /** No operations on objects. */
    static final Set<String> CLIENTS_OWN =
            Set.of("close", "serviceName", "serviceClientConfiguration", "utilities", "waiter");

    private final RecordingS3Client below = new RecordingS3Client();
    private final Keyring keyring = JcaKeyrings.platform().aes("test", new byte[32]);
    private final EncryptingS3Client encrypting =
            EncryptingS3Client.builder().client(below.client).keyring(keyring).build();

    @TempDir
    Path folder;

    private static Stream<Method> operations() {
        return Arrays.stream(S3Client.class.getMethods())
                .filter(method -> !Modifier.isStatic(method.getModifiers()))
                .filter(method -> !CLIENTS_OWN.contains(method.getName()))
                .filter(method -> !method.getName().endsWith(PAGINATOR))
                .sorted((a, b) -> a.toGenericString().compareTo(b.toGenericString()));
    }

    static Stream<Method> refusedOperations() {
        return operations().filter(method -> REFUSED.contains(method.getName()));
    }

    @Test
    void operations_ofTheSdksClient_areAllDecidedUpon() {
        Set<String> decided = new TreeSet<>(OURS);
        decided.addAll(REFUSED);
        decided.addAll(PASSES);
        assertThat(decided).hasSize(OURS.size() + REFUSED.size() + PASSES.size());
        Set<String> offered = operations().map(Method::getName).collect(Collectors.toSet());
        assertThat(offered).isEqualTo(decided);
    }

    @Test
    void paginators_pageOverOperationsThatPass() {
        List<String> paged = Arrays.stream(S3Client.class.getMethods())
                .map(Method::getName)
                .filter(name -> name.endsWith(PAGINATOR))
                .map(name -> name.substring(0, name.length() - PAGINATOR.length()))
                .toList();
        assertThat(paged).isNotEmpty().allMatch(PASSES::contains);
    }

    @ParameterizedTest
    @MethodSource("refusedOperations")
    void refusedOperation_anyOverload_saysWhatToDoAndSendsNothing(Method operation) throws Exception {
        Throwable thrown = catchThrowable(() -> call(operation));
        assertThat(thrown)
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageMatching("an encrypting client does not do "
                        + operation.getName().replace("AsBytes", "") + ": .{20,}");
        assertThat(below.calls).isEmpty();
    }

    @Test
    @Tag("CLI-002")
    @Tag("API-019")
    @Tag("API-020")
    void passingOperations_reachTheClientBelowAsTheyAre() throws Exception {
        for (Method operation :
                operations().filter(method -> PASSES.contains(method.getName())).toList()) {
            below.calls.clear();
            List<Object> arguments = call(operation);
            boolean fileBefore = operation.getName().equals("copyObject");
            boolean fileAfter = operation.getName().equals("renameObject");
            assertThat(below.calls).as(operation.toGenericString()).hasSize(fileBefore || fileAfter ? 2 : 1);
            RecordingS3Client.Call call = below.calls.get(fileBefore ? 1 : 0);
            assertThat(call.operation()).isEqualTo(operation.getName());
            if (!arguments.isEmpty() && arguments.get(0) instanceof S3Request) {
                assertThat(call.arguments()).isEqualTo(arguments);
            }
        }
    }

    @Test
    void copyObject_replacingMetadata_isRefusedUnlessTheEnvelopeIsInIt() {
        CopyObjectRequest replace = CopyObjectRequest.builder()
                .sourceBucket("b")
                .sourceKey("k")
                .destinationBucket("b")
                .destinationKey("copy")
                .metadataDirective(MetadataDirective.REPLACE)
                .metadata(Map.of("owner", "me"))
                .build();
        assertThatThrownBy(() -> encrypting.copyObject(replace))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("use COPY, or get the object and put it");
        assertThat(below.calls).isEmpty();
        encrypting.copyObject(
                replace.toBuilder().metadata(KnownAnswers.V3_METADATA).build());
        encrypting.copyObject(
                replace.toBuilder().metadataDirective(MetadataDirective.COPY).build());
        assertThat(below.calls)
                .extracting(call -> ((CopyObjectRequest) call.arguments().get(0)).destinationKey())
                .containsExactly("copy.instruction", "copy", "copy.instruction", "copy");
    }

    /** The older way to name the source of a copy, in one text. */
    @Test
    @SuppressWarnings("deprecation")
    void copyObject_withTheOlderCopySource_takesTheFileOfThatSourceAlong() {
        encrypting.copyObject(CopyObjectRequest.builder()
                .copySource("b/a%20key?versionId=7")
                .destinationBucket("b")
                .destinationKey("copy")
                .build());
        assertThat(below.calls)
                .extracting(call -> ((CopyObjectRequest) call.arguments().get(0)).copySource())
                .containsExactly("b/a%20key.instruction", "b/a%20key?versionId=7");
    }

    @Test
    void restoreObject_withSelect_isRefused() {
        RestoreObjectRequest select = RestoreObjectRequest.builder()
                .bucket("b")
                .key("k")
                .restoreRequest(restore -> restore.type(RestoreRequestType.SELECT)
                        .selectParameters(parameters -> parameters.expression("SELECT *")))
                .build();
        assertThatThrownBy(() -> encrypting.restoreObject(select))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("restore the object and get it");
        assertThat(below.calls).isEmpty();
    }

    @Test
    void close_closesTheClientBelow_andNotTheKeyring() {
        encrypting.close();
        assertThat(below.calls).extracting(RecordingS3Client.Call::operation).containsExactly("close");
        KeyRequest request = KeyRequest.of(AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY, Map.of());
        keyring.generate(request, new SecureRandom()).close();
    }

    /** Calls an overload with arguments made up for it; throws what it throws. */
    private List<Object> call(Method operation) throws Exception {
        List<Object> arguments = new ArrayList<>();
        for (Type parameter : operation.getGenericParameterTypes()) {
            arguments.add(madeUp(parameter));
        }
        try {
            operation.invoke(encrypting, arguments.toArray());
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
        return arguments;
    }

    private Object madeUp(Type type) throws Exception {
        if (type instanceof ParameterizedType generic) {
            type = generic.getRawType();
        }
        if (type instanceof TypeVariable<?>) {
            throw new AssertionError("an operation with a new kind of parameter, " + type);
        }
        if (type == Consumer.class) {
            return (Consumer<Object>) builder -> {};
        }
        if (type == Path.class) {
            return Files.writeString(folder.resolve("body"), "plaintext");
        }
        if (type == RequestBody.class) {
            return RequestBody.fromString("plaintext");
        }
        if (type == ResponseTransformer.class) {
            return ResponseTransformer.toBytes();
        }
        assertThat((Class<?>) type).isAssignableTo(S3Request.class);
        Object builder = ((Class<?>) type).getMethod("builder").invoke(null);
        Method build = software.amazon.awssdk.utils.builder.SdkBuilder.class.getMethod("build");
        return build.invoke(builder);
    }
}
