/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.KeyringException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Pkcs11UriTest {
    @Test
    void parse_everyAttribute_isRead() {
        Pkcs11Uri uri = Pkcs11Uri.parse(
                "pkcs11:token=My%20token;serial=12%3b4;manufacturer=A;model=B;slot-id=7;object=k%C3%A9y;"
                        + "id=%00%FFa;type=private?module-path=/usr/lib/x.so&pin-source=file:/etc/pin");
        assertThat(uri.token()).hasValue("My token");
        assertThat(uri.serial()).hasValue("12;4");
        assertThat(uri.manufacturer()).hasValue("A");
        assertThat(uri.model()).hasValue("B");
        assertThat(uri.slotId()).hasValue(7L);
        assertThat(uri.object()).hasValue("kéy");
        assertThat(uri.id()).hasValue(Bytes.copyOf(new byte[] {0, -1, 'a'}));
        assertThat(uri.type()).hasValue(Pkcs11Uri.KeyType.PRIVATE);
        assertThat(uri.modulePath()).hasValue(Path.of("/usr/lib/x.so"));
        assertThat(uri.pinSource()).hasValue(Path.of("/etc/pin"));
    }

    @Test
    void parse_libraryAndSlot_areRead() {
        String key = "pkcs11:library-manufacturer=A;library-description=B%20C;library-version=2.6;"
                + "slot-description=D;slot-manufacturer=E";
        Pkcs11Uri uri = Pkcs11Uri.parse(key + "?module-name=softhsm2");
        assertThat(uri.libraryManufacturer()).hasValue("A");
        assertThat(uri.libraryDescription()).hasValue("B C");
        assertThat(uri.libraryVersion()).hasValue("2.6");
        assertThat(uri.slotDescription()).hasValue("D");
        assertThat(uri.slotManufacturer()).hasValue("E");
        assertThat(uri.moduleName()).hasValue("softhsm2");
        assertThat(uri).hasToString(key);
    }

    @Test
    void parse_versionWithoutMinor_hasMinorNought() {
        assertThat(Pkcs11Uri.parse("pkcs11:library-version=2").libraryVersion()).hasValue("2.0");
    }

    @Test
    void parse_nothing_namesNothing() {
        assertThat(Pkcs11Uri.parse("pkcs11:").token()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pkcs12:token=a",
                "token=a",
                "pkcs11:token",
                "pkcs11:=a",
                "pkcs11:token=a;token=b",
                "pkcs11:token=a;;object=b",
                "pkcs11:token=%4",
                "pkcs11:token=%",
                "pkcs11:token=%zz",
                "pkcs11:token=%ff",
                "pkcs11:slot-id=x",
                "pkcs11:slot-id=-1",
                "pkcs11:type=cert",
                "pkcs11:x-vendor=1",
                "pkcs11:token=a?module-name=../softhsm",
                "pkcs11:token=a?module-name=.softhsm",
                "pkcs11:token=a?module-name=soft%20hsm",
                "pkcs11:token=a?module-name=softhsm2&module-path=/x.so",
                "pkcs11:library-version=x",
                "pkcs11:library-version=2.",
                "pkcs11:library-version=2.256",
                "pkcs11:library-version=2.6.1",
                "pkcs11:library-version=0002.6",
                "pkcs11:token=a?pin-source=https://example.com/pin",
                "pkcs11:token=a?pin-source=|cat",
                "pkcs11:token=a?",
                "pkcs11:token=a?x-vendor=1",
                "pkcs11:token=",
                "pkcs11:token=a b",
                "pkcs11:token=a/b",
                "pkcs11:token=k\u00e9y",
                "pkcs11:to ken=a",
                "pkcs11:slot-id=99999999999999999999",
                "pkcs11:slot-id=\u0661",
                "pkcs11:token=a?module-path=x.so",
                "pkcs11:token=a?module-path=//host/x.so",
                "pkcs11:token=a?module-path=/x%00.so",
                "pkcs11:token=a?pin-source=pin",
                "pkcs11:token=a?pin-source=file:pin",
                "pkcs11:token=a?pin-source=file://host/pin",
                "pkcs11:token=a?module-path=/a&module-path=/b",
                "PKCS11:token=a",
                "pkcs11:module-path=/x.so"
            })
    void parse_anythingElse_isRefused(String uri) {
        assertThatThrownBy(() -> Pkcs11Uri.parse(uri))
                .isInstanceOfSatisfying(
                        KeyringException.class,
                        e -> assertThat(e.reason()).isEqualTo(KeyringException.Reason.MISCONFIGURED));
    }

    @Test
    void parse_pinValue_isRefusedAndNotRepeated() {
        assertThatThrownBy(() -> Pkcs11Uri.parse("pkcs11:token=a?pin-value=4711"))
                .isInstanceOf(KeyringException.class)
                .hasMessageContaining("pin-source")
                .hasMessageNotContaining("4711");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/etc/pin", "file:/etc/pin", "file:///etc/pin", "file:%2Fetc%2Fpin"})
    void parse_pinSource_isAFile(String source) {
        assertThat(Pkcs11Uri.parse("pkcs11:?pin-source=" + source).pinSource()).hasValue(Path.of("/etc/pin"));
    }

    @Test
    void parse_attributeNotSupported_isNamed() {
        assertThatThrownBy(() -> Pkcs11Uri.parse("pkcs11:x-library=3"))
                .isInstanceOf(KeyringException.class)
                .hasMessageContaining("x-library");
    }

    @Test
    void toString_namesTheKeyAlone_andReadsBack() {
        String key = "pkcs11:token=My%20token;slot-id=7;object=k%C3%A9y;id=%00%FF%61;type=secret-key";
        Pkcs11Uri uri = Pkcs11Uri.parse(key + "?module-path=/usr/lib/x.so&pin-source=file:/etc/pin");
        assertThat(uri).hasToString(key);
        assertThat(Pkcs11Uri.parse(uri.toString()).id()).isEqualTo(uri.id());
    }
}
