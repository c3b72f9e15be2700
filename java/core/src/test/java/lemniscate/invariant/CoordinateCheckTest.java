package lemniscate.invariant;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Precision;
import lemniscate.mup.CreditRule;
import lemniscate.mup.Form;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Muon;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.pc.Inference;
import lemniscate.rule.pc.Precisions;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.study.CoordinateCheck;
import lemniscate.study.ExpectedExponents;
import org.assertj.core.api.SoftAssertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Invariants V16, V17 and V18: by which powers of the width everything moves, under backpropagation
 * and predictive coding.
 *
 * <p>tanh networks of three hidden layers, 10 inputs, 3 outputs, a batch of 8, squared loss; base
 * width 64 with the output scale and precision that make initial output and γ_L literal powers of
 * the width (M^-1 under μP; M^-γ̄). The full check takes geometric means over 8 seeds at widths 256
 * to 2048. Its tolerances: 0.1 on what moves in training, where the initial output of order M^-½
 * still adds to the error at smaller widths; 0.05 on local errors and state moves; twice the first
 * on the kernel, whose change is a sum of few terms of either sign. The quick check, 4 seeds at 128
 * to 512, has 0.2 and 0.1.
 */
@Order(1)
final class CoordinateCheckTest {

  private static final int BASE_WIDTH = 64;

  private static final int LAYERS = 4;

  private static final double MOVE_TOLERANCE = 0.1;
  private static final double ERROR_TOLERANCE = 0.05;

