package lemniscate.optim;

import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.config.Declarations;
import lemniscate.config.OptimizerDeclaration;

/**
 * An optimiser as the rest of the program meets it. An implementation has a constructor without
 * parameters and a line in {@code META-INF/services/lemniscate.config.OptimizerDeclaration} of its
 * jar. Its keys have the aspect {@link lemniscate.config.Aspect#OPTIMISER}.
 */
public interface OptimizerFamily extends OptimizerDeclaration {

  /**
   * The optimiser that a configuration describes.
   *
   * @param weightDecay λ′, which need not be that of the configuration
   * @param coupled whether the decay is to be part of the gradient
   * @throws lemniscate.config.BadInputException if its keys do not go together, or it cannot couple
   *     the decay
   */
  Optimizer optimizer(double weightDecay, boolean coupled, Config config);

  /**
   * An optimiser by name, with the coefficients of a configuration.
   *
   * @param name as {@code optim.name} takes it
   * @param weightDecay λ′
   * @throws lemniscate.config.BadInputException if the configuration couples the decay with one
   *     that cannot
   */
  static Optimizer named(String name, double weightDecay, Config config) {
    boolean coupled = config.get(ConfigSchema.OPTIM_DECAY).equals("coupled");
    return Declarations.optimizers().stream()
        .filter(one -> one.name().equals(name))
        .map(OptimizerFamily.class::cast)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("optim.name of the schema: " + name))
        .optimizer(weightDecay, coupled, config);
  }
}
