package lemniscate.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.feedback.FeedbackAlignment;
import lemniscate.rule.feedback.FeedbackRoute;
import lemniscate.rule.gnt.GaussNewtonTargets;
import lemniscate.rule.tp.Feedback;
import lemniscate.rule.tp.Pathway;
import lemniscate.rule.tp.TargetPropagation;
import org.junit.jupiter.api.Test;

final class DiagnosticsTest {

  // acos of a cosine of 1 has an error of the root of the rounding of doubles.
  private static final double DEGREES = 1e-5;

  /**
   * A linear network 2-2-2 with W_1 = I, W_2 = diag(2, 1), x = (1, 0.5), y − f = (1, 1) in terms of
   * f = (2, 0.5): backpropagation moves layer 1 by Wᵀe xᵀ = (2, 1)ᵀ xᵀ, exact Gauss-Newton targets
   * by W⁻¹e xᵀ = (½, 1)ᵀ xᵀ, so the angle is that of (2, 1) and (½, 1), with cosine 2/(√5 √1.25) =
   * 0.8; the last layer moves by e hᵀ in both. Over both layers: squares 5·1.25 + 2·1.25, 1.25·1.25
   * + 2·1.25, product 2·1.25 + 2·1.25.
   */
  @Test
  void isTheAngleCalculatedByHand() {
    NetworkSpec spec = RuleFixture.spec(Activation.LINEAR, false, 2, 2, 2);
    try (Backend backend = RuleFixture.open("reference", Precision.FP64);
        RuleFixture fixture =
            RuleFixture.plain(backend, spec, Loss.MSE, 1).rule(new BackPropagation())) {
      fixture.parameters(List.of(new double[] {1, 0, 0, 1}, new double[] {2, 0, 0, 1}), List.of());
      Map<String, Double> angles =
          measure(
              fixture, new float[] {1, 0.5f}, new float[] {3, 1.5f}, new GaussNewtonTargets(0, 1));
      assertThat(angles)
          .containsOnlyKeys("angleTo.gnt", "angleTo.gnt.layer1", "angleTo.gnt.layer2");
      assertThat(angles.get("angleTo.gnt.layer1"))
          .isCloseTo(Math.toDegrees(Math.acos(0.8)), within(DEGREES));
      assertThat(angles.get("angleTo.gnt.layer2")).isCloseTo(0, within(DEGREES));
      assertThat(angles.get("angleTo.gnt"))
          .isCloseTo(Math.toDegrees(Math.acos(4 / Math.sqrt(7 * 3.25))), within(DEGREES));
    }
  }

  /**
   * The same moves of the effective weights, whatever the width scaling keeps in multipliers and
   * rates: with rates of layers 1 and 2 in the ratio ρ, squares are weighed by ρ².
   */
  @Test
  void layersAreWeighedByTheirRates() {
    NetworkSpec spec = RuleFixture.spec(Activation.LINEAR, false, 2, 2, 2);
    Parameterization scaling =
        Parameterization.relative(
            Scheme.MUP, 1, new BackPropagation().creditRule(), StepClass.SGD_LIKE);
    try (Backend backend = RuleFixture.open("reference", Precision.FP64);
        RuleFixture fixture =
            RuleFixture.scaled(backend, spec, scaling, new Optimizer.Sgd(), Loss.MSE, 1, 1)
                .rule(new BackPropagation())) {
      double a1 = fixture.network().layer(1).multiplier();
      double a2 = fixture.network().layer(2).multiplier();
      fixture.parameters(
          List.of(new double[] {1 / a1, 0, 0, 1 / a1}, new double[] {2 / a2, 0, 0, 1 / a2}),
          List.of());
      double ratio = rate(fixture, 1) * a1 * a1 / (rate(fixture, 2) * a2 * a2);
      assertThat(ratio).isNotCloseTo(1, within(0.1));
      Map<String, Double> angles =
          measure(
              fixture, new float[] {1, 0.5f}, new float[] {3, 1.5f}, new GaussNewtonTargets(0, 1));
      double r = ratio * ratio;
      assertThat(angles.get("angleTo.gnt"))
          .isCloseTo(
              Math.toDegrees(Math.acos((2 * r + 2) / Math.sqrt((5 * r + 2) * (1.25 * r + 2)))),
              within(DEGREES));
    }
  }

  private static double rate(RuleFixture fixture, int l) {
    return fixture.network().layer(l).weight().scaling().learningRateFactor();
  }

