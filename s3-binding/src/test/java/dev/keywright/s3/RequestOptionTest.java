/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestOptionTest {
    /** Loads the binding's classes anew, over the SDK that is there. */
    private static final class AnotherApplication extends ClassLoader {
        AnotherApplication() {
            super(RequestOptionTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("dev.keywright.s3.")) {
                return super.loadClass(name, resolve);
            }
            Class<?> loaded = findLoadedClass(name);
            return loaded == null ? define(name) : loaded;
        }

        private Class<?> define(String name) throws ClassNotFoundException {
            try (InputStream file = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
                if (file == null) {
                    throw new ClassNotFoundException(name);
                }
                byte[] bytes = file.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                MultipartPartSize.class,
                VerifiedRelease.class,
                InstructionFileSuffix.class,
                EncryptionContext.class
            })
    void option_inTwoApplicationsOverOneSdk_isInitialisedInBoth(Class<?> option) throws Exception {
        Class<?> ours = Class.forName(option.getName(), true, getClass().getClassLoader());
        Class<?> theirs = Class.forName(option.getName(), true, new AnotherApplication());
        assertThat(ours).isSameAs(option);
        assertThat(theirs).isNotSameAs(option);
    }
}
