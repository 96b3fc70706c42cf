/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** The contract sees what it is there to see: each broken keyring fails the rule that it breaks, and no other. */
class KeyringContractTest {
    private static final Pattern RULE = Pattern.compile("K\\d\\d");

    static List<Class<?>> broken() {
        return Arrays.stream(BrokenKeyrings.class.getDeclaredClasses())
                .filter(type -> RULE.matcher(type.getSimpleName()).lookingAt())
                .sorted((a, b) -> a.getSimpleName().compareTo(b.getSimpleName()))
                .collect(Collectors.toList());
    }

    @ParameterizedTest
    @MethodSource("broken")
    void brokenKeyring_failsItsRule_andNoOther(Class<?> contract) {
        assertThat(run(contract).failed).containsExactly(ruleOf(contract.getSimpleName()));
    }

    @Test
    void everyRule_hasABrokenKeyring() {
        assertThat(broken().stream().map(type -> ruleOf(type.getSimpleName())).collect(Collectors.toSet()))
                .containsExactlyInAnyOrderElementsOf(allRules());
    }

    @Test
    void soundKeyrings_failNoRule_andBetweenThemRunEveryTest() {
        Outcome describing = run(Describing.class);
        Outcome binding = run(Binding.class);

        assertThat(describing.failed).isEmpty();
        assertThat(binding.failed).isEmpty();
        Set<String> skippedByBoth = new TreeSet<>(describing.skippedTests);
        skippedByBoth.retainAll(binding.skippedTests);
        assertThat(skippedByBoth).isEmpty();
        Set<String> rules = new TreeSet<>(describing.passed);
        rules.addAll(binding.passed);
        assertThat(rules).containsExactlyElementsOf(allRules());
    }

    @Test
    void keyringWithoutBackEnd_skipsItsRules_visibly() {
        Outcome alone = run(WithoutBackEnd.class);

        assertThat(alone.failed).isEmpty();
        assertThat(alone.skippedTests)
                .contains(
                        "required_K05_backEndDown_throwsUnavailable_neverNotMine",
                        "required_K06_accessDenied_throwsDenied");
        assertThat(alone.passed).contains("K03");
    }

    static final class Describing extends BrokenKeyrings.Describing {}

    static final class Binding extends BrokenKeyrings.Binding {}

    static final class WithoutBackEnd extends BrokenKeyrings.Describing {
        @Override
        protected java.util.Optional<BackEnd> backEnd() {
            return java.util.Optional.empty();
        }
    }

    private static Set<String> allRules() {
        return IntStream.rangeClosed(1, 14)
                .mapToObj(number -> String.format("K%02d", number))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String ruleOf(String name) {
        return Stream.of(RULE.matcher(name))
                .filter(Matcher::find)
                .findFirst()
                .orElseThrow()
                .group();
    }

    /** Which rules had a test that failed, which one that passed, and which tests were skipped. */
    private static final class Outcome implements TestExecutionListener {
        final Set<String> failed = new ConcurrentSkipListSet<>();
        final Set<String> passed = new ConcurrentSkipListSet<>();
        final Set<String> skippedTests = new ConcurrentSkipListSet<>();

        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            if (test.isTest()) {
                switch (result.getStatus()) {
                    case FAILED -> failed.add(ruleOf(test.getDisplayName()));
                    case SUCCESSFUL -> passed.add(ruleOf(test.getDisplayName()));
                    case ABORTED -> skippedTests.add(test.getDisplayName().replace("()", ""));
                }
            }
        }
    }

    private static Outcome run(Class<?> contract) {
        Outcome outcome = new Outcome();
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(selectClass(contract))
                                // What broken keyrings do is no report of ours.
                                .configurationParameter("junit.platform.reporting.open.xml.enabled", "false")
                                .build(),
                        outcome);
        return outcome;
    }
}