  /** By name of the quantity: 0 to itself, 90 or less to what shares its last layer. */
  @Test
  void aRuleHasNoAngleToItself() {
    NetworkSpec spec = RuleFixture.spec(Activation.TANH, true, 5, 7, 6, 3);
    try (Backend backend = RuleFixture.open("cpu", Precision.FP32);
        RuleFixture fixture =
            RuleFixture.plain(backend, spec, Loss.CROSS_ENTROPY, 2).rule(new BackPropagation())) {
      Map<String, Double> angles =
          measure(
              fixture,
              new float[] {1, 2, 3, 4, 5, -1, 0, 2, 1, 1},
              new float[] {1, 0, 0, 0, 0, 1},
              new BackPropagation(),
              new FeedbackAlignment(FeedbackRoute.LAYERWISE, 1),
              new TargetPropagation(Pathway.DIFFERENCE, new Feedback.Transpose(), 1));
      assertThat(angles.get("angleTo.bp")).isCloseTo(0, within(DEGREES));
      for (int l = 1; l <= 3; l++) {
        assertThat(angles.get("angleTo.bp.layer" + l)).isCloseTo(0, within(DEGREES));
      }
      // Random feedback points anywhere, below the last layer.
      assertThat(angles.get("angleTo.fa.layer1")).isGreaterThan(10);
      assertThat(angles.get("angleTo.fa.layer3")).isCloseTo(0, within(DEGREES));
      // Transposes of the weights lose the derivatives of the layers above: the same direction in
      // the topmost hidden layer alone.
      assertThat(angles.get("angleTo.tp.layer2")).isCloseTo(0, within(1e-3)); // float32
      assertThat(angles.get("angleTo.tp.layer1")).isBetween(0.1, 89.0);
    }
  }

  /** Examples that repeat, and no damping: refused at the start, no reason to end a run later. */
  @Test
  void aRuleThatCannotInvertHasNoAngle() {
    NetworkSpec spec = RuleFixture.spec(Activation.TANH, false, 2, 9, 9, 2);
    float[] x = {1, 2, 1, 2};
    float[] y = {1, 0, 0, 1};
    LearningRule ridge = new TargetPropagation(Pathway.DIFFERENCE, new Feedback.Ridge(0), 1);
    try (Backend backend = RuleFixture.open("cpu", Precision.FP32);
        RuleFixture fixture =
            RuleFixture.plain(backend, spec, Loss.MSE, 2).rule(new BackPropagation());
        Diagnostics diagnostics =
            new Diagnostics(
                new DiagnosticsSpec(List.of(ridge), false),
                fixture.context(),
                new Optimizer.Sgd(),
                fixture.step())) {
      assertThatThrownBy(() -> diagnostics.measure(x, y, true))
          .isInstanceOf(BadInputException.class)
          .hasMessageContaining("raise tp.damping");
      assertThat(diagnostics.measure(x, y, false).values()).hasSize(4).containsOnly(Double.NaN);
    }
  }

  private static Map<String, Double> measure(
      RuleFixture fixture, float[] x, float[] y, LearningRule... others) {
    try (Diagnostics diagnostics =
        new Diagnostics(
            new DiagnosticsSpec(List.of(others), false),
            fixture.context(),
            new Optimizer.Sgd(),
            fixture.step())) {
      return diagnostics.measure(x, y, true);
    }
  }

  /** L-DRL's maps learn the transposes of the weights: their angles and its angle to bp fall. */
  @Test
  void learnedFeedbackTurnsTowardsBackpropagation() {
    Config config =
        SmallRuns.with(
            Config.defaults(),
            "rule=tp",
            "tp.variant=ldrl",
            "net.width=24",
            "param.baseWidth=24",
            "data.train=128",
            "tp.iterations=1",
            "tp.feedbackLr=0.04",
            "data.test=32",
            "train.batch=32",
            "train.epochs=4",
            "threads=1",
            "backend=cpu",
            "metrics.angleTo=bp",
            "metrics.feedback=true");
    Experiment experiment = Experiment.of(config);
    List<Map<String, Double>> epochs = new ArrayList<>();
    try (Backend backend = Experiment.openBackend(config, line -> {});
        Trainer trainer =
            new Trainer(backend, experiment.spec(), experiment.data(), experiment.diagnostics())) {
      trainer.run(
          new TrainingListener() {
            @Override
            public void onStart(Map<String, Double> diagnostics) {
              epochs.add(diagnostics);
            }

            @Override
            public void onEpoch(EpochMetrics metrics) {
              epochs.add(metrics.diagnostics());
            }
          },
          new StopSignal());
    }
    assertThat(epochs).hasSize(5);
    // The maps start at zero, so that hidden layers have no update.
    assertThat(epochs.getFirst().get("angleTo.bp.layer1")).isNaN();
    assertThat(epochs.getFirst().get("angleTo.bp")).isBetween(60.0, 90.0);
    assertThat(epochs.getFirst().get("feedbackNorm.layer2")).isZero();
    for (String angle : List.of("angleTo.bp", "angleTo.bp.layer1", "feedbackAngle.layer2")) {
      List<Double> falling = epochs.subList(1, 5).stream().map(epoch -> epoch.get(angle)).toList();
      assertThat(falling)
          .as(angle)
          .isSortedAccordingTo(Comparator.reverseOrder())
          .allMatch(degrees -> degrees < epochs.getFirst().get("angleTo.bp"));
      assertThat(falling.getLast()).as(angle).isLessThan(45);
    }
    assertThat(epochs.getLast().get("feedbackNorm.layer3")).isPositive();
  }

  @Test
  void refusesFeedbackThatWouldHaveToLearn() {
    Config config = SmallRuns.with(SmallRuns.config(), "tp.variant=ldrl", "metrics.angleTo=bp, tp");
    assertThatThrownBy(() -> Experiment.of(config))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("metrics.angleTo tp")
        .hasMessageContaining("tp.feedback ridge");
    assertThat(Experiment.of(SmallRuns.with(config, "metrics.angleTo=bp, bp")).diagnostics())
        .isEqualTo(new DiagnosticsSpec(List.of(new BackPropagation()), false));
  }
}
