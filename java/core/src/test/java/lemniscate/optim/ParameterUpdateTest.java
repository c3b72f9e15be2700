package lemniscate.optim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.DoubleUnaryOperator;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Operations;
import lemniscate.backend.Precision;
import lemniscate.backend.UpdatePasses.AdamCoefficients;
import lemniscate.mup.CreditRule;
import lemniscate.mup.ParameterScaling;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Parameter;
import lemniscate.network.ParameterKind;
import lemniscate.rule.Oracle;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One update under μP at twice the base width, against its formula with the factors written out:
 * what the parameterisation says reaches the weights. float64; 1e-14 on numbers below 1.
 */
class ParameterUpdateTest {

  private static final double RATE = 0.3;
  private static final double DECAY = 0.2;

  /** Width over base width. */
  private static final double M = 2;

  private static final NetworkSpec SPEC = RuleFixture.spec(Activation.TANH, true, 3, 8, 8, 2);

  static List<String> backends() {
    return RuleFixture.backends().toList();
  }

  @ParameterizedTest
  @MethodSource("backends")
  void sgdScalesRateAndDecay(String backend) {
    // In, hidden, out: rate M, 1, 1/M; hidden and output bias M and 1; decay leaves η λ as it is.
    check(
        backend,
        new Optimizer.Sgd(DECAY),
        List.of(M, M, 1.0, M, 1 / M, 1.0),
        List.of(1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
        (gradient, epsilon) -> gradient);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void adamScalesRateAndEpsilon(String backend) {
    // Rates 1, 1/M, 1/M for weights and 1 for biases; ε like the raw gradient: 1/M but at the
    // output.
    check(
        backend,
        new Optimizer.Adam(new AdamCoefficients(0.9, 0.99, 0.05), DECAY),
        List.of(1.0, 1.0, 1 / M, 1.0, 1 / M, 1.0),
        List.of(1 / M, 1 / M, 1 / M, 1 / M, 1.0, 1.0),
        // After one step the corrected moments are g and g².
        (gradient, epsilonFactor) -> gradient / (Math.abs(gradient) + 0.05 * epsilonFactor));
  }

  /**
   * Two updates of momentum 0.5 with decay 0.2 under μP at twice the base width, where decay is 1/2
   * and the rate 2 of the input weight: v = g + 0.1 w, then v = 0.5 v + g + 0.1 w, w − 0.6 v each.
   */
  @ParameterizedTest
  @MethodSource("backends")
  void coupledDecayEntersTheVelocity(String backendName) {
    Optimizer optimizer = new Optimizer.Momentum(0.5, DECAY, true);
    Parameterization scaling =
        Parameterization.relative(
            Scheme.MUP, 4, new CreditRule.BackPropagation(), optimizer.kind());
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture fixture =
            RuleFixture.scaled(backend, SPEC, scaling, optimizer, Loss.MSE, 4, 1)
                .rule(new BackPropagation())
                .drawBatch(2)) {
      double[] w = fixture.parameterValues().getFirst();
      double[] v = new double[w.length];
      for (int update = 0; update < 2; update++) {
        double[] g = fixture.gradients().parameterGradients().getFirst();
        for (int i = 0; i < w.length; i++) {
          v[i] = 0.5 * v[i] + g[i] + 0.1 * w[i];
          w[i] -= 0.6 * v[i];
        }
        fixture.train(RATE, 1);
        Oracle.close(fixture.parameterValues().getFirst(), w, 1e-14, "weight");
      }
    }
  }

  /** v ← v/2 + g, with a scratch beside it, and a sign-like class. */
  private record Own(double weightDecay) implements Optimizer {
    @Override
    public StepClass kind() {
      return StepClass.SIGN_LIKE;
    }

    @Override
    public List<OptimizerTensor> tensors(Parameter parameter) {
      return List.of(
          OptimizerTensor.scratch("room", parameter.value().shape()),
          OptimizerTensor.state("velocity", parameter.value().shape()));
    }

    @Override
    public void record(Operations ops, ParameterStep step) {
      ops.copy(step.tensor("velocity"), step.tensor("room"));
      ops.axpy(-0.5, step.tensor("room"), step.tensor("velocity"));
      ops.axpy(1, step.gradient(), step.tensor("velocity"));
      step.descend(ops, step.tensor("velocity"));
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void anOptimiserOfOnesOwn(String backendName) {
    check(
        backendName,
        new Own(DECAY),
        List.of(1.0, 1.0, 1 / M, 1.0, 1 / M, 1.0),
        List.of(1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
        (gradient, epsilon) -> gradient);
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        Arena arena = backend.newArena()) {
      Parameter parameter =
          new Parameter(
              "w",
              arena.allocate(new Shape(2, 3)),
              arena.allocate(new Shape(2, 3)),
              new ParameterScaling(1, 1, 1, 1, 1),
              ParameterKind.WEIGHT);
      ParameterUpdate update =
          new ParameterUpdate(backend, arena, List.of(parameter), new Own(DECAY));
      assertThat(update.state()).containsOnlyKeys("w.velocity");
      assertThat(new Own(0).usualRate(new UsualRates(1, 2, 3))).isEqualTo(3);
    }
  }

  private interface Direction {
    double of(double gradient, double epsilonFactor);
  }

  private static void check(
      String backendName,
      Optimizer optimizer,
      List<Double> rateFactors,
      List<Double> epsilonFactors,
      Direction direction) {
    Parameterization scaling =
        Parameterization.relative(
            Scheme.MUP, 4, new CreditRule.BackPropagation(), optimizer.kind());
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture fixture =
            RuleFixture.scaled(backend, SPEC, scaling, optimizer, Loss.MSE, 2, 5)
                .rule(new BackPropagation())
                .batch(new double[] {0.5, -1, 2, 1, 0.3, -0.7}, new double[] {1, -1, 0.5, 2})) {
      List<double[]> before = fixture.parameterValues();
      // Before the update, which may leave anything where the gradients were.
      List<double[]> gradients = fixture.gradients().parameterGradients();
      fixture.train(RATE, 1);
      List<double[]> after = fixture.parameterValues();
      List<Parameter> parameters = fixture.network().parameters();
      for (int p = 0; p < parameters.size(); p++) {
        // Decoupled decay of weights: η λ does not depend on the width.
        double keep = parameters.get(p).decays() ? 1 - RATE * DECAY : 1;
        double step = RATE * rateFactors.get(p);
        double epsilonFactor = epsilonFactors.get(p);
        DoubleUnaryOperator move = g -> step * direction.of(g, epsilonFactor);
        for (int i = 0; i < before.get(p).length; i++) {
          assertThat(after.get(p)[i])
              .as("%s[%d]", parameters.get(p).name(), i)
              .isCloseTo(
                  keep * before.get(p)[i] - move.applyAsDouble(gradients.get(p)[i]),
                  Offset.offset(1e-14));
        }
      }
    }
  }
}
