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
   * The word of {@code optim.decay} for a decay of λ′ in every step at the peak of the schedule,
   * whatever the learning rate: (1 − λ′ · factor of the schedule) w. It is decoupled decay of λ′
   * over the peak rate (Wortsman et al., arXiv 2309.14322).
   */
  String INDEPENDENT = "independent";

  /** The value of {@code optim.decay} where a configuration gives none. */
  default String usualDecay() {
    return ConfigSchema.OPTIM_DECAY.defaultValue();
  }

  /**
   * The optimiser that a configuration describes.
   *
   * @param weightDecay decoupled or coupled λ′, which need not be that of the configuration
   * @param coupled whether the decay is to be part of the gradient
   * @throws lemniscate.config.BadInputException if its keys do not go together, or it cannot couple
   *     the decay
   */
  Optimizer optimizer(double weightDecay, boolean coupled, Config config);

  /**
   * An optimiser by name, with the coefficients of a configuration.
   *
   * @param name as {@code optim.name} takes it
   * @param weightDecay decoupled or coupled λ′
   * @throws lemniscate.config.BadInputException if the configuration couples the decay with one
   *     that cannot
   */
  static Optimizer named(String name, double weightDecay, Config config) {
    boolean coupled = config.get(ConfigSchema.OPTIM_DECAY).equals("coupled");
    return of(name).optimizer(weightDecay, coupled, config);
  }

  /** How the decay acts: what a configuration says, or what is usual with its optimiser. */
  static String decay(Config config) {
    return config.isSet(ConfigSchema.OPTIM_DECAY)
        ? config.get(ConfigSchema.OPTIM_DECAY)
        : of(config.get(ConfigSchema.OPTIM_NAME)).usualDecay();
  }

  private static OptimizerFamily of(String name) {
    return Declarations.optimizers().stream()
        .filter(one -> one.name().equals(name))
        .map(OptimizerFamily.class::cast)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("optim.name of the schema: " + name));
  }
}
