package lemniscate.optim;

import java.util.List;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;

/**
 * AdamW (Loshchilov and Hutter, arXiv 1711.05101), as configurations know it: Adam, with decay that
 * is independent of the learning rate unless {@code optim.decay} says otherwise.
 */
public final class AdamWFamily implements OptimizerFamily {

  /** For ServiceLoader. */
  public AdamWFamily() {}

  @Override
  public String name() {
    return "adamw";
  }

  @Override
  public List<ConfigKey<?>> keys() {
    return AdamFamily.KEYS.keys();
  }

  @Override
  public String usualDecay() {
    return INDEPENDENT;
  }

  @Override
  public Optimizer optimizer(double weightDecay, boolean coupled, Config config) {
    if (coupled) {
      throw new BadInputException(
          "optim.decay coupled with adamw: what makes it AdamW is that the decay is not part of the"
              + " gradient; use optim.decay independent or decoupled, or optim.name momentum.");
    }
    return new Optimizer.Adam(AdamFamily.coefficients(config), weightDecay);
  }
}
