package lemniscate.invariant;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.mup.Form;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.network.Features;
import lemniscate.network.InitialDistribution;
import lemniscate.network.NetworkSpec;
import lemniscate.network.UnitSpec;
import lemniscate.network.layer.Convolution;
import lemniscate.network.layer.Dense;
import lemniscate.network.layer.Layer;
import lemniscate.network.layer.Pointwise;
import lemniscate.network.layer.Pool;
import lemniscate.network.layer.Residual;
import lemniscate.network.layer.StackSpec;
import lemniscate.optim.Optimizer;
import lemniscate.rule.Oracle;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.pc.Convention;
import lemniscate.rule.pc.Inference;
import lemniscate.rule.pc.Inference.AugmentedLagrangian;
import lemniscate.rule.pc.Inference.AugmentedLagrangian.Order;
import lemniscate.rule.pc.PcStep;
import lemniscate.rule.pc.Precisions;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.tensor.ExampleShape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** PC-ALM: invariants V58 and V60 to V66, V69, and its guard. */
@org.junit.jupiter.api.Order(1)
@ParameterizedClass
@MethodSource("lemniscate.rule.RuleFixture#backends")
final class MultiplierInvariantsTest {

  private static final int BATCH = 3;
  private static final NetworkSpec DENSE = RuleFixture.spec(Activation.TANH, true, 3, 5, 7, 4, 2);
  private static final int HIDDEN = 3;

  @Parameter String backendName;

  private final List<AutoCloseable> resources = new ArrayList<>();
  private Backend backend;

