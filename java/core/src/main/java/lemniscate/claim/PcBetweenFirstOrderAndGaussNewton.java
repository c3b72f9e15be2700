package lemniscate.claim;

import java.util.ArrayList;
import java.util.List;
import lemniscate.study.LinearStudy;
import lemniscate.sweep.SeedMean;

/** The direction that is neither. */
final class PcBetweenFirstOrderAndGaussNewton implements Claim {

  // Beside 0.006 of BP and Gauss-Newton targets with each other at width 1024.
  private static final double APART = 0.05;

  @Override
  public Card card() {
    return new Card(
        "pc-between",
        "Under μP with a precision of the output that grows like the width, the gradient of"
            + " predictive coding stays another direction than those of backpropagation and of"
            + " Gauss-Newton targets at every width, and ‖C‖ stays of order 1.",
        "arXiv 2411.02001, theorem 4.2 and figure 3",
        "lemniscate linear --schemes mup --gamma-exponents -1",
        "A 1 − cos that falls with the width, or below 0.05 at the widest network, as it does with"
            + " a constant precision.");
  }

  @Override
  public ClaimSettings settings(ClaimPreset preset) {
    return Linears.settings(preset).with("judged", "-1");
  }

  @Override
  public Finding measure(ClaimSettings settings, Laboratory laboratory) {
    LinearStudy.Result result = Linears.measure(settings, laboratory);
    double exponent = settings.number("judged");
    int widest = settings.integers("widths").getLast();
    List<Check> checks = new ArrayList<>();
    checks.add(
        Linears.slope(
            result, LinearStudy.Quantity.PC_BP, exponent, 0, LinearStudy.TOLERANCE_OF_CONSTANT));
    checks.add(
        Linears.slope(
            result, LinearStudy.Quantity.PRECONDITIONER, exponent, 0, LinearStudy.TOLERANCE));
    List<Finding.Curve> curves = new ArrayList<>();
    for (LinearStudy.Quantity quantity :
        List.of(LinearStudy.Quantity.PC_BP, LinearStudy.Quantity.PC_GNT)) {
      checks.add(
          Check.between(
              "%s at width %d".formatted(quantity.label(), widest),
              SeedMean.of(Linears.values(result, quantity, exponent, widest)),
              APART,
              1));
      curves.addAll(Linears.curves(settings, result, quantity, List.of(exponent)));
    }
    curves.addAll(Linears.curves(settings, result, LinearStudy.Quantity.BP_GNT, List.of(exponent)));
    return new Finding(checks, new Finding.Plot("width", true, "1 − cos", true, curves));
  }
}
