/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import static dev.keywright.cli.Run.keywright;
import static dev.keywright.cli.Run.succeed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.cli.Run.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UsageTest {
    @Test
    void help_listsCommandsAndEveryExitCode() {
        String help = succeed("--help").out();
        assertThat(help).contains("put ", "get ", "seal ", "open ", "inspect ");
        for (ExitCode code : ExitCode.values()) {
            assertThat(help).contains(String.format("%n  %d   %s%n", code.code, code.meaning));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"put", "get", "seal", "open", "inspect"})
    void help_ofEachCommand_isItsOwn(String command) {
        assertThat(succeed(command, "--help").out()).contains("Usage: keywright " + command);
    }

    @Test
    void noCommand_isMisuse_onOneLine() {
        Outcome outcome = keywright();
        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.errorLine()).isEqualTo("keywright: a command is missing (see 'keywright --help')");
    }

    @Test
    void unknownOption_isMisuse_onOneLine() {
        Outcome outcome = keywright("inspect", "--colour", "x");
        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.errorLine()).contains("--colour", "keywright inspect --help");
    }

    @Test
    void misuse_withJson_isJson() {
        assertThat(keywright("seal", "--json").errorLine())
                .startsWith("{\"error\":\"usage\",\"message\":\"")
                .endsWith("\"exitCode\":2}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"s3://bucket", "s3://bucket/", "s3:///key", "https://bucket/key"})
    void s3Location_malformed_isMisuse(String location) {
        Outcome outcome = keywright("get", "--key", "aes:x", location, "out");
        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.errorLine()).contains("is not s3://BUCKET/KEY");
    }

    @Test
    void policy_unknown_listsThePolicies() {
        Outcome outcome = keywright("open", "--policy", "none", "--key", "aes:x", "in", "out");
        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.errorLine()).contains("'none'", "require-encrypt-allow-decrypt");
    }
}
