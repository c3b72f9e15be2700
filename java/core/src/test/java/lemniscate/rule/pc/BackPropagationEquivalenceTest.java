package lemniscate.rule.pc;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.mup.Weighting;
import lemniscate.network.NetworkSpec;
import lemniscate.rule.LearningRule;
import lemniscate.rule.Oracle;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.bp.BackPropagationStep;
import org.apache.commons.math3.distribution.BinomialDistribution;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Invariants V2, V3 and V4: where predictive coding is backpropagation, and by which law it gets
 * there.
 *
 * <p>Tolerances: 1e-12 absolute in float64, where both sides are the same sums of a few terms of
 * order 1 in another order; 1e-5 of the largest entry in float32 (24 bits, sums of at most 9 terms,
 * at most 5 layers).
 */
final class BackPropagationEquivalenceTest {

  private static final double TOLERANCE = 1e-12;
  private static final double TOLERANCE_FP32 = 1e-5;
  private static final int BATCH = 3;

  private static NetworkSpec spec(Activation activation, int hidden) {
    List<Integer> widths = new ArrayList<>(List.of(4));
    widths.addAll(List.of(7, 5, 9, 6).subList(0, hidden));
    widths.add(3);
    return new NetworkSpec(widths, activation, true);
  }

  private static RuleFixture fixture(
      Backend backend, NetworkSpec spec, Loss loss, LearningRule rule) {
    return RuleFixture.plain(backend, spec, loss, BATCH)
        .drawBiases(0.3, 21)
        .rule(rule)
        .drawBatch(22)
        .gradients();
  }

  static Stream<Arguments> places() {
    return RuleFixture.backends()
        .flatMap(
            backend ->
                Stream.of(Precision.FP64, Precision.FP32)
                    .flatMap(
                        precision ->
                            Stream.of(Loss.values())
                                .map(loss -> Arguments.of(backend, precision, loss))));
  }

  /**
   * V2: unit precisions, rate 1 and as many steps as there are hidden layers, or one sweep, or
   * Z-IL.
   */
  @ParameterizedTest
  @MethodSource("places")
  void fixedPredictionAndZeroDivergenceAreBackpropagation(
      String backendName, Precision precision, Loss loss) {
    try (Backend backend = RuleFixture.open(backendName, precision)) {
      for (Activation activation :
          List.of(Activation.TANH, Activation.RELU, Activation.GELU, Activation.SIGMOID)) {
        for (int hidden = 1; hidden <= 4; hidden++) {
          NetworkSpec spec = spec(activation, hidden);
          List<double[]> expected;
          try (RuleFixture bp = fixture(backend, spec, loss, new BackPropagation())) {
            expected = bp.parameterGradients();
          }
          for (Inference inference :
              List.of(
                  new Inference.FixedPrediction(hidden, 1),
                  new Inference.FixedPrediction(1, 1, true),
                  new Inference.ZeroDivergence())) {
            for (Convention convention : Convention.values()) {
              PredictiveCoding rule = PredictiveCoding.of(inference).withConvention(convention);
              try (RuleFixture pc = fixture(backend, spec, loss, rule)) {
                compare(pc.parameterGradients(), expected, precision, rule + " on " + spec);
              }
            }
          }
        }
      }
    }
  }

  private static void compare(
      List<double[]> found, List<double[]> expected, Precision precision, String what) {
    if (precision == Precision.FP64) {
      Oracle.close(found, expected, TOLERANCE, what);
      return;
    }
    for (int p = 0; p < expected.size(); p++) {
      Oracle.relativelyClose(found.get(p), expected.get(p), TOLERANCE_FP32, what + " " + p);
    }
  }

