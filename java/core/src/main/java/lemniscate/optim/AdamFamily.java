package lemniscate.optim;

import static lemniscate.config.ValueType.fraction;
import static lemniscate.config.ValueType.positive;

import java.util.List;
import lemniscate.backend.UpdatePasses.AdamCoefficients;
import lemniscate.config.Aspect;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.KeyGroup;

/** Adam, as configurations know it. */
public final class AdamFamily implements OptimizerFamily {

  /** Those of every optimiser that moves something by Adam. */
  static final KeyGroup KEYS = KeyGroup.ofEveryRun("optim", Aspect.OPTIMISER);

  private static final ConfigKey<Double> BETA1 =
      KEYS.key("beta1", fraction("[0, 1)"), 0.9, "Adam's decay of the mean gradient.");
  private static final ConfigKey<Double> BETA2 =
      KEYS.key("beta2", fraction("[0, 1)"), 0.999, "Adam's decay of the squared gradient.");
  private static final ConfigKey<Double> EPSILON =
      KEYS.key("epsilon", positive(), 1e-8, "Adam's addend to the root of that mean.");

  /** For ServiceLoader. */
  public AdamFamily() {}

  @Override
  public String name() {
    return "adam";
  }

  @Override
  public List<ConfigKey<?>> keys() {
    return KEYS.keys();
  }

  @Override
  public Optimizer optimizer(double weightDecay, boolean coupled, Config config) {
    if (coupled) {
      throw new BadInputException(
          "optim.decay coupled with adam: Adam would divide the decay by the size of the gradient;"
              + " use optim.decay decoupled, or optim.name momentum.");
    }
    return new Optimizer.Adam(coefficients(config), weightDecay);
  }

  /** The coefficients that a configuration gives. */
  static AdamCoefficients coefficients(Config config) {
    return new AdamCoefficients(config.get(BETA1), config.get(BETA2), config.get(EPSILON));
  }
}
