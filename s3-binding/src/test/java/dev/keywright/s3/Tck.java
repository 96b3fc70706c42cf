/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.lang.annotation.Annotation;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.opentest4j.TestAbortedException;
import org.testng.SkipException;
import org.testng.annotations.AfterClass;
import org.testng.annotations.BeforeClass;
import org.testng.annotations.BeforeMethod;
import org.testng.annotations.Test;

/** Runs the rules of Reactive Streams, which are written for TestNG, under JUnit: one rule, one test. */
final class Tck {
    private Tck() {}

    /** The rules of a verification that can be tested, of which every test has one of its own. */
    static Stream<DynamicTest> rulesOf(Supplier<?> verification) {
        return Arrays.stream(verification.get().getClass().getMethods())
                .filter(method -> method.isAnnotationPresent(Test.class))
                .filter(method -> !method.getName().startsWith("untested_"))
                .sorted(Comparator.comparing(Method::getName))
                .map(rule -> DynamicTest.dynamicTest(rule.getName(), () -> run(verification.get(), rule)));
    }

    private static void run(Object verification, Method rule) throws Exception {
        callAll(verification, BeforeClass.class);
        try {
            callAll(verification, BeforeMethod.class);
            call(verification, rule);
        } finally {
            callAll(verification, AfterClass.class);
        }
    }

    private static void callAll(Object verification, Class<? extends Annotation> when) throws Exception {
        for (Method method : verification.getClass().getMethods()) {
            if (method.isAnnotationPresent(when)) {
                call(verification, method);
            }
        }
    }

    private static void call(Object verification, Method method) throws Exception {
        try {
            method.invoke(verification);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof SkipException skipped) {
                throw new TestAbortedException(skipped.getMessage());
            }
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw new AssertionError(e.getCause());
        }
    }
}
