package lemniscate.invariant;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.mup.Form;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.network.ActivityNorm;
import lemniscate.network.Features;
import lemniscate.network.InitialDistribution;
import lemniscate.network.NetworkSpec;
import lemniscate.network.layer.Preset;
import lemniscate.optim.Optimizer;
import lemniscate.rule.Angle;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.pc.Inference;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.tensor.ExampleShape;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Invariant V68 for PC-ALM: after how many steps the gradients of all branches together point where
 * backpropagation's do (cosine 0.95) on residual tanh networks of width 128, and whether they stay.
 */
@Order(1)
final class MultiplierStepsTest {

  private static final int WIDTH = 128;
  private static final int BATCH = 8;
  private static final double COSINE = 0.95;

  private static NetworkSpec network(int depth) {
    return new NetworkSpec(
        new Features(ExampleShape.flat(10), false),
        Preset.RESMLP.units(
            new Preset.Settings(
                WIDTH,
                depth,
                3,
                Activation.TANH,
                false,
                ActivityNorm.NONE,
                InitialDistribution.NORMAL)));
  }

  private static Inference multipliers(int steps, double rate, double alpha, double impedance) {
    return new Inference.AugmentedLagrangian(
        steps, rate, alpha, Inference.AugmentedLagrangian.Order.JACOBI, impedance);
  }

  /** Cosines on one network. */
  private record Probe(Backend backend, int depth, List<double[]> exact) {
    static Probe of(Backend backend, int depth) {
      return new Probe(backend, depth, gradients(backend, depth, new BackPropagation()));
    }

    private static List<double[]> gradients(Backend backend, int depth, LearningRule rule) {
      NetworkSpec spec = network(depth);
      Parameterization scaling =
          new Parameterization(
              Scheme.MUP,
              Form.RELATIVE,
              WIDTH,
              1,
              1.0 / Math.sqrt(WIDTH),
              rule.creditRule(),
              new Optimizer.Sgd().kind());
      try (RuleFixture fixture =
          RuleFixture.scaled(backend, spec, scaling, new Optimizer.Sgd(), Loss.MSE, BATCH, 5)) {
        List<double[]> all = fixture.rule(rule).drawBatch(6).gradients().parameterGradients();
        return all.subList(1, all.size() - 1);
      }
    }

    double cosine(Inference inference) {
      List<double[]> found = gradients(backend, depth, PredictiveCoding.of(inference));
      Angle angle = new Angle();
      for (int i = 0; i < found.size(); i++) {
        angle.add(1, found.get(i), exact.get(i));
      }
      return Math.cos(Math.toRadians(angle.degrees()));
    }

    int first(double rate, double alpha, double impedance) {
      for (int steps = depth; steps < 5 * depth; steps++) {
        if (cosine(multipliers(steps, rate, alpha, impedance)) >= COSINE) {
          return steps;
        }
      }
      return Integer.MAX_VALUE;
    }
  }

  // λ_max is 5.1 at L = 8 and 4.8 at L = 16: 0.9 and 0.8 of 4 / (λ_max (2 + α)).
  private static double rate(int depth, double alpha) {
    double largest = depth <= 8 ? 5.1 : depth <= 16 ? 4.8 : 4.6;
    return (alpha > 2 ? 0.8 : 0.9) * 4 / (largest * (2 + alpha));
  }

  private static void check(int depth) {
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64)) {
      Probe probe = Probe.of(backend, depth);
      double slow = rate(depth, 1);
      double fast = rate(depth, 4);
      int plain = probe.first(slow, 1, 0);
      assertThat((double) plain / depth).as("alpha 1").isBetween(2.0, 3.4);
      int faster = probe.first(fast, 4, 0);
      assertThat((double) faster / depth).as("alpha 4").isBetween(1.6, 2.9);
      int absorbed = probe.first(slow, 1, 1.5);
      assertThat((double) absorbed / depth).as("absorbing").isBetween(2.0, 3.8);
      // Up to five times what a wave takes from end to end.
      double end = 5 * depth / Math.sqrt(slow);
      double lowest = 1;
      for (double steps = plain; steps < end; steps += (end - plain) / 24) {
        lowest = Math.min(lowest, probe.cosine(multipliers((int) steps, slow, 1, 0)));
      }
      assertThat(lowest).as("lowest cosine of the form that rings").isLessThan(COSINE);
      for (double steps = absorbed; steps < end; steps += (end - absorbed) / 24) {
        assertThat(probe.cosine(multipliers((int) steps, slow, 1, 1.5)))
            .as("absorbing, %d steps", (int) steps)
            .isGreaterThan(COSINE - 0.01);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = 8)
  void stepsGrowWithTheDepth(int depth) {
    check(depth);
  }

  @ParameterizedTest
  @ValueSource(ints = 16)
  @Tag("study")
  void stepsOfADeeperNetwork(int depth) {
    check(depth);
  }
}
