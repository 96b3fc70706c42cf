/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.Provider;
import java.security.Security;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A JCA provider by name, if it is registered, else by class. Nothing is registered. Its jars are open until it is closed. */
final class ChosenProvider implements AutoCloseable {
    private final URLClassLoader loader;
    private final Provider provider;

    private ChosenProvider(URLClassLoader loader, Provider provider) {
        this.loader = loader;
        this.provider = provider;
    }

    /**
     * Finds it.
     *
     * @param path jars and folders to look for the class in, besides those of the command line
     * @throws IllegalArgumentException if there is none of this name or class, or it can't be made
     */
    static ChosenProvider of(String nameOrClass, @Nullable String path) throws IOException {
        URLClassLoader loader = new URLClassLoader(urls(path), ChosenProvider.class.getClassLoader());
        try {
            Provider registered = Security.getProvider(nameOrClass);
            return new ChosenProvider(loader, registered != null ? registered : made(nameOrClass, loader));
        } catch (RuntimeException | Error e) {
            loader.close();
            throw e;
        }
    }

    private static URL[] urls(@Nullable String path) throws IOException {
        List<URL> urls = new ArrayList<>();
        for (String entry : path == null ? new String[0] : path.split(File.pathSeparator, -1)) {
            if (!Files.exists(Path.of(entry))) {
                throw new NoSuchFileException(entry);
            }
            urls.add(url(Path.of(entry)));
        }
        return urls.toArray(URL[]::new);
    }

    private static URL url(Path entry) throws MalformedURLException {
        return entry.toUri().toURL();
    }

    private static Provider made(String className, ClassLoader loader) {
        try {
            return Class.forName(className, true, loader)
                    .asSubclass(Provider.class)
                    .getConstructor()
                    .newInstance();
        } catch (ClassNotFoundException e) {
            throw new IllegalArgumentException(
                    "'" + className + "' is neither a registered provider's name nor a class: there are "
                            + List.of(Security.getProviders()).stream()
                                    .map(Provider::getName)
                                    .toList()
                            + "; a class of your own is found by --provider-path",
                    e);
        } catch (ReflectiveOperationException | ClassCastException | LinkageError e) {
            throw new IllegalArgumentException(
                    className + " can't be used: it must be a java.security.Provider with a public constructor without"
                            + " parameters (" + e + ")",
                    e);
        }
    }

    Provider provider() {
        return provider;
    }

    @Override
    public void close() throws IOException {
        loader.close();
    }
}