  @BeforeEach
  void open() {
    backend = RuleFixture.open(backendName, Precision.FP64);
    resources.add(backend);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable resource : resources.reversed()) {
      resource.close();
    }
  }

  private static NetworkSpec images() {
    Layer phi = new Pointwise(Activation.TANH);
    return new NetworkSpec(
        new Features(new ExampleShape(5, 4, 2), false),
        List.of(
            stack(Activation.TANH, new Convolution(3, true, 3, 1, 1, true)),
            stack(
                Activation.LINEAR,
                new Residual(
                    List.of(new Convolution(3, true, 3, 1, 1, true), phi), List.of(), 0.7)),
            stack(Activation.LINEAR, Pool.global(), new Dense(2, false, true))));
  }

  private static NetworkSpec residual(int width, int blocks, Activation activation) {
    List<UnitSpec> units = new ArrayList<>();
    units.add(stack(activation, new Dense(width, true, true)));
    for (int i = 0; i < blocks; i++) {
      units.add(
          stack(
              Activation.LINEAR,
              new Residual(
                  List.of(new Dense(width, true, true), new Pointwise(activation)),
                  List.of(),
                  1 / Math.sqrt(blocks))));
    }
    units.add(stack(Activation.LINEAR, new Dense(2, false, true)));
    return new NetworkSpec(new Features(ExampleShape.flat(3), false), units);
  }

  private static UnitSpec stack(Activation activation, Layer... layers) {
    return new StackSpec(List.of(layers), activation, InitialDistribution.NORMAL);
  }

  private RuleFixture bound(NetworkSpec spec, PredictiveCoding rule) {
    RuleFixture fixture = fixture(spec).rule(rule).drawBatch(42);
    return fixture.gradients();
  }

  private RuleFixture fixture(NetworkSpec spec) {
    RuleFixture fixture = RuleFixture.plain(backend, spec, Loss.MSE, BATCH).drawBiases(0.3, 41);
    resources.add(fixture);
    return fixture;
  }

  private List<double[]> backpropagation(NetworkSpec spec) {
    return fixture(spec).rule(new BackPropagation()).drawBatch(42).gradients().parameterGradients();
  }

  private static PredictiveCoding last(Inference inference, double precision) {
    return PredictiveCoding.of(inference).withPrecisions(new Precisions(List.of(1.0), precision));
  }

  private static void identical(RuleFixture found, RuleFixture expected) {
    List<double[]> gradients = found.parameterGradients();
    for (int p = 0; p < gradients.size(); p++) {
      assertThat(gradients.get(p)).containsExactly(expected.parameterGradients().get(p));
    }
    for (int l = 1; l <= HIDDEN; l++) {
      assertThat(found.pc().displacement(l)).containsExactly(expected.pc().displacement(l));
    }
  }

  /** V58: without multipliers the schemes of predictive coding, to the bit. */
  @ParameterizedTest
  @EnumSource
  void withoutMultipliersPredictiveCoding(Convention convention) {
    for (double impedance : new double[] {0, 1.5}) {
      identical(
          bound(
              DENSE,
              last(new AugmentedLagrangian(5, 0.1, 0, Order.JACOBI, impedance), 0.6)
                  .withConvention(convention)),
          bound(DENSE, last(new Inference.Jacobi(5, 0.1), 0.6).withConvention(convention)));
      identical(
          bound(
              DENSE,
              last(new AugmentedLagrangian(4, 0.1, 0, Order.GAUSS_SEIDEL, impedance), 0.6)
                  .withConvention(convention)),
          bound(DENSE, last(new Inference.Sequential(4, 0.1), 0.6).withConvention(convention)));
    }
  }

  /**
   * V61, V62: both orders come to rest at the feed-forward states, where the multipliers are γ_N
   * times back-propagation's deltas and so the gradients of the hidden layers are γ_N times its
   * own. 1e-9: what 2600 steps leave of modes that shrink by one in a hundred a step.
   */
  @ParameterizedTest
  @CsvSource({"JACOBI, A", "JACOBI, B", "GAUSS_SEIDEL, A", "GAUSS_SEIDEL, B"})
  void restsAtBackpropagation(Order order, Convention convention) {
    for (NetworkSpec spec : List.of(DENSE, images())) {
      double precision = 0.1;
      RuleFixture found =
          bound(
              spec,
              last(new AugmentedLagrangian(2600, 0.2, 1, order, 0), precision)
                  .withConvention(convention));
      PcStep step = found.pc();
      assertThat(step.halvings()).isZero();
      int hidden = spec.layers() - 1;
      RuleFixture deltas =
          bound(
              spec,
              last(new Inference.FixedPrediction(1, 1, true), precision)
                  .withConvention(convention));
      for (int l = 1; l <= hidden; l++) {
        assertThat(Oracle.largest(step.displacement(l))).as("D" + l).isLessThan(1e-9);
        Oracle.close(step.dual(l), deltas.pc().error(l), 1e-9, "lambda" + l);
      }
      List<double[]> gradients = found.parameterGradients();
      List<double[]> expected = backpropagation(spec);
      int ofOutput = 2;
      for (int p = 0; p < gradients.size(); p++) {
        double factor = p < gradients.size() - ofOutput ? precision : 1;
        Oracle.close(
            gradients.get(p), Oracle.times(factor, expected.get(p)), 1e-9, "gradient " + p);
      }
    }
  }

  /**
   * V63: the first sweep of Gauss-Seidel order moves unit N−k by η (ρη)^(k−1) γ_N δ. 1e-13: the
   * same products.
   */
  @ParameterizedTest
  @EnumSource
  void theFirstSweepCarriesTheDeltas(Convention convention) {
    double eta = 0.3;
    double rho = 1.3;
    double precision = 0.6;
    RuleFixture found =
        bound(
            DENSE,
            PredictiveCoding.of(new AugmentedLagrangian(1, eta, 0.5, Order.GAUSS_SEIDEL, 0))
                .withPrecisions(new Precisions(List.of(rho), precision))
                .withConvention(convention));
    RuleFixture deltas =
        bound(DENSE, last(new Inference.FixedPrediction(1, 1, true), 1).withConvention(convention));
    for (int k = 1; k <= HIDDEN; k++) {
      double factor = eta * Math.pow(rho * eta, k - 1) * precision;
      int l = HIDDEN + 1 - k;
      Oracle.close(
          found.pc().displacement(l), Oracle.times(factor, deltas.pc().error(l)), 1e-13, "D" + l);
    }
  }

  /** V64: after N−2 steps the first unit has not moved at all, and the second has. */
  @ParameterizedTest
  @EnumSource
  void errorsMoveOneUnitAStep(Convention convention) {
    RuleFixture found =
        bound(
            DENSE,
            last(new AugmentedLagrangian(HIDDEN - 1, 0.2, 1, Order.JACOBI, 1.5), 1)
                .withConvention(convention));
    assertThat(Oracle.largest(found.pc().displacement(1))).isZero();
    assertThat(Oracle.largest(found.pc().augmentedError(1))).isZero();
    assertThat(Oracle.largest(found.parameterGradients().getFirst())).isZero();
    assertThat(Oracle.largest(found.pc().displacement(2))).isGreaterThan(1e-9);
  }

  /**
   * V66: with an absorbing first unit a linear network rests where that unit alone has an error,
   * and every q_l is what back-propagation makes of the output error there. 1e-9: what 3000 steps
   * leave.
   */
  @ParameterizedTest
  @EnumSource
  void anAbsorbingUnitAloneKeepsAnError(Convention convention) {
    NetworkSpec spec = residual(6, 4, Activation.LINEAR);
    double eta = 0.2;
    double precision = 2;
    RuleFixture found =
        bound(
            spec,
            last(new AugmentedLagrangian(3000, eta, 1, Order.JACOBI, 1.5), precision)
                .withConvention(convention));
    PcStep step = found.pc();
    assertThat(step.halvings()).isZero();
    int layers = spec.layers();
    double[] x = backend.read(step.input());
    double[] output = backend.read(step.forward().output());
    double[] left = step.error(layers);
    RuleFixture deltas =
        fixture(spec)
            .rule(
                last(new Inference.FixedPrediction(1, 1, true), precision)
                    .withConvention(convention))
            .batch(x, Oracle.sum(output, 1, left))
            .gradients();
    for (int l = 1; l < layers; l++) {
      Oracle.close(step.augmentedError(l), deltas.pc().error(l), 1e-9, "q" + l);
      if (l > 1) {
        assertThat(Oracle.largest(step.error(l))).as("e" + l).isLessThan(1e-9);
      }
    }
    double[] absorbed = Oracle.times(1.5 / Math.sqrt(eta), step.error(1));
    assertThat(Oracle.largest(absorbed)).isGreaterThan(0.01);
    Oracle.close(absorbed, deltas.pc().error(1), 1e-9, "rho e1");
  }

  /**
   * V65: a linear chain is stable up to η = 4/(σ²(2ρ + α)), σ the largest singular value of the map
   * from states to errors. Of two scalar units it has a closed form. A hundredth beyond the limit a
   * mode grows by some 0.6 % a step, below it it shrinks as fast; what grows the guard sees.
   */
  @ParameterizedTest
  @CsvSource({"1, 1", "0.7, 2"})
  void theRateHasAKnownLimit(double rho, double alpha) {
    NetworkSpec chain = RuleFixture.spec(Activation.LINEAR, false, 2, 1, 1, 1);
    double w = 0.8;
    double largest = (2 + w * w + w * Math.sqrt(w * w + 4)) / 2;
    double limit = 4 / (largest * (2 * rho + alpha));
    double[] moves = new double[2];
    int[] steps = {500, 2500};
    for (int i = 0; i < 2; i++) {
      PcStep below = atRate(chain, w, 0.99 * limit, rho, alpha, steps[i]);
      assertThat(below.halvings()).isZero();
      moves[i] = Oracle.largest(below.displacement(2));
    }
    assertThat(moves[1]).isLessThan(1e-2 * moves[0]);
    assertThat(atRate(chain, w, 1.01 * limit, rho, alpha, 2500).halvings()).isEqualTo(1);
  }

  // The output's precision is too small for its own curvature to count.
  private PcStep atRate(
      NetworkSpec chain, double w, double rate, double rho, double alpha, int steps) {
    return fixture(chain)
        .parameters(List.of(new double[] {0.3, -0.5}, new double[] {w}, new double[] {1}))
        .rule(
            PredictiveCoding.of(new AugmentedLagrangian(steps, rate, alpha, Order.JACOBI, 0))
                .withPrecisions(new Precisions(List.of(rho), 1e-9)))
        .drawBatch(42)
        .gradients()
        .pc();
  }

  /** V69: multipliers add up errors, which displacements keep to some roundoffs in float32. */
  @Test
  void multipliersKeepSinglePrecision() {
    NetworkSpec spec = residual(96, 16, Activation.TANH);
    PredictiveCoding rule = last(new AugmentedLagrangian(0, 0.2, 1, Order.JACOBI, 1.5), 1);
    Parameterization parameterization =
        new Parameterization(
            Scheme.MUP, Form.LITERAL, 1, 1, 1, rule.creditRule(), StepClass.SGD_LIKE);
    try (Backend single = RuleFixture.open(backendName, Precision.FP32);
        RuleFixture found = scaled(single, spec, parameterization).rule(rule).drawBatch(42);
        RuleFixture expected = scaled(backend, spec, parameterization).rule(rule)) {
      found.gradients();
      expected
          .parameters(found.parameterValues())
          .batch(single.read(found.step().input()), single.read(found.step().target()))
          .gradients();
      for (int l = 1; l < spec.layers(); l++) {
        double[] q = expected.pc().augmentedError(l);
        double distance = Oracle.distance(found.pc().augmentedError(l), q);
        double length = Oracle.distance(q, new double[q.length]);
        assertThat(distance).as("q" + l).isLessThan(1e-6 * length);
      }
    }
  }

  private static RuleFixture scaled(
      Backend on, NetworkSpec spec, Parameterization parameterization) {
    return RuleFixture.scaled(on, spec, parameterization, new Optimizer.Sgd(), Loss.MSE, BATCH, 1);
  }

  /** A rate of 1.5 is six times beyond the limit of stability: the guard finds one below it. */
  @ParameterizedTest
  @EnumSource
  void halvesARateAtWhichSignalsGrow(Convention convention) {
    NetworkSpec spec = residual(6, 4, Activation.TANH);
    RuleFixture found =
        bound(
            spec,
            last(new AugmentedLagrangian(60, 1.5, 1, Order.JACOBI, 1.5), 0.1)
                .withConvention(convention));
    int halvings = found.pc().halvings();
    assertThat(halvings).isBetween(1, 4);
    List<double[]> gradients = found.parameterGradients();
    assertThat(gradients).allSatisfy(g -> assertThat(Oracle.largest(g)).isLessThan(100));
    // The next batch starts from the first rate again and ends in the same place.
    found.gradients();
    assertThat(found.pc().halvings()).isEqualTo(halvings);
    for (int p = 0; p < gradients.size(); p++) {
      assertThat(found.parameterGradients().get(p)).containsExactly(gradients.get(p));
    }
  }
}
