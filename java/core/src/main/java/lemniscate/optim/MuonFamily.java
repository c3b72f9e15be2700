package lemniscate.optim;

import static lemniscate.config.ValueType.choice;
import static lemniscate.config.ValueType.fraction;
import static lemniscate.config.ValueType.positive;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import lemniscate.config.Aspect;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.KeyGroup;

/** Muon, as configurations know it. */
public final class MuonFamily implements OptimizerFamily {

  private static final String ALL = "all";
  private static final String HIDDEN = "hidden";

  private static final KeyGroup KEYS = KeyGroup.of("muon", Aspect.OPTIMISER);

  private static final ConfigKey<Double> MOMENTUM =
      KEYS.key("momentum", fraction("[0, 1)"), 0.95, "Muon's Nesterov momentum.");
  private static final ConfigKey<String> SCALE =
      KEYS.key(
          "scale",
          choice(Stream.of(Muon.Scale.values()).map(Muon.Scale::configName).toArray(String[]::new)),
          Muon.Scale.SPECTRAL.configName(),
          "Size of Muon's step by the shape of the weight: sqrt(fan-out/fan-in), the same but at"
              + " least 1, or 0.2 sqrt(the larger of both).");
  private static final ConfigKey<Double> VECTOR_RATE =
      KEYS.key(
          "vectorRate",
          positive(),
          1.0,
          "Learning rate of biases and gains, which move by AdamW, over that of the weights.");

  private static final ConfigKey<String> WEIGHTS =
      KEYS.addedKey(
          "weights",
          choice(ALL, HIDDEN),
          ALL,
          "Weights that Muon moves: all, or hidden ones, with AdamW for those of input and output.");
  private static final ConfigKey<Optional<Double>> OUTER_RATE =
      KEYS.unset(
          "outerRate",
          positive(),
          "0.05, Adam's usual rate over Muon's; 1 with muon.scale moonshot",
          "Learning rate of input and output weights over that of hidden ones, with muon.weights"
              + " hidden.");

  /** For ServiceLoader. */
  public MuonFamily() {}

  @Override
  public String name() {
    return "muon";
  }

  @Override
  public List<ConfigKey<?>> keys() {
    return Stream.concat(KEYS.keys().stream(), AdamFamily.KEYS.keys().stream()).toList();
  }

  @Override
  public String usualDecay() {
    return INDEPENDENT;
  }

  @Override
  public Optimizer optimizer(double weightDecay, boolean coupled, Config config) {
    if (coupled) {
      throw new BadInputException(
          "optim.decay coupled with muon: making singular values equal would leave little of the"
              + " decay; use optim.decay independent or decoupled, or optim.name momentum.");
    }
    Muon muon =
        new Muon(
            config.get(MOMENTUM),
            config.choose(SCALE, Muon.Scale.values(), Muon.Scale::configName),
            config.get(VECTOR_RATE),
            AdamFamily.coefficients(config),
            weightDecay);
    Optional<Double> outerRate = config.get(OUTER_RATE);
    if (config.get(WEIGHTS).equals(HIDDEN)) {
      return outerRate.map(muon::ofHiddenWeights).orElseGet(muon::ofHiddenWeights);
    }
    if (outerRate.isPresent()) {
      throw new BadInputException(
          config.source(OUTER_RATE)
              + ": muon.outerRate is given, but Muon moves all weights at optim.lr; leave it out,"
              + " or add muon.weights hidden, for which AdamW moves those of input and output.");
    }
    return muon;
  }
}
