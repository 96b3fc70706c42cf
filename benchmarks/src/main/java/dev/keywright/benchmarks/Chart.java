/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks;

import java.util.List;
import java.util.Locale;

/**
 * Bars: how fast the two encrypting clients are as fractions of the plain one, a panel for each JDK. An SVG that reads
 * on light and dark grounds.
 */
final class Chart {
    private record Group(String title, String scenario, String plainScenario) {}

    private static final List<Group> GROUPS = List.of(
            new Group("put 1 GiB", "put-1g", "put-1g"),
            new Group("put 1 GiB in parts", "put-parts-1g", "put-parts-1g"),
            new Group("get 1 GiB, unverified", "get-unverified-1g", "get-unverified-1g"),
            new Group("get 1 GiB, verified", "get-verified-1g", "get-unverified-1g"),
            new Group("get 64 MiB, verified", "get-verified-64m", "get-verified-64m"),
            new Group("range, 1 MiB of 1 GiB", "range-1m", "range-1m"),
            new Group("put 1 KiB", "put-1k", "put-1k"),
            new Group("get 1 KiB", "get-1k", "get-1k"));

    private static final int LABELS = 190;
    private static final int BARS = 460;
    private static final int MARGIN = 56;
    private static final int BAR = 13;
    private static final int GROUP = 42;
    private static final int PANEL_HEAD = 46;
    private static final int PANEL_FOOT = 34;
    private static final int HEAD = 60;
    private static final double MOST = 1.2;

    private Chart() {}

    static String svg(Results results) {
        int width = LABELS + BARS + MARGIN;
        int panel = PANEL_HEAD + GROUPS.size() * GROUP + PANEL_FOOT;
        int height = HEAD + results.jdks().size() * panel;
        StringBuilder svg = new StringBuilder(String.format(Locale.ROOT, """
                <svg xmlns="http://www.w3.org/2000/svg" width="%1$d" height="%2$d" viewBox="0 0 %1$d %2$d" role="img" \
                aria-label="Speed of the encrypting clients as a fraction of the plain client's">
                <style>
                text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #57606a; }
                .title { font-size: 16px; font-weight: 600; }
                .panel { font-size: 14px; font-weight: 600; }
                .small { font-size: 11px; }
                .ours { fill: #1a7f5a; }
                .peer { fill: #9a8c7c; }
                .rule { stroke: #8c959f; stroke-opacity: 0.35; }
                .one { stroke: #57606a; stroke-dasharray: 4 3; }
                @media (prefers-color-scheme: dark) {
                text { fill: #adbac7; }
                .ours { fill: #3fb68b; }
                .one { stroke: #adbac7; }
                }
                </style>
                <text class="title" x="12" y="24">Speed as a fraction of the plain S3 client's; longer is faster</text>
                """, width, height));
        legend(svg);
        int top = HEAD;
        for (int jdk : results.jdks()) {
            panel(svg, results, jdk, top);
            top += panel;
        }
        return svg.append("</svg>\n").toString();
    }

    private static void legend(StringBuilder svg) {
        svg.append(String.format(Locale.ROOT, """
                <rect class="ours" x="12" y="37" width="12" height="12"/><text x="30" y="48">Keywright</text>
                <rect class="peer" x="116" y="37" width="12" height="12"/><text x="134" y="48">amazon-s3-encryption-client-java</text>
                """));
    }

    private static void panel(StringBuilder svg, Results results, int jdk, int top) {
        int first = top + PANEL_HEAD;
        int bottom = first + GROUPS.size() * GROUP;
        svg.append(
                String.format(Locale.ROOT, "<text class=\"panel\" x=\"12\" y=\"%d\">JDK %d</text>%n", top + 28, jdk));
        for (int fifth = 0; fifth <= Math.round(MOST * 5); fifth++) {
            double x = x(fifth / 5.0);
            svg.append(String.format(
                    Locale.ROOT,
                    "<line class=\"%s\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>"
                            + "<text class=\"small\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>%n",
                    fifth == 5 ? "one" : "rule",
                    x,
                    first - 6,
                    x,
                    bottom,
                    x,
                    bottom + 16,
                    fifth == 5 ? "1 = plain" : String.format(Locale.ROOT, "%.1f", fifth / 5.0)));
        }
        for (int i = 0; i < GROUPS.size(); i++) {
            Group group = GROUPS.get(i);
            int y = first + i * GROUP;
            svg.append(String.format(
                    Locale.ROOT,
                    "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>%n",
                    LABELS - 10,
                    y + BAR + 5,
                    group.title));
            bar(svg, "ours", y, speed(results, jdk, group, "keywright"));
            bar(svg, "peer", y + BAR + 2, speed(results, jdk, group, "peer"));
        }
    }

    private static void bar(StringBuilder svg, String kind, int y, double value) {
        if (!Double.isFinite(value)) {
            svg.append(String.format(
                    Locale.ROOT, "<text class=\"small\" x=\"%d\" y=\"%d\">not measured</text>%n", LABELS + 6, y + 11));
            return;
        }
        double length = x(Math.min(value, MOST)) - LABELS;
        svg.append(String.format(
                Locale.ROOT,
                "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>"
                        + "<text class=\"small\" x=\"%.1f\" y=\"%d\">%.2f</text>%n",
                kind,
                LABELS,
                y,
                Math.max(length, 1),
                BAR,
                LABELS + length + 5,
                y + 11,
                value));
    }

    private static double x(double value) {
        return LABELS + value / MOST * BARS;
    }

    /** The median of the rounds' ratios. */
    private static double speed(Results results, int jdk, Group group, String client) {
        return Spread.of(results.rounds(jdk).stream()
                        .mapToDouble(round -> results.value(jdk, round, group.plainScenario + "/plain", "wall")
                                / results.value(jdk, round, group.scenario + "/" + client, "wall"))
                        .filter(Double::isFinite)
                        .toArray())
                .median();
    }
}
