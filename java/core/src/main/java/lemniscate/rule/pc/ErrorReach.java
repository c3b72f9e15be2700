package lemniscate.rule.pc;

import java.util.Optional;

/** How far down a network a scheme of inference carries errors. */
final class ErrorReach {

  /** Up to so many units a usual number of steps carries errors down. */
  static final int FEW_UNITS = 8;

  /** Steps over L² until gradients point where those of the equilibrium do; measured by depth. */
  private static final double STEPS_BY_SQUARE = 2.5;

  /** A rate that is stable at any depth of residual branches over √L. */
  private static final double SAFE_RATE = 0.3;

  private ErrorReach() {}

  /** How many of so many hidden layers the errors of one relaxation reach. */
  static int layers(Inference inference, int depth) {
    // Synchronous steps carry errors down one layer each.
    return switch (inference) {
      case Inference.Jacobi jacobi -> jacobi.steps();
      case Inference.AugmentedLagrangian alm
          when alm.order() == Inference.AugmentedLagrangian.Order.JACOBI ->
          alm.stepsFor(depth);
      case Inference.FixedPrediction fixed when !fixed.sweep() -> fixed.steps();
      default -> depth;
    };
  }

  /** As {@link lemniscate.rule.LearningRule#losesCredit}. */
  static boolean losesCredit(Inference inference, int units) {
    return units > FEW_UNITS
        && switch (inference) {
          case Inference.Jacobi _, Inference.Sequential _, Inference.Incremental _ -> true;
          case Inference.FixedPrediction fixed -> !fixed.sweep() && fixed.steps() < units - 1;
          case Inference.AugmentedLagrangian waves ->
              waves.order() == Inference.AugmentedLagrangian.Order.JACOBI
                  && waves.steps() > 0
                  && waves.steps() < units - 1;
          case Inference.ZeroDivergence _,
              Inference.Equilibrium _,
              Inference.Errors _,
              Inference.DirectStart _ ->
              false;
        };
  }

  /** As {@link lemniscate.rule.LearningRule#creditRemedy}. */
  static Optional<String> remedy(Inference inference, int units) {
    return switch (inference) {
      case Inference.Jacobi jacobi when units > FEW_UNITS ->
          Optional.of(
              "errors diffuse down a deep network: use pc.scheme error or fpa, pc.momentum auto, or about %d pc.steps of pc.rate %s"
                  .formatted(
                      Math.round(STEPS_BY_SQUARE * units * units),
                      jacobi.measuresRate() ? "auto" : Math.max(jacobi.rate(), SAFE_RATE)));
      case Inference.Jacobi _, Inference.Incremental _ ->
          Optional.of("more pc.steps, pc.scheme error or pc.scheme fpa may help");
      case Inference.Sequential _ ->
          Optional.of("errors shrink with every unit that they pass: use pc.scheme error or fpa");
      case Inference.FixedPrediction _ -> Optional.of("use pc.steps %d".formatted(units - 1));
      case Inference.Equilibrium _, Inference.Errors _ ->
          Optional.of("use a smaller pc.gammaLast, or pc.gammaDepthExponent 1");
      case Inference.AugmentedLagrangian _ ->
          Optional.of("a step carries credit down one unit at most: leave pc.almSteps out");
      case Inference.ZeroDivergence _, Inference.DirectStart _ -> Optional.empty();
    };
  }
}
