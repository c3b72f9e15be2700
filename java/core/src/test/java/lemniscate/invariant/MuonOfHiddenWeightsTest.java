package lemniscate.invariant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.mup.CreditRule;
import lemniscate.mup.ParameterRole;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Parameter;
import lemniscate.optim.Muon;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.SmallStacks;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.feedback.FeedbackAlignment;
import lemniscate.rule.feedback.FeedbackMode;
import lemniscate.rule.feedback.FeedbackRoute;
import lemniscate.rule.pc.Inference;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.study.CoordinateStudy;
import lemniscate.study.Judgement;
import lemniscate.study.MeasurementStore;
import lemniscate.train.StopSignal;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Muon for hidden weights with AdamW for the rest: what moves what, and by which exponents. */
@Order(1)
final class MuonOfHiddenWeightsTest {

  private static final double DECAY = 0.3;
  private static final double OUTER = 0.25;
  private static final double RATE = 0.01;

  private static Muon muon(Muon.Scale scale) {
    return new Muon(0.9, scale, 2, Optimizer.ADAM_DEFAULTS, DECAY);
  }

  private static List<double[]> trained(NetworkSpec spec, Optimizer optimizer, double rate) {
    Parameterization plain =
        Parameterization.relative(
            Scheme.SP, 1, new CreditRule.BackPropagation(), StepClass.SGD_LIKE);
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture fixture =
            RuleFixture.scaled(backend, spec, plain, optimizer, Loss.MSE, 4, 5)
                .rule(new BackPropagation())
                .drawBatch(5)) {
      return fixture.train(rate, 1).parameterValues();
    }
  }

  private static List<ParameterRole> roles(NetworkSpec spec) {
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture fixture = RuleFixture.plain(backend, spec, Loss.MSE, 4)) {
      return fixture.network().parameters().stream().map(Parameter::role).toList();
    }
  }

  /**
   * Hidden weights move as by Muon alone, those of input and output as by AdamW at their own rate
   * and the decay of a step that all weights have; vectors as before. 1e-15: the rate and the decay
   * are the same products in another order.
   */
  @ParameterizedTest
  @EnumSource(Muon.Scale.class)
  void everyParameterMovesByItsOwnOptimiser(Muon.Scale scale) {
    for (NetworkSpec spec :
        List.of(
            RuleFixture.spec(Activation.TANH, true, 3, 7, 5, 2),
            SmallStacks.of(Activation.TANH).get("residual conv"))) {
      List<double[]> all = trained(spec, muon(scale), RATE);
      List<double[]> split = trained(spec, muon(scale).ofHiddenWeights(OUTER), RATE);
      List<double[]> adam =
          trained(spec, new Optimizer.Adam(Optimizer.ADAM_DEFAULTS, DECAY / OUTER), OUTER * RATE);
      List<ParameterRole> roles = roles(spec);
      assertThat(roles)
          .contains(
              ParameterRole.INPUT_WEIGHT, ParameterRole.HIDDEN_WEIGHT, ParameterRole.OUTPUT_WEIGHT);
      for (int p = 0; p < roles.size(); p++) {
        boolean outer =
            roles.get(p) == ParameterRole.INPUT_WEIGHT
                || roles.get(p) == ParameterRole.OUTPUT_WEIGHT;
        assertThat(split.get(p))
            .as(spec + " " + p + " " + roles.get(p))
            .containsExactly(outer ? adam.get(p) : all.get(p), within(1e-15));
        assertThat(outer && all.get(p).length > 2)
            .isEqualTo(outer && !Arrays.equals(split.get(p), all.get(p)));
      }
    }
  }

  /** c of input, hidden and output weight; biases as ever. NTK: ½ more, nothing, ½ less. */
  @Test
  void inputAndOutputHaveTheExponentsOfAdam() {
    for (CreditRule credit :
        List.of(new CreditRule.BackPropagation(), new CreditRule.TargetPropagation())) {
      for (Muon.Scale scale : Muon.Scale.values()) {
        StepClass kind =
            new Muon(0.9, scale, 1, Optimizer.ADAM_DEFAULTS, 0).ofHiddenWeights().kind();
        double hidden = scale == Muon.Scale.MOONSHOT ? 0.5 : 0;
        assertThat(rates(Scheme.MUP, credit, kind)).containsExactly(0, hidden, 1, 0, 0);
        assertThat(rates(Scheme.NTK, credit, kind)).containsExactly(0.5, hidden, 0.5, 0.5, 0);
        Parameterization mup = Parameterization.relative(Scheme.MUP, 16, credit, kind);
        assertThat(mup.learningRateDepthExponent(ParameterRole.HIDDEN_WEIGHT, true)).isEqualTo(0.5);
        assertThat(mup.learningRateDepthExponent(ParameterRole.OUTPUT_WEIGHT, false)).isZero();
      }
    }
  }

  private static double[] rates(Scheme scheme, CreditRule credit, StepClass kind) {
    Parameterization p = Parameterization.relative(scheme, 16, credit, kind);
    return Stream.of(ParameterRole.values()).mapToDouble(role -> p.exponents(role).c()).toArray();
  }

  @Test
  void usualRatesAreThoseOfAdam() {
    assertThat(new Muon().ofHiddenWeights().outerRate()).isEqualTo(OptionalDouble.of(0.05));
    assertThat(muon(Muon.Scale.MOONSHOT).ofHiddenWeights().outerRate())
        .isEqualTo(OptionalDouble.of(1));
    assertThat(new Muon().toString()).doesNotContain("outerRate");
    assertThat(new Muon().ofHiddenWeights().toString()).contains("outerRate=0.05");
  }

  static Stream<LearningRule> rules() {
    return Stream.of(
        new BackPropagation(),
        PredictiveCoding.of(
            new Inference.AugmentedLagrangian(
                0, 0.2, 1, Inference.AugmentedLagrangian.Order.JACOBI, 1.5)),
        FeedbackAlignment.of(FeedbackRoute.LAYERWISE, FeedbackMode.KOLEN_POLLACK),
        FeedbackAlignment.of(FeedbackRoute.LAYERWISE, FeedbackMode.UNIFORM_SIGNS));
  }

  private static Parameterization claimed(LearningRule rule, Optimizer optimizer) {
    return Parameterization.relative(Scheme.MUP, 64, rule.creditRule(), optimizer.kind());
  }

  /**
   * As V84: slopes of what moves in a step. 0.2, as what a wave leaves of an error settles late.
   */
  @ParameterizedTest
  @MethodSource("rules")
  void movesAlikeOverWidths(LearningRule rule) {
    Optimizer split = new Muon().ofHiddenWeights();
    assertThat(overWidths(rule, claimed(rule, split), split).slopes())
        .filteredOn(CoordinateStudy.Slope::misses)
        .isEmpty();
  }

  /**
   * With the exponents of Muon alone, c = 0 at the readout, what it makes of features grows as m.
   */
  @Test
  void exponentsOfMuonAloneFail() {
    LearningRule rule = new BackPropagation();
    // The step of the readout stands out of what features add.
    Optimizer split = new Muon().ofHiddenWeights(1);
    CoordinateStudy.Result result =
        overWidths(
            rule,
            claimed(rule, split).withLearningRateShift(ParameterRole.OUTPUT_WEIGHT, -1),
            split);
    assertThat(result.judgement()).isEqualTo(Judgement.FAIL);
    // On its way from what features add, 0, to 1.
    assertThat(
            result.slopes().stream()
                .filter(slope -> slope.quantity().equals("df"))
                .findFirst()
                .orElseThrow()
                .slope())
        .isBetween(0.4, 1.2);
    // And those of Adam's hidden weights have features that stand still.
    CoordinateStudy.Result still =
        overWidths(
            rule,
            claimed(rule, split).withLearningRateShift(ParameterRole.HIDDEN_WEIGHT, 1),
            split);
    assertThat(still.judgement()).isEqualTo(Judgement.FAIL);
  }

  private static CoordinateStudy.Result overWidths(
      LearningRule rule, Parameterization trained, Optimizer optimizer) {
    NetworkSpec network =
        NetworkSpec.mlp(CoordinateStudy.INPUTS, 1, 3, CoordinateStudy.OUTPUTS, Activation.TANH);
    CoordinateStudy study =
        new CoordinateStudy(
            List.of(64, 128, 256),
            List.of(1),
            8,
            0.2,
            CoordinateStudy.Networks.ofWidths(network, 8),
            rule,
            claimed(rule, optimizer),
            trained,
            optimizer,
            0.02,
            3);
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64)) {
      return study
          .run(backend, MeasurementStore.unsaved(), (_, _, _) -> {}, new StopSignal())
          .orElseThrow();
    }
  }
}
