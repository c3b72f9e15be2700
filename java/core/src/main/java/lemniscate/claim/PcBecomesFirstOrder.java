package lemniscate.claim;

import java.util.List;
import lemniscate.study.LinearStudy;

/** The corollary on gradient descent. */
final class PcBecomesFirstOrder implements Claim {

  @Override
  public Card card() {
    return new Card(
        "pc-first-order",
        "Under μP with a constant precision of the output, predictive coding at rest becomes"
            + " backpropagation as the width M grows: 1 − cos falls like M⁻², with a precision that"
            + " grows like √M like M⁻¹, and ‖C‖ like M⁻¹ and M^−½.",
        "arXiv 2411.02001, theorem 4.2 and its corollary on gradient descent, figure 3",
        "lemniscate linear --schemes mup --gamma-exponents 0,-0.5",
        "A slope that misses its power by 0.3. Under SP the first is −1 and ‖C‖ stays.");
  }

  @Override
  public ClaimSettings settings(ClaimPreset preset) {
    return Linears.settings(preset);
  }

  @Override
  public Finding measure(ClaimSettings settings, Laboratory laboratory) {
    LinearStudy.Result result = Linears.measure(settings, laboratory);
    double tolerance = LinearStudy.TOLERANCE;
    return new Finding(
        List.of(
            Linears.slope(result, LinearStudy.Quantity.PC_BP, 0, -2, tolerance),
            Linears.slope(result, LinearStudy.Quantity.PC_BP, -0.5, -1, tolerance),
            Linears.slope(result, LinearStudy.Quantity.PRECONDITIONER, 0, -1, tolerance),
            Linears.slope(result, LinearStudy.Quantity.PRECONDITIONER, -0.5, -0.5, tolerance)),
        new Finding.Plot(
            "width",
            true,
            "1 − cos of PC and BP",
            true,
            Linears.curves(settings, result, LinearStudy.Quantity.PC_BP, List.of(0.0, -0.5))));
  }
}
