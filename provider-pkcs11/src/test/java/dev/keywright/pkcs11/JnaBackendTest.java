/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.jna.NativeLibrary;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.testing.SoftHsm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JnaBackendTest {
    private static AbstractThrowableAssert<?, ? extends Throwable> refused(ThrowingCallable call) {
        return assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        KeyringException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MISCONFIGURED));
    }

    @Test
    void module_absent_isRefusedByItsPath() {
        refused(() -> Pkcs11Module.at(Path.of("/no/such/module.so")))
                .hasMessageContainingAll("/no/such/module.so", "no such file");
    }

    @Test
    void module_thatIsNoLibrary_isRefused(@TempDir Path folder) throws IOException {
        Path text = Files.writeString(folder.resolve("module.so"), "not a library");
        refused(() -> Pkcs11Keyring.listTokens(text)).hasMessageContainingAll(text.toString(), "can't be loaded");
    }

    @Test
    void module_thatIsAnotherLibrary_isRefused() {
        Path library = Path.of(System.getProperty("java.home"), "lib", System.mapLibraryName("zip"));
        refused(() -> Pkcs11Module.at(library))
                .hasMessageContainingAll(library.toString(), "no PKCS#11 module", "C_GetFunctionList");
    }

    @Test
    void module_throughALink_isTheSameModule(@TempDir Path folder) throws IOException {
        try (SoftHsm token = SoftHsm.newToken()) {
            Path link = Files.createSymbolicLink(folder.resolve("linked.so"), token.module());
            try {
                assertThat(Pkcs11Module.at(link)).isSameAs(Pkcs11Module.at(token.module()));
            } finally {
                Files.delete(link);
            }
        }
    }

    /** All modules have these names, and some call their own functions by them: they would get another module's. */
    @Test
    void module_loaded_keepsItsNamesToItself() {
        try (SoftHsm token = SoftHsm.newToken()) {
            JnaBackend.load(token.module());
            NativeLibrary process = NativeLibrary.getProcess();
            assertThatThrownBy(() -> process.getFunction("C_Initialize")).isInstanceOf(UnsatisfiedLinkError.class);
        }
    }

    @ParameterizedTest
    @CsvSource({"Windows Server 2025, 4, 8", "Windows Server 2025, 8, 8", "Linux, 4, 4", "Linux, 4, 8"})
    void platform_ofAnotherLayout_isRefused(String system, int longBytes, int pointerBytes) {
        refused(() -> JnaBackend.requirePlatform(system, longBytes, pointerBytes))
                .hasMessageContainingAll(system, "64-bit Linux and macOS");
    }

    @ParameterizedTest
    @CsvSource({"Linux", "Mac OS X"})
    void platform_ofThisLayout_isTaken(String system) {
        assertThatCode(() -> JnaBackend.requirePlatform(system, 8, 8)).doesNotThrowAnyException();
    }

    @Test
    void block_writtenPastItsEnd_isRefusedInJava() {
        try (SoftHsm token = SoftHsm.newToken();
                NativeBlock block = JnaBackend.load(token.module()).allocate(8)) {
            assertThatThrownBy(() -> block.put(1, new byte[8])).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> block.ulong(4)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }
}
