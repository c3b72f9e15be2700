package lemniscate.invariant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.network.DenseLayer;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Parameter;
import lemniscate.optim.Optimizer;
import lemniscate.rule.Oracle;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.bp.BackPropagationStep;
import lemniscate.rule.tp.Feedback;
import lemniscate.rule.tp.Maps;
import lemniscate.rule.tp.Pathway;
import lemniscate.rule.tp.Reconstruction;
import lemniscate.rule.tp.TargetPropagation;
import lemniscate.rule.tp.TpStep;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.LUDecomposition;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Invariants V11 and V13 of target propagation, and what its inverses refuse. */
final class TargetInvariantsTest {

  private static RealMatrix matrix(double[] values, int rows) {
    int columns = values.length / rows;
    RealMatrix matrix = new Array2DRowRealMatrix(rows, columns);
    for (int i = 0; i < values.length; i++) {
      matrix.setEntry(i / columns, i % columns, values[i]);
    }
    return matrix;
  }

  private static double[] flat(RealMatrix matrix) {
    double[] values = new double[matrix.getRowDimension() * matrix.getColumnDimension()];
    for (int i = 0; i < values.length; i++) {
      values[i] = matrix.getEntry(i / matrix.getColumnDimension(), i % matrix.getColumnDimension());
    }
    return values;
  }

  // Q = H_belowᵀ H (Hᵀ H + μ I)⁻¹, from its normal equations.
  private static RealMatrix ridge(RealMatrix below, RealMatrix h, double damping) {
    RealMatrix normal =
        h.transpose()
            .multiply(h)
            .add(
                MatrixUtils.createRealIdentityMatrix(h.getColumnDimension())
                    .scalarMultiply(damping));
    return below
        .transpose()
        .multiply(h)
        .multiply(new LUDecomposition(normal).getSolver().getInverse());
  }

