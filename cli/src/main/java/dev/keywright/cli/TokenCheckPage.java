/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.pkcs11.Pkcs11Check;
import dev.keywright.pkcs11.Pkcs11Description;
import dev.keywright.pkcs11.Pkcs11Description.Mechanism;
import dev.keywright.pkcs11.Pkcs11Description.Verdict;
import dev.keywright.pkcs11.Pkcs11KeyInfo;
import dev.keywright.pkcs11.Pkcs11TokenInfo;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What {@code token check} found, as one page of HTML that loads nothing else. All text of the token is escaped. */
final class TokenCheckPage {
    private static final DateTimeFormatter MINUTE = DateTimeFormatter.ofPattern(
                    "d MMMM yyyy, HH:mm 'UTC'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private final String uri;
    private final Pkcs11Check check;
    private final Pkcs11Description found;
    private final Instant when;
    private final StringBuilder html = new StringBuilder();

    /** @param uri of the key, without its query */
    TokenCheckPage(String uri, Pkcs11Check check, Instant when) {
        this.uri = uri;
        this.check = check;
        this.found = check.description();
        this.when = when;
    }

    String text() {
        add("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        add("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        add("<title>" + escaped(headline()) + "</title>\n<style>\n" + VectorsPage.style()
                + VectorsPage.style("token.css") + "</style>\n</head>\n<body>\n<main>\n");
        add("<p class=\"over\">Keywright \u00b7 token check</p>\n<h1>" + escaped(headline()) + "</h1>\n");
        add("<p><code>" + escaped(uri) + "</code></p>\n");
        tiles();
        list("What the key can serve", check.serves(), "Nothing: it can do none of the S3 wraps.");
        list("What to set or change", check.advice(), "Nothing stands in the way.");
        if (!found.warnings().isEmpty()) {
            list("Warnings", found.warnings(), "");
        }
        verdicts();
        facts();
        mechanisms();
        add("<footer>Made by <code>keywright token check</code> on " + MINUTE.format(when) + ", with Java "
                + escaped(System.getProperty("java.version"))
                + ". It was tried with throw-away data keys; nothing was written to the token, and neither PIN nor key bytes "
                + "are on this page. Data keys leave the token by design; the master key does not.</footer>\n");
        add("</main>\n</body>\n</html>\n");
        return html.toString();
    }

    private String headline() {
        Pkcs11KeyInfo key = found.key();
        String name = key.label().isEmpty()
                ? "The " + key.type() + " key"
                : key.type() + " key \u201c" + key.label() + "\u201d";
        String token = " on token \u201c" + found.token().label() + "\u201d ";
        return check.passed() ? name + token + "can wrap S3 data keys" : name + token + "can do none of the S3 wraps";
    }

    private void tiles() {
        add("<ul class=\"tiles\">\n");
        tile(
                check.passed() ? "" : "bad",
                check.passed() ? "\u2713 works" : "\u2717 fails",
                "wrapped and opened a data key");
        for (Pkcs11Check.Timing timing : check.timings()) {
            tile(
                    "",
                    micros(timing.medianMicros()),
                    timing.operation() + ", median of " + timing.count() + "; "
                            + String.format(Locale.ENGLISH, "%,.0f", timing.perSecond())
                            + " a second in one thread");
        }
        tile("", String.valueOf(found.key().bits()), "bits, " + found.key().type());
        add("</ul>\n");
    }

    private static String micros(double micros) {
        return micros < 1000
                ? String.format(Locale.ENGLISH, "%.0f \u00b5s", micros)
                : String.format(Locale.ENGLISH, "%.1f ms", micros / 1000);
    }

    private void tile(String kind, String value, String what) {
        add("<li class=\"" + kind + "\"><b>" + escaped(value) + "</b><span>" + escaped(what) + "</span></li>\n");
    }

    private void list(String title, List<String> items, String none) {
        add("<h2>" + title + "</h2>\n");
        if (items.isEmpty()) {
            add("<p class=\"soft\">" + none + "</p>\n");
            return;
        }
        add("<ul class=\"said\">\n");
        items.forEach(item -> add("<li>" + escaped(item) + "</li>\n"));
        add("</ul>\n");
    }

    private void verdicts() {
        add("<h2>Wraps</h2>\n<div class=\"wide\">\n<table class=\"facts\">\n");
        found.verdicts().forEach(verdict -> row(verdict, "writes and reads"));
        found.legacy().forEach(verdict -> row(verdict, "reads, for older objects"));
        add("</table>\n</div>\n");
    }

    private void row(Verdict verdict, String what) {
        add("<tr><th scope=\"row\"><code>" + escaped(verdict.wrap()) + "</code></th><td><span class=\"chip "
                + (verdict.possible() ? "pass\">\u2713 " + what : "plain\">no") + "</span></td><td>"
                + escaped(verdict.why()) + "</td></tr>\n");
    }

    private void facts() {
        Pkcs11TokenInfo token = found.token();
        Pkcs11KeyInfo key = found.key();
        add("<h2>Module, token, key</h2>\n<div class=\"wide\">\n<table class=\"facts\">\n");
        fact("Module", found.module());
        fact("Module says", found.moduleInfo());
        fact("Token", token.label() + ", serial " + token.serial() + ", slot " + token.slotId());
        fact("Made by", token.manufacturer() + " " + token.model() + ", firmware " + token.firmwareVersion());
        fact("Login", token.loginRequired() ? "needed" : "not needed");
        fact("Key", key.toString());
        fact(
                "Protection",
                (key.sensitive() ? "sensitive" : "NOT sensitive") + ", "
                        + (key.extractable() ? "EXTRACTABLE" : "not extractable") + ", "
                        + (key.isPrivate() ? "private" : "NOT private"));
        Map<String, String> options = new TreeMap<>(check.options());
        fact("Options", options.isEmpty() ? "none: the token is as the standard has it" : options.toString());
        add("</table>\n</div>\n");
    }

    private void fact(String name, String value) {
        add("<tr><th scope=\"row\">" + name + "</th><td colspan=\"2\">" + escaped(value) + "</td></tr>\n");
    }

    private void mechanisms() {
        add("<details><summary><b>Mechanisms</b> <span class=\"chip plain\">"
                + found.mechanisms().size() + "</span></summary>\n<div>\n<table>\n"
                + "<tr><th scope=\"col\">mechanism</th><th scope=\"col\">encrypt</th><th scope=\"col\">decrypt</th>"
                + "<th scope=\"col\">wrap</th><th scope=\"col\">unwrap</th></tr>\n");
        for (Mechanism mechanism : found.mechanisms()) {
            add("<tr><td><code>" + escaped(mechanism.name()) + "</code></td>" + cell(mechanism.encrypt())
                    + cell(mechanism.decrypt()) + cell(mechanism.wrap()) + cell(mechanism.unwrap()) + "</tr>\n");
        }
        add("</table>\n</div></details>\n");
    }

    private static String cell(boolean has) {
        return has ? "<td>\u2713</td>" : "<td class=\"soft\">\u2013</td>";
    }

    private void add(String text) {
        html.append(text);
    }

    private static String escaped(String text) {
        return VectorsPage.escaped(text);
    }
}
