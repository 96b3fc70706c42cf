/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code keywright vectors}: holds implementations against test vectors. */
@Command(name = "vectors", mixinStandardHelpOptions = true, header = "Holds implementations against test vectors.")
final class VectorsCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which vectors is missing: wycheproof");
    }
}
