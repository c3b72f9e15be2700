package lemniscate.invariant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.DoubleStream;
import lemniscate.backend.Backend;
import lemniscate.backend.Operations;
import lemniscate.backend.Plan;
import lemniscate.backend.Precision;
import lemniscate.mup.ParameterScaling;
import lemniscate.network.Parameter;
import lemniscate.network.ParameterKind;
import lemniscate.optim.Muon;
import lemniscate.optim.Optimizer;
import lemniscate.optim.ParameterUpdate;
import lemniscate.rule.RuleFixture;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Invariants V80 and V81: what Muon's steps and AdamW's decay do to weights. */
final class OptimiserInvariantsTest {

  private static final double RATE = 0.01;

  private interface Gradient {
    void record(Operations ops, Parameter parameter);
  }

  /** A weight from 0 after some updates at one rate. */
  private static double[] after(int updates, Shape shape, Optimizer optimizer, Gradient gradient) {
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        Arena arena = backend.newArena()) {
      Parameter parameter =
          new Parameter(
              "w",
              arena.allocate(shape),
              arena.allocate(shape),
              new ParameterScaling(1, 1, 1, 1, 1),
              ParameterKind.WEIGHT);
      ParameterUpdate update = new ParameterUpdate(backend, arena, List.of(parameter), optimizer);
      update.setLearningRate(RATE);
      try (Plan plan =
          backend.record(
              ops -> {
                ops.randomNormal(3, 0, update.counter(), 1, parameter.gradient());
                gradient.record(ops, parameter);
                update.record(ops);
              })) {
        for (int i = 0; i < updates; i++) {
          plan.run();
        }
      }
      return backend.read(parameter.value());
    }
  }

  /**
   * The step from 0 is −η s U with the singular vectors of the gradient, and singular values from
   * 0.68 to 1.14 for those of the gradient within 20 of each other. Vectors to 1e-12: the iteration
   * is a polynomial in G; the decomposition's own error is some 1e-15 over the gaps.
   */
  @ParameterizedTest
  @CsvSource({"7, 19, spectral", "19, 7, jordan", "11, 11, moonshot", "1, 5, spectral"})
  void stepsAreNearlyOrthogonal(int rows, int columns, String scale) {
    Muon.Scale kind = Muon.Scale.valueOf(scale.toUpperCase(Locale.ROOT));
    Random random = new Random(rows);
    double[][] g = new double[rows][columns];
    for (double[] row : g) {
      for (int j = 0; j < columns; j++) {
        row[j] = random.nextGaussian();
      }
    }
    double[] step;
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        Arena arena = backend.newArena()) {
      Shape shape = new Shape(rows, columns);
      Parameter parameter =
          new Parameter(
              "w",
              arena.allocate(shape),
              arena.allocate(shape),
              new ParameterScaling(1, 1, 1, 1, 1),
              ParameterKind.WEIGHT);
      ParameterUpdate update =
          new ParameterUpdate(
              backend,
              arena,
              List.of(parameter),
              new Muon(0.9, kind, 1, Optimizer.ADAM_DEFAULTS, 0.3));
      update.setLearningRate(RATE);
      backend.upload(
          Arrays.stream(g).flatMapToDouble(DoubleStream::of).toArray(), parameter.gradient());
      backend.run(update::record);
      step = backend.read(parameter.value());
    }
    RealMatrix u = new Array2DRowRealMatrix(rows, columns);
    for (int i = 0; i < step.length; i++) {
      u.setEntry(i / columns, i % columns, -step[i] / (RATE * kind.of(rows, columns)));
    }
    SingularValueDecomposition of = new SingularValueDecomposition(new Array2DRowRealMatrix(g));
    RealMatrix inItsVectors = of.getUT().multiply(u).multiply(of.getV());
    for (int i = 0; i < inItsVectors.getRowDimension(); i++) {
      for (int j = 0; j < inItsVectors.getColumnDimension(); j++) {
        if (i == j) {
          assertThat(inItsVectors.getEntry(i, j)).isBetween(0.68, 1.14);
        } else {
          assertThat(inItsVectors.getEntry(i, j)).isCloseTo(0, within(1e-12));
        }
      }
    }
  }

  /**
   * Under decay λ a weight that gradients push one way settles at −1/λ, one that they push at
   * random at a root mean square of √(η/2λ), whatever the scale of gradients: after 5 time
   * constants 1/(ηλ). 3 %: those leave 0.7 %, the mean over 9,999 weights is good to 0.7 %, and
   * Adam's running mean, of 10 steps against 500, takes 1 % off.
   */
  @Test
  void decaySettles() {
    double decay = 0.2;
    int updates = 2500;
    Optimizer adamW = new Optimizer.Adam(Optimizer.ADAM_DEFAULTS, decay);
    double[] pushed =
        after(
            updates,
            new Shape(2, 3),
            adamW,
            (ops, parameter) -> ops.fill(parameter.gradient(), 0.01));
    assertThat(pushed).containsExactly(new double[] {-5, -5, -5, -5, -5, -5}, within(0.15));
    double[] shaken = after(updates, new Shape(99, 101), adamW, (_, _) -> {});
    double square = DoubleStream.of(shaken).map(w -> w * w).average().orElseThrow();
    assertThat(Math.sqrt(square) / Math.sqrt(RATE / (2 * decay))).isCloseTo(1, within(0.03));
  }

  /** A constant gradient settles at a spectral norm of s/λ: at no more than its 1.14-fold. */
  @Test
  void muonBoundsTheSpectralNorm() {
    double decay = 0.5;
    double[] w =
        after(
            2000,
            new Shape(4, 9),
            new Muon(0.95, Muon.Scale.SPECTRAL, 1, Optimizer.ADAM_DEFAULTS, decay),
            (ops, parameter) -> ops.fill(parameter.gradient(), 0.01));
    // Of rank 1, so that its Frobenius norm is its spectral norm.
    double norm = Math.sqrt(DoubleStream.of(w).map(x -> x * x).sum());
    assertThat(norm / (Muon.Scale.SPECTRAL.of(4, 9) / decay)).isBetween(0.68, 1.14);
  }
}
