/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.pkcs11.TokenExpectations.Verdict;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenExpectationsTest {
    private static Verdict verdict(String wanted, String cell) {
        return new TokenExpectations(
                        List.of("operation\tNSS\tTPM", "CTR\t-\t" + wanted),
                        List.of("# why", "CTR\tTPM\tno: CKR_DATA_INVALID by C_Encrypt\tA known fault."))
                .verdict(TokenOperation.CTR, TokenColumn.TPM, cell);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "yes; yes",
                "yes; yes, =JCE",
                "=JCE; yes, =JCE",
                "no; no: it used the zeros",
                "CKR_NO_EVENT; no: CKR_NO_EVENT by C_WaitForSlotEvent",
                "-; no: anything"
            })
    void asExpected_isNoDifference(String wanted, String cell) {
        assertThat(verdict(wanted, cell).difference()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "yes; no: CKR_DATA_INVALID by C_EncryptInit",
                "=JCE; yes",
                "no; yes",
                "CKR_NO; no: CKR_NO_EVENT by C_WaitForSlotEvent",
                "CKR_NO_EVENT; yes"
            })
    void otherwise_isUnexplained(String wanted, String cell) {
        assertThat(verdict(wanted, cell).isUnexplained()).isTrue();
        assertThat(verdict(wanted, cell).difference().orElseThrow()).contains("TPM 2.0: expected " + wanted, cell);
    }

    @Test
    void otherwiseForAKnownReason_isExplained() {
        Verdict known = verdict("yes", "no: CKR_DATA_INVALID by C_Encrypt");
        assertThat(known.isUnexplained()).isFalse();
        assertThat(known.difference()).isPresent();
        assertThat(known.reason()).isEqualTo(Optional.of("A known fault."));
    }

    @Test
    void keptLists_nameOperationsAndTokensThatThereAre() {
        Verdict verdict =
                TokenExpectations.kept().verdict(TokenOperation.GCM_ENCRYPT, TokenColumn.SOFTHSM, "no: whatever");
        assertThat(verdict.isUnexplained()).isTrue();
    }
}