  /**
   * V11: what goes through the examples is what the explicit map gives, whether a layer has more
   * units than there are examples or fewer. Tolerance: float64 and condition numbers below 1e4.
   */
  @ParameterizedTest
  @CsvSource({
    "reference,DIFFERENCE,5", "cpu,DIFFERENCE,5", "cpu,DIFFERENCE,20", "cpu,PLAIN,5",
    "cpu,PLAIN,20", "reference,PLAIN,5", "cpu,DIRECT,5", "reference,DIRECT,20"
  })
  void ridgeTargetsAreThoseOfTheExplicitMap(String backendName, Pathway pathway, int batch) {
    NetworkSpec spec = RuleFixture.spec(Activation.TANH, true, 6, 9, 7, 8, 3);
    double damping = 0.02;
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture fixture = RuleFixture.plain(backend, spec, Loss.MSE, batch)) {
      fixture
          .drawBiases(0.3, 2)
          .rule(new TargetPropagation(pathway, new Feedback.Ridge(damping), 0.8))
          .drawBatch(3)
          .gradients();
      TpStep step = (TpStep) fixture.step();
      RealMatrix move = matrix(step.displacement(4), batch);
      for (int k = 3; k >= 1; k--) {
        int source = pathway == Pathway.DIRECT ? 4 : k + 1;
        RealMatrix h = matrix(step.activity(source), batch);
        RealMatrix below = matrix(step.activity(k), batch);
        double mu = source == 4 ? damping : damping * spec.width(source);
        RealMatrix q = ridge(below, h, mu);
        RealMatrix sent = pathway == Pathway.PLAIN ? h.add(move) : move;
        RealMatrix expected = sent.multiply(q.transpose());
        if (pathway == Pathway.PLAIN) {
          expected = expected.subtract(below);
        }
        Oracle.close(step.displacement(k), flat(expected), 1e-10, "D" + k);
        if (pathway != Pathway.DIRECT) {
          move = matrix(step.displacement(k), batch);
        }
      }
    }
  }

  /**
   * Feedback through Wᵀ (W Wᵀ + μ I)⁻¹ with effective weights W = a w, wide and tall ones, against
   * the explicit inverse. Under NTK a is not 1. Tolerance: float64, condition numbers below 1e3.
   */
  @ParameterizedTest
  @CsvSource({"reference,DIFFERENCE", "cpu,DIFFERENCE", "cpu,PLAIN"})
  void inverseTargetsAreThoseOfTheExplicitMap(String backendName, Pathway pathway) {
    NetworkSpec spec = RuleFixture.spec(Activation.TANH, false, 6, 9, 7, 8, 3);
    double damping = 0.2;
    int batch = 5;
    TargetPropagation rule =
        new TargetPropagation(pathway, new Feedback.PseudoInverse(damping), 0.8);
    Parameterization tangent =
        Parameterization.relative(Scheme.NTK, 3, rule.creditRule(), StepClass.SGD_LIKE);
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture fixture =
            RuleFixture.scaled(backend, spec, tangent, new Optimizer.Sgd(), Loss.MSE, batch, 1)) {
      fixture.rule(rule).drawBatch(3).gradients();
      TpStep step = (TpStep) fixture.step();
      for (int l = 4; l >= 2; l--) {
        DenseLayer layer = fixture.network().layer(l);
        RealMatrix w =
            matrix(backend.read(layer.weight().value()), spec.width(l))
                .scalarMultiply(layer.multiplier());
        RealMatrix gram =
            w.multiply(w.transpose())
                .add(MatrixUtils.createRealIdentityMatrix(spec.width(l)).scalarMultiply(damping));
        RealMatrix q = w.transpose().multiply(new LUDecomposition(gram).getSolver().getInverse());
        RealMatrix sent = matrix(step.displacement(l), batch);
        RealMatrix expected = sent.multiply(q.transpose());
        if (pathway == Pathway.PLAIN) {
          RealMatrix h = matrix(step.activity(l), batch);
          RealMatrix below = matrix(step.activity(l - 1), batch);
          expected = h.add(sent).multiply(q.transpose()).subtract(below);
        }
        assertThat(layer.multiplier()).isLessThan(1);
        Oracle.close(step.displacement(l - 1), flat(expected), 1e-12, "D" + (l - 1));
      }
    }
  }

  /** V13: in a linear network transposed weights carry down the deltas of backpropagation. */
  @ParameterizedTest
  @MethodSource("lemniscate.rule.RuleFixture#backends")
  void transposedFeedbackIsBackpropagationInLinearNetworks(String backendName) {
    NetworkSpec spec = RuleFixture.spec(Activation.LINEAR, true, 6, 9, 7, 3);
    double targetStep = 0.3;
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture tp = RuleFixture.plain(backend, spec, Loss.MSE, 5);
        RuleFixture bp = RuleFixture.plain(backend, spec, Loss.MSE, 5)) {
      tp.rule(new TargetPropagation(Pathway.DIFFERENCE, new Feedback.Transpose(), targetStep))
          .drawBatch(3)
          .gradients();
      bp.rule(new BackPropagation()).drawBatch(3).gradients();
      for (int l = 1; l <= 3; l++) {
        double[] delta = backend.read(((BackPropagationStep) bp.step()).delta(l));
        // Rounding of float64.
        Oracle.close(
            ((TpStep) tp.step()).displacement(l), Oracle.times(targetStep, delta), 1e-12, "D" + l);
      }
    }
  }

  /**
   * V13: at Q = Wᵀ the mean gradient of the local loss is zero: here over 2e5 draws, of entries of
   * standard deviation below 2, so that 1e-2 is more than two standard errors, and Q = 0 gives −Wᵀ.
   */
  @ParameterizedTest
  @CsvSource({"true", "false"})
  void localNoiseLeadsToTransposedWeights(boolean atTheOptimum) {
    NetworkSpec spec = RuleFixture.spec(Activation.LINEAR, false, 4, 5, 3, 2);
    int batch = 4000;
    int rounds = 50;
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture fixture = RuleFixture.plain(backend, spec, Loss.MSE, batch)) {
      // A rate so small that the maps stay where they are while every run draws anew.
      double rate = 1e-12;
      fixture.rule(
          new TargetPropagation(
              Pathway.DIFFERENCE,
              new Feedback.Learned(
                  Maps.of(Activation.LINEAR),
                  Reconstruction.LOCAL_NOISE,
                  0.7,
                  1,
                  0,
                  rate,
                  new Optimizer.Sgd(),
                  0),
              1));
      fixture.drawBatch(3);
      TpStep step = (TpStep) fixture.step();
      for (int k = 1; k <= 2; k++) {
        Parameter map = step.feedbackParameters().get(k - 1);
        RealMatrix w =
            matrix(
                backend.read(fixture.network().layer(k + 1).weight().value()), spec.width(k + 1));
        backend.upload(
            atTheOptimum ? flat(w.transpose()) : new double[(int) map.value().elements()],
            map.value());
      }
      double[][] sums = new double[2][];
      for (int round = 0; round < rounds; round++) {
        fixture.train(0, 1);
        for (int k = 1; k <= 2; k++) {
          double[] gradient = backend.read(step.feedbackParameters().get(k - 1).gradient());
          sums[k - 1] = sums[k - 1] == null ? gradient : plus(sums[k - 1], gradient);
        }
      }
      for (int k = 1; k <= 2; k++) {
        RealMatrix w =
            matrix(
                backend.read(fixture.network().layer(k + 1).weight().value()), spec.width(k + 1));
        double[] expected = Oracle.times(atTheOptimum ? 0 : -1, flat(w.transpose()));
        Oracle.close(Oracle.times(1.0 / rounds, sums[k - 1]), expected, 1e-2, "mean of map " + k);
        assertThat(Oracle.largest(sums[k - 1])).isPositive();
      }
    }
  }

  private static double[] plus(double[] a, double[] b) {
    double[] sum = a.clone();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += b[i];
    }
    return sum;
  }

  /** Without damping, examples that repeat have a singular kernel; with damping they do not. */
  @ParameterizedTest
  @MethodSource("lemniscate.rule.RuleFixture#backends")
  void repeatedExamplesAreNamed(String backendName) {
    NetworkSpec spec = RuleFixture.spec(Activation.TANH, false, 3, 9, 8, 7);
    for (double damping : new double[] {0, 0.1}) {
      try (Backend backend = RuleFixture.open(backendName, Precision.FP32);
          RuleFixture fixture = RuleFixture.plain(backend, spec, Loss.MSE, 4)) {
        fixture.rule(new TargetPropagation(Pathway.DIFFERENCE, new Feedback.Ridge(damping), 1));
        double[] x = RuleFixture.normals(1, 2, 12);
        double[] y = RuleFixture.normals(1, 3, 28);
        System.arraycopy(x, 0, x, 3, 3);
        fixture.batch(x, y);
        if (damping > 0) {
          fixture.gradients();
          assertThat(Oracle.largest(fixture.weightGradient(1))).isFinite().isPositive();
        } else {
          assertThatExceptionOfType(BadInputException.class)
              .isThrownBy(fixture::gradients)
              .withMessageContaining("layer 2")
              .withMessageContaining("condition number")
              .withMessageContaining("tp.damping");
        }
      }
    }
  }

  /** More examples than units need no damping: the smaller system is regular. */
  @ParameterizedTest
  @MethodSource("lemniscate.rule.RuleFixture#backends")
  void fewUnitsNeedNoDamping(String backendName) {
    NetworkSpec spec = RuleFixture.spec(Activation.TANH, false, 3, 5, 4, 2);
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture fixture = RuleFixture.plain(backend, spec, Loss.MSE, 30)) {
      fixture
          .rule(new TargetPropagation(Pathway.DIFFERENCE, new Feedback.Ridge(0), 1))
          .drawBatch(6)
          .gradients();
      assertThat(Oracle.largest(fixture.weightGradient(1))).isFinite().isPositive();
    }
  }

  /** Maps that never move are the same after training; maps that learn are not. */
  @ParameterizedTest
  @CsvSource({"true", "false"})
  void warmupMovesFeedbackAlone(boolean warmup) {
    NetworkSpec spec = RuleFixture.spec(Activation.TANH, true, 3, 5, 4, 2);
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture fixture = RuleFixture.plain(backend, spec, Loss.MSE, 6)) {
      fixture
          .rule(
              new TargetPropagation(
                  Pathway.DIFFERENCE,
                  new Feedback.Learned(
                      Maps.of(Activation.TANH),
                      Reconstruction.ACTIVITY,
                      0.1,
                      2,
                      warmup ? 1 : 0,
                      0.1,
                      new Optimizer.Momentum(0.9, 0),
                      0),
                  1))
          .drawBatch(4);
      TpStep step = (TpStep) fixture.step();
      List<double[]> weights = fixture.parameterValues();
      double[] map = backend.read(step.feedbackParameters().getFirst().value());
      step.epoch(0);
      fixture.train(0.1, 2);
      assertThat(backend.read(step.feedbackParameters().getFirst().value())).isNotEqualTo(map);
      if (warmup) {
        Oracle.close(fixture.parameterValues(), weights, 0, "weight");
        step.epoch(1);
        fixture.train(0.1, 1);
      }
      assertThat(fixture.parameterValues().getFirst()).isNotEqualTo(weights.getFirst());
    }
  }
}
