package lemniscate.optim;

import lemniscate.backend.UpdatePasses.AdamCoefficients;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;

/** The optimisers that configurations name. */
public final class Optimizers {

  private Optimizers() {}

  /**
   * An optimiser by name, with the coefficients of a configuration.
   *
   * @param name as {@code optim.name} takes it
   * @param decay coefficient of weight decay
   * @throws BadInputException if the configuration couples the decay with one that cannot
   */
  public static Optimizer named(String name, double decay, Config config) {
    boolean coupled = config.get(ConfigSchema.OPTIM_DECAY).equals("coupled");
    if (coupled && name.equals("adam")) {
      throw new BadInputException(
          "optim.decay coupled with adam: Adam would divide the decay by the size of the gradient;"
              + " use optim.decay decoupled, or optim.name momentum.");
    }
    return switch (name) {
      case "sgd" -> new Optimizer.Sgd(decay);
      case "momentum" ->
          new Optimizer.Momentum(config.get(ConfigSchema.OPTIM_MOMENTUM), decay, coupled);
      case "adam" ->
          new Optimizer.Adam(
              new AdamCoefficients(
                  config.get(ConfigSchema.OPTIM_BETA1),
                  config.get(ConfigSchema.OPTIM_BETA2),
                  config.get(ConfigSchema.OPTIM_EPSILON)),
              decay);
      case String other -> throw new IllegalStateException("optim.name of the schema: " + other);
    };
  }
}
