package lemniscate.invariant;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.mup.CreditRule;
import lemniscate.mup.Form;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.mup.Weighting;
import lemniscate.network.DenseLayer;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.rule.Oracle;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.pc.Inference;
import lemniscate.rule.pc.PcStep;
import lemniscate.rule.pc.Precisions;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.theory.LinearEquilibrium;
import lemniscate.train.ReachProbe;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.RealVector;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Invariants V7, V9, V21 and V26: predictive coding where it can be solved, in linear networks and
 * for small precisions of the output.
 */
final class LinearPredictiveCodingTest {

  /**
   * V7: the relaxation ends in the closed form. Tolerance 1e-10: the search stops at a relative
   * gradient of 1e-13, which the condition number of the states' Hessian (about 100) multiplies.
   */
  @ParameterizedTest
  @MethodSource("lemniscate.rule.RuleFixture#backends")
  void equilibriumIsTheClosedForm(String backendName) {
    List<Double> gamma = List.of(0.8, 1.3, 0.6, 2.1);
    PredictiveCoding rule =
        PredictiveCoding.of(new Inference.Equilibrium(20_000, 0.1, 1e-13))
            .withPrecisions(new Precisions(gamma.subList(0, 3), gamma.getLast()))
            .withWeighting(Weighting.ENERGY);
    NetworkSpec spec = RuleFixture.spec(Activation.LINEAR, true, 3, 5, 7, 4, 2);
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64)) {
      for (long seed = 51; seed < 54; seed++) {
        try (RuleFixture fixture =
            RuleFixture.scaled(
                    backend,
                    spec,
                    RuleFixture.plainScaling(spec),
                    new Optimizer.Sgd(),
                    Loss.MSE,
                    3,
                    seed)
                .drawBiases(0.3, seed)
                .rule(rule)
                .drawBatch(seed)
                .gradients()) {
          PcStep step = fixture.pc();
          LinearEquilibrium expected = solve(fixture, gamma);
          for (int l = 1; l <= 4; l++) {
            if (l < 4) {
              Oracle.close(step.state(l), flat(expected.state(l)), 1e-10, "v" + l);
            }
            Oracle.close(step.error(l), flat(expected.error(l)), 1e-10, "e" + l);
            Oracle.close(
                fixture.weightGradient(l), flat(expected.weightGradient(l)), 1e-10, "gradW" + l);
            Oracle.close(
                fixture.biasGradient(l), expected.biasGradient(l).toArray(), 1e-10, "gradb" + l);
          }
          Oracle.close(
              new double[] {step.energy(), 2.1 * 3 * step.loss()},
              new double[] {expected.energy(), expected.feedForwardEnergy()},
              1e-10,
              "F");
        }
      }
    }
  }

  /**
   * s of credit reach is 1 + rᵀC_γ r/rᵀr, r the output error of the feed-forward pass; so F at rest
   * is at least γ_L loss/s. Tolerance 1e-12: sums of some hundred products of order 1.
   */
  @ParameterizedTest
  @MethodSource("lemniscate.rule.RuleFixture#backends")
  void factorOfTheEquilibriumIsThatOfTheClosedForm(String backendName) {
    List<Double> gamma = List.of(0.8, 1.3, 0.6, 2.1);
    PredictiveCoding rule =
        PredictiveCoding.of(new Inference.Errors(2, 0.3))
            .withPrecisions(new Precisions(gamma.subList(0, 3), gamma.getLast()));
    NetworkSpec spec = RuleFixture.spec(Activation.LINEAR, true, 3, 5, 7, 4, 2);
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture fixture =
            RuleFixture.plain(backend, spec, Loss.MSE, 3)
                .drawBiases(0.3, 57)
                .rule(rule)
                .drawBatch(57);
        ReachProbe probe = new ReachProbe(fixture.context(), new Optimizer.Sgd(), fixture.step())) {
      double s = probe.measure().equilibriumFactor();
      LinearEquilibrium rest = solve(fixture, gamma);
      RealMatrix identity = MatrixUtils.createRealIdentityMatrix(2);
      // e_L = (I + C_γ)⁻¹ r.
      RealMatrix residual = rest.error(4).multiply(identity.add(rest.preconditioner()).transpose());
      RealMatrix seen = residual.multiply(rest.preconditioner());
      double expected =
          1
              + seen.multiply(residual.transpose()).getTrace()
                  / residual.multiply(residual.transpose()).getTrace();
      Oracle.close(new double[] {s}, new double[] {expected}, 1e-12, "s");
      assertThat(rest.energy()).isGreaterThan(rest.feedForwardEnergy() / s);
    }
  }

  private static LinearEquilibrium solve(RuleFixture fixture, List<Double> gamma) {
    Backend backend = fixture.backend();
    List<RealMatrix> weights = new ArrayList<>();
    List<RealVector> biases = new ArrayList<>();
    for (DenseLayer layer : fixture.network().layers()) {
      weights.add(
          matrix(backend.read(layer.weight().value()), layer.fanOut())
              .scalarMultiply(layer.multiplier()));
      biases.add(MatrixUtils.createRealVector(backend.read(layer.requireBias().value())));
    }
    int batch = fixture.context().batch();
    return LinearEquilibrium.solve(
        weights,
        biases,
        matrix(backend.read(fixture.step().input()), batch),
        matrix(backend.read(fixture.step().target()), batch),
        gamma);
  }

  private static RealMatrix matrix(double[] values, int rows) {
    int columns = values.length / rows;
    RealMatrix matrix = MatrixUtils.createRealMatrix(rows, columns);
    for (int i = 0; i < values.length; i++) {
      matrix.setEntry(i / columns, i % columns, values[i]);
    }
    return matrix;
  }

  private static double[] flat(RealMatrix matrix) {
    return Arrays.stream(matrix.getData()).flatMapToDouble(DoubleStream::of).toArray();
  }

  /**
   * V9: at equilibrium the energy-weighted gradient over γ_L leaves backpropagation's linearly in
   * γ_L. 20 %: the next order is γ_L times as large, a few per cent at 1e-2.
   */
  @Test
  void smallOutputPrecisionApproachesBackpropagationLinearly() {
    NetworkSpec spec = RuleFixture.spec(Activation.TANH, true, 3, 5, 7, 4, 2);
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture bp = bound(backend, spec, new BackPropagation())) {
      double coarse = distance(bp, backend, spec, 1e-2);
      double fine = distance(bp, backend, spec, 1e-4);
      assertThat(coarse).isBetween(1e-3, 1e-1);
      assertThat(coarse / fine).isBetween(80.0, 120.0);
    }
  }

  private static double distance(
      RuleFixture bp, Backend backend, NetworkSpec spec, double gammaLast) {
    PredictiveCoding rule =
        PredictiveCoding.of(new Inference.Equilibrium(20_000, 0.2, 1e-12))
            .withPrecisions(new Precisions(List.of(1.0), gammaLast))
            .withWeighting(Weighting.ENERGY);
    try (RuleFixture pc = bound(backend, spec, rule)) {
      assertThat(pc.pc().equilibrium().converged()).isTrue();
      double largest = 0;
      for (int p = 0; p < pc.parameterGradients().size(); p++) {
        largest =
            Math.max(
                largest,
                Oracle.distance(
                    Oracle.times(1 / gammaLast, pc.parameterGradients().get(p)),
                    bp.parameterGradients().get(p)));
      }
      return largest;
    }
  }

  private static RuleFixture bound(Backend backend, NetworkSpec spec, LearningRule rule) {
    return RuleFixture.plain(backend, spec, Loss.MSE, 3)
        .drawBiases(0.3, 61)
        .rule(rule)
        .drawBatch(62)
        .gradients();
  }

  // ------------------------------------------------------------------------------ stability limit

  /**
   * V21: the largest stable rate of synchronous relaxation with three hidden layers is 0.32 for
   * unit weight variance and 0.19 for variance 2, at every width. 5 % as measured over widths.
   */
  @ParameterizedTest
  @CsvSource({"1, 0.32", "2, 0.19"})
  void largestStableRateDoesNotDependOnWidth(double variance, double expected) {
    for (int width : new int[] {32, 64}) {
      assertThat(largestStableRate(width, variance))
          .as("width %d", width)
          .isBetween(0.95 * expected, 1.05 * expected);
    }
  }

  /** V21 at the larger widths. */
  @Tag("study")
  @ParameterizedTest
  @CsvSource({"1, 0.32", "2, 0.19"})
  void largestStableRateDoesNotDependOnLargeWidth(double variance, double expected) {
    for (int width : new int[] {128, 256}) {
      assertThat(largestStableRate(width, variance))
          .as("width %d", width)
          .isBetween(0.95 * expected, 1.05 * expected);
    }
  }

  private static double largestStableRate(int width, double variance) {
    int seeds = 8;
    double sum = 0;
    for (int seed = 0; seed < seeds; seed++) {
      sum += 2 / largestCurvature(width, variance, 71 + seed);
    }
    return sum / seeds;
  }

  /**
   * Power iteration by the engine: at an unstable rate α the fastest mode, of curvature λ, grows by
   * αλ − 1 a step and F by its square, so the last ratio of F tells λ.
   */
  private static double largestCurvature(int width, double variance, long seed) {
    double rate = 1;
    List<Double> energies = energies(width, variance, seed, 120, rate);
    double growth = Math.sqrt(energies.getLast() / energies.get(energies.size() - 2));
    return (growth + 1) / rate;
  }

  /** V21: 5 % beyond the limit F ends up growing, 5 % below it never does. */
  @Test
  void relaxationDivergesBeyondTheLimitOnly() {
    double limit = 2 / largestCurvature(64, 1, 71);
    List<Double> beyond = energies(64, 1, 71, 200, 1.05 * limit);
    assertThat(beyond.getLast()).isGreaterThan(beyond.get(beyond.size() - 2));
    List<Double> within = energies(64, 1, 71, 200, 0.95 * limit);
    for (int t = 1; t < within.size(); t++) {
      assertThat(within.get(t)).isLessThan(within.get(t - 1));
    }
  }

  private static List<Double> energies(
      int width, double variance, long seed, int steps, double rate) {
    NetworkSpec spec = NetworkSpec.mlp(10, width, 3, 3, Activation.LINEAR);
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture fixture =
            RuleFixture.scaled(
                    backend,
                    spec,
                    literal(Math.sqrt(variance)),
                    new Optimizer.Sgd(),
                    Loss.MSE,
                    8,
                    seed)
                .rule(PredictiveCoding.jacobi(steps, rate).withEnergyTrace())
                .drawBatch(seed)
                .gradients()) {
      return fixture.pc().energies();
    }
  }

  private static Parameterization literal(double weightScale) {
    return new Parameterization(
        Scheme.MUP,
        Form.LITERAL,
        1,
        weightScale,
        1,
        new CreditRule.PredictiveCoding(0, Weighting.UNWEIGHTED),
        StepClass.SGD_LIKE);
  }

  // --------------------------------------------------------------------------- a sweep,
  // re-evaluated

  /**
   * V26: after one sweep with re-evaluated errors the hidden gradient of a linear network makes cos
   * = (1−α)/√(1−2α+2α²) with backpropagation's at every width, because W Wᵀ of a square Gaussian
   * matrix is not near the identity. 0.02: errors span three directions, so a single cosine
   * fluctuates by up to √(2/3M) = 0.026, the mean over two layers and four seeds by 0.009.
   */
  @ParameterizedTest
  @CsvSource({"0.1", "0.5", "1"})
  void oneSweepTurnsTheHiddenGradient(double rate) {
    NetworkSpec spec = NetworkSpec.mlp(10, 1024, 3, 3, Activation.LINEAR);
    double expected = (1 - rate) / Math.sqrt(1 - 2 * rate + 2 * rate * rate);
    double sum = 0;
    for (long seed = 81; seed < 85; seed++) {
      try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
          RuleFixture bp = wide(backend, spec, new BackPropagation(), seed);
          RuleFixture pc =
              wide(backend, spec, PredictiveCoding.of(new Inference.Sequential(1, rate)), seed)) {
        for (int l = 2; l <= 3; l++) {
          sum += Oracle.cosine(pc.weightGradient(l), bp.weightGradient(l));
        }
        // The first layer has nothing below that could move: its direction is exact.
        assertThat(Oracle.cosine(pc.weightGradient(1), bp.weightGradient(1)))
            .isGreaterThan(1 - 1e-12);
      }
    }
    assertThat(sum / 8).isBetween(expected - 0.02, expected + 0.02);
  }

  private static RuleFixture wide(Backend backend, NetworkSpec spec, LearningRule rule, long seed) {
    return RuleFixture.scaled(backend, spec, literal(1), new Optimizer.Sgd(), Loss.MSE, 8, seed)
        .rule(rule)
        .drawBatch(seed)
        .gradients();
  }
}
