/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.house;

import java.lang.reflect.AnnotatedArrayType;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.AnnotatedTypeVariable;
import java.lang.reflect.AnnotatedWildcardType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.TypeVariable;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A type's public and protected face as text, the same on every JDK: one line for the type, one for each member, sorted. A
 * type that may be null ends with a question mark; {@code java.lang} is left out.
 */
final class ApiText {
    private ApiText() {}

    static Stream<String> of(Class<?> type) {
        return Stream.concat(
                Stream.of(type(type)), members(type).sorted().distinct().map(member -> "  " + member));
    }

    private static Stream<String> members(Class<?> type) {
        return Stream.of(
                        Arrays.stream(type.getDeclaredFields())
                                .filter(field -> isApi(field.getModifiers()) && !field.isSynthetic())
                                .map(ApiText::field),
                        Arrays.stream(type.getDeclaredConstructors())
                                .filter(constructor -> isApi(constructor.getModifiers()) && !constructor.isSynthetic())
                                .map(ApiText::constructor),
                        Arrays.stream(type.getDeclaredMethods())
                                .filter(method -> isApi(method.getModifiers()) && !method.isSynthetic())
                                .map(ApiText::method))
                .flatMap(members -> members);
    }

    private static boolean isApi(int modifiers) {
        return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
    }

    private static String type(Class<?> type) {
        StringBuilder text = new StringBuilder();
        String kind = type.isAnnotation()
                ? "@interface"
                : type.isInterface() ? "interface" : type.isEnum() ? "enum" : type.isRecord() ? "record" : "class";
        int told = Modifier.PUBLIC | Modifier.PROTECTED | Modifier.STATIC;
        if (kind.equals("class")) {
            told |= Modifier.ABSTRACT | Modifier.FINAL;
        }
        text.append(Modifier.toString(type.getModifiers() & told))
                .append(type.isSealed() ? " sealed " : " ")
                .append(kind)
                .append(' ')
                .append(type.getName())
                .append(variables(type.getTypeParameters()));
        AnnotatedType superclass = type.getAnnotatedSuperclass();
        if (kind.equals("class") && superclass != null && superclass.getType() != Object.class) {
            text.append(" extends ").append(render(superclass));
        }
        if (type.getAnnotatedInterfaces().length > 0) {
            text.append(type.isInterface() ? " extends " : " implements ")
                    .append(list(type.getAnnotatedInterfaces(), ", "));
        }
        if (type.isSealed()) {
            text.append(" permits ")
                    .append(Arrays.stream(type.getPermittedSubclasses())
                            .map(permitted -> shortName(permitted.getName()))
                            .sorted()
                            .collect(Collectors.joining(", ")));
        }
        return text.toString();
    }

    private static String field(Field field) {
        if (field.isEnumConstant()) {
            return "constant " + field.getName();
        }
        return "field " + modifiers(field.getModifiers(), Modifier.fieldModifiers()) + render(field.getAnnotatedType())
                + " " + field.getName();
    }

    private static String constructor(Constructor<?> constructor) {
        return "constructor " + modifiers(constructor.getModifiers(), Modifier.constructorModifiers()) + "("
                + parameters(constructor) + ")" + thrown(constructor);
    }

    private static String method(Method method) {
        int told = Modifier.methodModifiers() & ~Modifier.SYNCHRONIZED & ~Modifier.NATIVE;
        String variables = variables(method.getTypeParameters());
        return "method " + modifiers(method.getModifiers(), told) + (method.isDefault() ? "default " : "")
                + (variables.isEmpty() ? "" : variables + " ") + render(method.getAnnotatedReturnType()) + " "
                + method.getName() + "(" + parameters(method) + ")" + thrown(method);
    }

    private static String modifiers(int modifiers, int told) {
        String text = Modifier.toString(modifiers & told);
        return text.isEmpty() ? "" : text + " ";
    }

    private static String parameters(Executable executable) {
        String text = list(executable.getAnnotatedParameterTypes(), ", ");
        return executable.isVarArgs() ? text.substring(0, text.length() - 2) + "..." : text;
    }

    private static String thrown(Executable executable) {
        String list = Arrays.stream(executable.getExceptionTypes())
                .map(type -> shortName(type.getName()))
                .sorted()
                .collect(Collectors.joining(", "));
        return list.isEmpty() ? "" : " throws " + list;
    }

    private static String variables(TypeVariable<?>[] variables) {
        if (variables.length == 0) {
            return "";
        }
        return Arrays.stream(variables)
                .map(variable -> {
                    String bounds = list(variable.getAnnotatedBounds(), " & ");
                    return variable.getName() + (bounds.equals("Object") ? "" : " extends " + bounds);
                })
                .collect(Collectors.joining(", ", "<", ">"));
    }

    private static String list(AnnotatedType[] types, String separator) {
        return Arrays.stream(types).map(ApiText::render).collect(Collectors.joining(separator));
    }

    private static String render(AnnotatedType type) {
        String mark = type.isAnnotationPresent(Nullable.class) ? "?" : "";
        if (type instanceof AnnotatedArrayType array) {
            return render(array.getAnnotatedGenericComponentType()) + mark + "[]";
        }
        if (type instanceof AnnotatedParameterizedType parameterized) {
            String raw = ((Class<?>) ((ParameterizedType) type.getType()).getRawType()).getName();
            return shortName(raw) + "<" + list(parameterized.getAnnotatedActualTypeArguments(), ", ") + ">" + mark;
        }
        if (type instanceof AnnotatedTypeVariable) {
            return type.getType().getTypeName() + mark;
        }
        if (type instanceof AnnotatedWildcardType wildcard) {
            List<AnnotatedType> lower = List.of(wildcard.getAnnotatedLowerBounds());
            String upper = list(wildcard.getAnnotatedUpperBounds(), " & ");
            return !lower.isEmpty()
                    ? "? super " + render(lower.get(0))
                    : upper.equals("Object") ? "?" : "? extends " + upper;
        }
        return shortName(Objects.requireNonNull((Class<?>) type.getType()).getName()) + mark;
    }

    private static String shortName(String name) {
        return name.matches("java\\.lang\\.[A-Za-z]+") ? name.substring("java.lang.".length()) : name;
    }
}
