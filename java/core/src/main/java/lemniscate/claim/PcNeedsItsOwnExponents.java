package lemniscate.claim;

import java.util.List;
import lemniscate.study.CoordinateStudy;

/** The control with a wrong exponent. */
final class PcNeedsItsOwnExponents implements Claim {

  private static final List<Integer> LAYERS = List.of(2, 3);

  @Override
  public Card card() {
    return new Card(
        "pc-wrong-exponent",
        "Predictive coding whose predictions move, with a precision of the output that grows like"
            + " the width, does not transfer by the learning-rate exponents of gradient descent:"
            + " its hidden moves then grow like the width.",
        "arXiv 2411.02001, figure 1 (right, without fixed predictions) and table 1",
        "lemniscate coord-check --rule pc --pc.scheme si --pc.gammaExponent -1 --wrong hidden.c=-1",
        "Moves that stay, as they do with the exponents of the rule itself.");
  }

  @Override
  public ClaimSettings settings(ClaimPreset preset) {
    return ClaimSettings.of(
        "rule", "pc",
        // c of hidden weights is 1 for a precision that grows like the width, 0 for a gradient.
        "hiddenShift", "-1",
        "param.scheme", "mup",
        "pc.scheme", "si",
        "pc.steps", "3",
        "pc.rate", "0.2",
        "pc.gammaExponent", "-1",
        "optim.lr", "0.0005",
        "steps", "1",
        "tolerance", "0.2",
        "widths", preset.pick("128,256,512", "128,256,512,1024", "128,256,512,1024,2048"),
        "seeds", preset.pick("8", "8", "16"));
  }

  @Override
  public Finding measure(ClaimSettings settings, Laboratory laboratory) {
    CoordinateStudy.Result result = Coordinates.measure(settings, laboratory);
    return new Finding(
        Coordinates.moves(settings, result, LAYERS, 1),
        new Finding.Plot(
            "width", true, "move", true, Coordinates.curves(settings, result, LAYERS)));
  }
}