  /**
   * V3: with T synchronous steps of rate α the error k layers below the output is P[Bin(T, α) ≥ k]
   * of backpropagation's; after one sweep it is α^k of it.
   */
  @ParameterizedTest
  @MethodSource("lemniscate.rule.RuleFixture#backends")
  void errorsArriveByTheBinomialLaw(String backendName) {
    NetworkSpec spec = spec(Activation.TANH, 4);
    int last = spec.layers();
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64)) {
      List<double[]> delta = deltas(backend, spec);
      for (double rate : new double[] {0.1, 0.37, 0.9}) {
        for (int steps : new int[] {1, 2, 3, 4, 11}) {
          BinomialDistribution successes = new BinomialDistribution(null, steps, rate);
          PredictiveCoding rule = PredictiveCoding.of(new Inference.FixedPrediction(steps, rate));
          try (RuleFixture pc = fixture(backend, spec, Loss.MSE, rule)) {
            for (int k = 1; k < last; k++) {
              double share = 1 - successes.cumulativeProbability(k - 1);
              Oracle.close(
                  pc.pc().error(last - k),
                  Oracle.times(share, delta.get(last - k)),
                  TOLERANCE,
                  rule + " e" + (last - k));
            }
          }
        }
        PredictiveCoding sweep = PredictiveCoding.of(new Inference.FixedPrediction(1, rate, true));
        try (RuleFixture pc = fixture(backend, spec, Loss.MSE, sweep)) {
          for (int k = 1; k < last; k++) {
            Oracle.close(
                pc.pc().error(last - k),
                Oracle.times(Math.pow(rate, k), delta.get(last - k)),
                TOLERANCE,
                sweep + " e" + (last - k));
          }
        }
      }
    }
  }

  /** Backpropagation's δ_l at index l. */
  private static List<double[]> deltas(Backend backend, NetworkSpec spec) {
    List<double[]> delta = new ArrayList<>(Collections.singletonList(new double[0]));
    try (RuleFixture bp = fixture(backend, spec, Loss.MSE, new BackPropagation())) {
      for (int l = 1; l <= spec.layers(); l++) {
        delta.add(backend.read(((BackPropagationStep) bp.step()).delta(l)));
      }
    }
    return delta;
  }

  /**
   * V4: the fixed point is (γ_L/γ_l) δ_l at any stable rate, so that energy-weighted gradients are
   * γ_L times those of backpropagation in every layer. Rate 0.3 and the smallest precision leave (1
   * − 0.3 · 0.7)^200 ≈ 3e-21 of the start, times a polynomial of degree 3 in T.
   */
  @ParameterizedTest
  @MethodSource("lemniscate.rule.RuleFixture#backends")
  void fixedPointIsThePrecisionRatio(String backendName) {
    NetworkSpec spec = spec(Activation.TANH, 4);
    int last = spec.layers();
    Precisions gamma = new Precisions(List.of(0.7, 1.4, 1.0, 2.1), 1.7);
    PredictiveCoding rule =
        PredictiveCoding.of(new Inference.FixedPrediction(200, 0.3))
            .withPrecisions(gamma)
            .withWeighting(Weighting.ENERGY);
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture bp = fixture(backend, spec, Loss.MSE, new BackPropagation());
        RuleFixture pc = fixture(backend, spec, Loss.MSE, rule)) {
      List<double[]> delta = deltas(backend, spec);
      for (int l = 1; l < last; l++) {
        Oracle.close(
            pc.pc().error(l),
            Oracle.times(gamma.last() / gamma.hidden(l), delta.get(l)),
            TOLERANCE,
            "e" + l);
      }
      Oracle.close(
          pc.parameterGradients(),
          bp.parameterGradients().stream().map(g -> Oracle.times(gamma.last(), g)).toList(),
          TOLERANCE,
          "parameter");
    }
  }

  /**
   * V25, first half: before lower layers move, one sweep has moved layer l by γ_L α^{L−l} γ_{l+1} …
   * γ_{L−1} δ_l.
   */
  @ParameterizedTest
  @ValueSource(doubles = {0.2, 0.5, 1})
  void oneSweepMovesStatesAlongBackpropagation(double rate) {
    NetworkSpec spec = spec(Activation.TANH, 4);
    int last = spec.layers();
    Precisions gamma = new Precisions(List.of(0.7, 1.4, 1.1, 2.1), 1.7);
    PredictiveCoding rule =
        PredictiveCoding.of(new Inference.Sequential(1, rate)).withPrecisions(gamma);
    for (String backendName : RuleFixture.backends().toList()) {
      try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
          RuleFixture pc = fixture(backend, spec, Loss.MSE, rule)) {
        List<double[]> delta = deltas(backend, spec);
        double factor = gamma.last();
        for (int l = last - 1; l >= 1; l--) {
          factor *= rate;
          Oracle.close(
              pc.pc().displacement(l),
              Oracle.times(factor, delta.get(l)),
              TOLERANCE,
              backendName + " D" + l);
          factor *= gamma.hidden(l);
        }
      }
    }
  }
}
