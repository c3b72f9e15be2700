package lemniscate.claim;

import java.util.List;
import lemniscate.study.CoordinateStudy;

/** Width as a number of channels. */
final class ConvolutionalNetworksMoveAlike implements Claim {

  private static final List<Integer> LAYERS = List.of(1, 2, 3, 4);

  @Override
  public Card card() {
    return new Card(
        "convolutional",
        "Under μP every layer of a convolutional network trained by predictive coding moves by as"
            + " much at every number of channels.",
        "arXiv 2411.02001, section 4 and appendix (convolutional networks)",
        "lemniscate coord-check --rule pc --pc.scheme fpa --pc.rate 1 --preset lenet --steps 1",
        "A slope of log move over log channels beyond 0.2, as under SP or with a wrong exponent.");
  }

  @Override
  public ClaimSettings settings(ClaimPreset preset) {
    return ClaimSettings.of(
        "rule", "pc",
        "hiddenShift", "0",
        "param.scheme", "mup",
        "net.preset", "lenet",
        "pc.scheme", "fpa",
        "pc.steps", "4",
        "pc.rate", "1",
        "steps", "1",
        "tolerance", "0.2",
        "widths", preset.pick("16,32,64", "16,32,64,128", "16,32,64,128,256"),
        "seeds", "16");
  }

  @Override
  public Finding measure(ClaimSettings settings, Laboratory laboratory) {
    CoordinateStudy.Result result = Coordinates.measure(settings, laboratory);
    return new Finding(
        Coordinates.moves(settings, result, LAYERS, 0),
        new Finding.Plot(
            "channels", true, "move", true, Coordinates.curves(settings, result, LAYERS)));
  }
}
