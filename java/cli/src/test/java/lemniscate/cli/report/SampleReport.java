package lemniscate.cli.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Made-up results with everything that a page can hold. */
final class SampleReport {

  static final int[] WIDTHS = {64, 128, 256, 512, 1024};

  private SampleReport() {}

  /** Loss over learning rate and width: the optimum moves on the left and stays on the right. */
  static Figure transfer() {
    Axis x = Axis.log2("learning rate at the base width");
    Axis y = Axis.log10("training loss");
    return Figure.sideBySide(
        "transfer",
        "Training loss over learning rate",
        "Under SP the best learning rate falls with the width, under μP it stays.",
        List.of(new Panel("SP", x, y, bowls(-2, -1)), new Panel("μP", x, y, bowls(-4, 0))));
  }

  private static List<Series> bowls(int first, double drift) {
    List<Series> series = new ArrayList<>();
    for (int w = 0; w < WIDTHS.length; w++) {
      double best = first + drift * w;
      List<Series.Point> points = new ArrayList<>();
      double lowest = Double.POSITIVE_INFINITY;
      double at = 0;
      for (int e = -12; e <= 2; e++) {
        double loss = 0.3 / (1 + 0.2 * w) * Math.pow(10, 0.03 * (e - best) * (e - best));
        double rate = Math.pow(2, e);
        boolean diverged = e > best + 3;
        points.add(
            diverged
                ? Series.Point.diverged(rate)
                : Series.Point.of(rate, loss, loss / 1.15, loss * 1.15));
        if (!diverged && loss < lowest) {
          lowest = loss;
          at = rate;
        }
      }
      series.add(
          Series.line("width " + WIDTHS[w], Tone.shade(w, WIDTHS.length), points)
              .withMark("optimum", at, lowest));
    }
    return series;
  }

  /** A quantity over the width with its fit, its limit and the interval of that. */
  static Figure limit() {
    List<Series.Point> measured = new ArrayList<>();
    List<Series.Point> fit = new ArrayList<>();
    for (int width : WIDTHS) {
      double value = 0.5 + 3.0 / Math.sqrt(width);
      fit.add(Series.Point.of(width, value));
      measured.add(
          Series.Point.of(width, value + 0.01 * Math.sin(width), value - 0.03, value + 0.03));
    }
    List<Series.Point> band =
        List.of(Series.Point.of(64, 0.5, 0.45, 0.55), Series.Point.of(1024, 0.5, 0.45, 0.55));
    return Figure.of(
        "limit",
        "Test loss <at> \"infinite\" width & its fit",
        "Measured test losses fall towards the extrapolated limit.",
        new Panel(
            "",
            Axis.log2("width M"),
            Axis.linear("test loss"),
            List.of(
                Series.band("95 % of the limit", Tone.of(Tone.Hue.ORANGE), band),
                Series.guide("a + b M^−1/2", fit),
                Series.points("measured", Tone.shade(0, 1), measured))));
  }

  /** Panels of different ranges in rows, of which the last is not full. */
  static Figure grid() {
    List<Panel> panels = new ArrayList<>();
    for (int q = 0; q < 5; q++) {
      List<Series> series = new ArrayList<>();
      for (int layer = 0; layer < 3; layer++) {
        List<Series.Point> points = new ArrayList<>();
        for (int width : WIDTHS) {
          points.add(
              Series.Point.of(width, (1 + layer) * Math.pow(width, -0.25 * q) * Math.exp(q - 3)));
        }
        series.add(Series.line("layer " + (layer + 1), Tone.shade(layer, 3), points));
      }
      panels.add(new Panel("q" + q, Axis.log2("width M"), Axis.log10("size"), series));
    }
    return new Figure("grid", "Sizes", "Five quantities over the width.", 3, false, panels);
  }

  /** Rules side by side in one panel: one hue each. */
  static Figure hues() {
    List<Series> series = new ArrayList<>();
    int n = 0;
    for (Tone.Hue hue : Tone.Hue.values()) {
      double[] y = new double[WIDTHS.length];
      double[] x = new double[WIDTHS.length];
      for (int i = 0; i < y.length; i++) {
        x[i] = WIDTHS[i];
        y[i] = 1 + n + 0.3 * i;
      }
      n++;
      series.add(Series.line("rule " + n, Tone.of(hue), x, y));
    }
    return Figure.of(
        "hues",
        "Rules",
        "Five made-up rules.",
        new Panel("", Axis.log2("width M"), Axis.linear("feature change"), series));
  }

  /** As many columns as {@code regime} has, with its longest words. */
  private static Table wide() {
    return Table.of(
            "Slopes over the width, and the regime",
            "rule",
            "scheme",
            "step",
            "features",
            "95 % interval",
            "expected",
            "kernel",
            "ntk",
            "gap",
            "omega",
            "verdict",
            "regime")
        .with(
            "pepita",
            "mup",
            25,
            "-0.16",
            "-13.63 … -13.31",
            "-0.50",
            "-10.41",
            "-0.42",
            "-10.65",
            "1.12",
            "inconclusive",
            "feature learning")
        .with(
            "dtp",
            "sp",
            5,
            "0.50",
            "-1.32 … 2.33",
            "1.00",
            "0.83",
            "0.59",
            "0.37",
            "0.62",
            "not judged",
            "unstable");
  }

  static ReportPage page() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("version", "0.1.0");
    facts.put("commit", "0123456789abcdef");
    facts.put("seed", 7);
    facts.put("commandLine", List.of("transfer", "--out", "a folder"));
    Table table =
        Table.of("Where the optimum is", "scheme", "width", "learning rate", "verdict")
            .with("SP", 64, "2⁻²", "FAIL")
            .with("SP", 1024, "2⁻⁶", "FAIL")
            .with("μP", 64, "2⁻⁴", "pass")
            .with("μP <b>", 1024, "2⁻⁴", "not judged");
    return ReportPage.of(
            "Transfer of <learning rates> & widths",
            new Verdict(
                Verdict.Outcome.AS_EXPECTED, "The optimum moves under SP and stays under μP."))
        .with("Five widths, fifteen learning rates, one seed.")
        .with(transfer())
        .with(table)
        .with(limit())
        .with(wide())
        .with(grid())
        .with(hues())
        .withFile("curves.csv", "every loss")
        .from(List.of("transfer", "--out", "a folder", "--set", "data='x'"), facts);
  }
}