  /**
   * A row of the table.
   *
   * @param inference scheme of predictive coding, or null for backpropagation
   * @param wrong whether learning rates follow backpropagation's exponents in spite of the rule
   * @param further exponents by quantity that are known for this row, beside those of power
   *     counting
   */
  private record Row(
      String name,
      Scheme scheme,
      @Nullable Inference inference,
      double gammaExponent,
      Optimizer optimizer,
      double learningRate,
      int steps,
      boolean bias,
      boolean wrong,
      Map<String, Double> further) {

    static Row backPropagation(Scheme scheme, double learningRate) {
      return new Row(
          "BP " + scheme,
          scheme,
          null,
          0,
          new Optimizer.Sgd(),
          learningRate,
          1,
          false,
          false,
          Map.of());
    }

    static Row predictiveCoding(
        Scheme scheme, Inference inference, double gammaExponent, double learningRate) {
      return new Row(
          "PC %s %s, exponent %s".formatted(inference.configName(), scheme, gammaExponent),
          scheme,
          inference,
          gammaExponent,
          new Optimizer.Sgd(),
          learningRate,
          1,
          false,
          false,
          Map.of());
    }

    Row fiveSteps(double otherLearningRate) {
      return new Row(
          name + ", 5 steps",
          scheme,
          inference,
          gammaExponent,
          optimizer,
          otherLearningRate,
          5,
          bias,
          wrong,
          further);
    }

    Row adam() {
      return by(", Adam", new Optimizer.Adam(), 0.02);
    }

    Row muon() {
      return by(", Muon", new Muon(), 0.02);
    }

    private Row by(String suffix, Optimizer other, double otherLearningRate) {
      return new Row(
          name + suffix,
          scheme,
          inference,
          gammaExponent,
          other,
          otherLearningRate,
          steps,
          bias,
          wrong,
          further);
    }

    /** With biases, whose moves follow those of the layers. */
    Row withBias() {
      return new Row(
          name + ", biases",
          scheme,
          inference,
          gammaExponent,
          optimizer,
          learningRate,
          steps,
          true,
          wrong,
          further);
    }

    /** The same learning rule with the learning rates of another. */
    Row withExponentsOfBackPropagation(double otherLearningRate) {
      return new Row(
          name + " with BP's learning rates",
          scheme,
          inference,
          gammaExponent,
          optimizer,
          otherLearningRate,
          steps,
          bias,
          true,
          further);
    }

    Row expecting(String quantity, double exponent) {
      Map<String, Double> more = new LinkedHashMap<>(further);
      more.put(quantity, exponent);
      return new Row(
          name,
          scheme,
          inference,
          gammaExponent,
          optimizer,
          learningRate,
          steps,
          bias,
          wrong,
          more);
    }

    private LearningRule rule(int width) {
      if (inference == null) {
        return new BackPropagation();
      }
      // γ_L = M^-γ̄: the parameterisation contributes (M/64)^-γ̄ unless its exponents are BP's.
      double literal = Math.pow(wrong ? width : BASE_WIDTH, -gammaExponent);
      return PredictiveCoding.of(inference)
          .withPrecisions(new Precisions(List.of(1.0), literal))
          .withGammaExponent(gammaExponent);
    }

    private Parameterization parameterization() {
      return new Parameterization(
          scheme,
          Form.RELATIVE,
          BASE_WIDTH,
          1,
          scheme == Scheme.MUP ? 1 / Math.sqrt(BASE_WIDTH) : 1,
          wrong ? new CreditRule.BackPropagation() : rule(BASE_WIDTH).creditRule(),
          optimizer.kind());
    }

    Map<String, Double> slopes(Backend backend, List<Integer> widths, int seeds) {
      Map<String, List<Double>> means = new LinkedHashMap<>();
      for (int width : widths) {
        LearningRule rule = rule(width);
        CoordinateCheck check =
            new CoordinateCheck(
                NetworkSpec.mlp(10, width, 3, 3, Activation.TANH).withBias(bias),
                rule,
                parameterization(),
                optimizer,
                learningRate,
                steps,
                8);
        Map<String, Double> logs = new LinkedHashMap<>();
        for (int seed = 0; seed < seeds; seed++) {
          check
              .measure(backend, 1000L * seed + width, 1000L * seed + 7)
              .forEach((name, value) -> logs.merge(name, Math.log(value) / seeds, Double::sum));
        }
        logs.forEach(
            (name, log) -> means.computeIfAbsent(name, _ -> new ArrayList<>()).add(Math.exp(log)));
      }
      Map<String, Double> slopes = new LinkedHashMap<>();
      means.forEach((name, values) -> slopes.put(name, CoordinateCheck.slope(widths, values)));
      return slopes;
    }

    /** What is expected of a quantity, or null. */
    @Nullable Double expected(String quantity) {
      String bare = quantity.replaceFirst("\\d$", "");
      if (further.containsKey(bare)) {
        return further.get(bare);
      }
      if (wrong && !List.of("dh", "WLdH").contains(bare)) {
        // What grows distorts the rest.
        return null;
      }
      int layer = bare.equals(quantity) ? LAYERS : quantity.charAt(quantity.length() - 1) - '0';
      ExpectedExponents.Expectation expectation =
          ExpectedExponents.of(parameterization(), rule(BASE_WIDTH), bias, LAYERS).of(bare, layer);
      return expectation.judged() ? (Double) expectation.exponent() : null;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static final Inference ONE_SWEEP = new Inference.Sequential(1, 0.5);
  private static final Inference RELAXED = new Inference.Jacobi(20, 0.2);

  private static void check(
      Row row, Map<String, Double> slopes, double moveTolerance, double errorTolerance) {
    SoftAssertions.assertSoftly(
        softly ->
            slopes.forEach(
                (quantity, slope) -> {
                  Double expected = row.expected(quantity);
                  if (expected != null) {
                    double tolerance =
                        switch (quantity.replaceFirst("\\d$", "")) {
                          case "e", "dv", "deL" -> errorTolerance;
                          case "dK" -> 2 * moveTolerance;
                          default -> moveTolerance;
                        };
                    softly
                        .assertThat(slope)
                        .as("%s: exponent of %s", row, quantity)
                        .isBetween(expected - tolerance, expected + tolerance);
                  }
                }));
  }

  private static Row sequentialMuon() {
    return Row.predictiveCoding(Scheme.MUP, ONE_SWEEP, -1, 0.05).muon();
  }

  /** Without Muon, whose orthogonalised steps take minutes at the widths of this table. */
  static Stream<Row> table() {
    Row sequential = Row.predictiveCoding(Scheme.MUP, ONE_SWEEP, -1, 0.05);
    return Stream.of(
        Row.backPropagation(Scheme.SP, 1e-4),
        Row.backPropagation(Scheme.NTK, 0.05),
        Row.backPropagation(Scheme.NTK, 0.05).fiveSteps(0.05),
        Row.backPropagation(Scheme.NTK, 0.05).adam(),
        Row.backPropagation(Scheme.MUP, 0.05),
        Row.backPropagation(Scheme.MUP, 0.05).fiveSteps(0.05).expecting("dK", 0),
        Row.backPropagation(Scheme.MUP, 0.05).adam().expecting("dK", 0),
        Row.backPropagation(Scheme.MUP, 0.05).withBias(),
        Row.predictiveCoding(Scheme.MUP, new Inference.FixedPrediction(3, 1), 0, 0.05),
        Row.predictiveCoding(Scheme.SP, ONE_SWEEP, 0, 1e-4),
        Row.predictiveCoding(Scheme.NTK, ONE_SWEEP, 0, 0.05),
        Row.predictiveCoding(Scheme.MUP, ONE_SWEEP, 0, 0.05),
        Row.predictiveCoding(Scheme.MUP, ONE_SWEEP, -0.5, 0.05),
        sequential,
        Row.predictiveCoding(Scheme.MUP, ONE_SWEEP, 1, 0.05),
        sequential.fiveSteps(0.005),
        sequential.adam(),
        sequential.withBias(),
        Row.predictiveCoding(Scheme.MUP, new Inference.Sequential(10, 0.3), 0, 0.05),
        Row.predictiveCoding(Scheme.SP, RELAXED, 0, 1e-4),
        Row.predictiveCoding(Scheme.NTK, RELAXED, 0, 0.05),
        Row.predictiveCoding(Scheme.MUP, RELAXED, 0, 0.05),
        Row.predictiveCoding(Scheme.MUP, RELAXED, -1, 0.05),
        sequential.withExponentsOfBackPropagation(1e-3));
  }

  static Stream<Row> shortTable() {
    Row sequential = Row.predictiveCoding(Scheme.MUP, ONE_SWEEP, -1, 0.05);
    return Stream.of(
        Row.backPropagation(Scheme.SP, 1e-4),
        Row.backPropagation(Scheme.NTK, 0.05),
        Row.backPropagation(Scheme.NTK, 0.05).adam(),
        Row.backPropagation(Scheme.MUP, 0.05).withBias(),
        Row.backPropagation(Scheme.MUP, 0.05).adam(),
        Row.backPropagation(Scheme.MUP, 0.05).muon(),
        Row.backPropagation(Scheme.NTK, 0.05).muon(),
        sequentialMuon(),
        Row.predictiveCoding(Scheme.MUP, new Inference.FixedPrediction(3, 1), 0, 0.05),
        Row.predictiveCoding(Scheme.SP, ONE_SWEEP, 0, 1e-4),
        Row.predictiveCoding(Scheme.MUP, ONE_SWEEP, 0, 0.05),
        sequential.withBias(),
        Row.predictiveCoding(Scheme.MUP, RELAXED, 0, 0.05),
        Row.predictiveCoding(Scheme.MUP, new Inference.Errors(3, 0.5), 0, 0.05),
        sequential.withExponentsOfBackPropagation(1e-3));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("shortTable")
  void shortTable(Row row) {
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64)) {
      check(row, row.slopes(backend, List.of(128, 256, 512), 4), 0.2, 0.1);
    }
  }

  /**
   * That the check can tell: at γ̄ = −1 with the learning rates of backpropagation, features would
   * grow in proportion to the width.
   */
  @Test
  void wrongExponentsFailTheCheck() {
    Row right = Row.predictiveCoding(Scheme.MUP, ONE_SWEEP, -1, 1e-3);
    Row wrong = right.withExponentsOfBackPropagation(1e-3);
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64)) {
      Map<String, Double> slopes = wrong.slopes(backend, List.of(64, 256), 2);
      assertThatThrownBy(() -> check(right, slopes, 0.2, 0.1))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("exponent of dh1")
          .hasMessageContaining("exponent of dh2")
          .hasMessageContaining("exponent of dh3");
    }
  }

  @Tag("study")
  @ParameterizedTest(name = "{0}")
  @MethodSource("table")
  void fullTable(Row row) {
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64)) {
      Map<String, Double> slopes = row.slopes(backend, List.of(256, 512, 1024, 2048), 8);
      check(row, slopes, MOVE_TOLERANCE, ERROR_TOLERANCE);
    }
  }
}
