package lemniscate.rule;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.mup.CreditRule;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.mup.Weighting;
import lemniscate.network.Features;
import lemniscate.network.InitialDistribution;
import lemniscate.network.NetworkSpec;
import lemniscate.network.UnitSpec;
import lemniscate.network.layer.Convolution;
import lemniscate.network.layer.Dense;
import lemniscate.network.layer.Layer;
import lemniscate.network.layer.Norm;
import lemniscate.network.layer.Pointwise;
import lemniscate.network.layer.Pool;
import lemniscate.network.layer.Residual;
import lemniscate.network.layer.StackSpec;
import lemniscate.optim.Optimizer;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.feedback.FeedbackAlignment;
import lemniscate.rule.feedback.FeedbackMode;
import lemniscate.rule.feedback.FeedbackRoute;
import lemniscate.rule.ff.ForwardForward;
import lemniscate.rule.ff.Goodness;
import lemniscate.rule.ff.InputLength;
import lemniscate.rule.ff.Prediction;
import lemniscate.rule.gnt.GaussNewtonTargets;
import lemniscate.rule.pc.Convention;
import lemniscate.rule.pc.Inference;
import lemniscate.rule.pc.Momentum;
import lemniscate.rule.pc.Nudge;
import lemniscate.rule.pc.PrecisionSchedule;
import lemniscate.rule.pc.Precisions;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.rule.pc.WeightUpdate;
import lemniscate.rule.pepita.ErrorSignal;
import lemniscate.rule.pepita.Pepita;
import lemniscate.rule.pepita.Projection;
import lemniscate.rule.pepita.Variant;
import lemniscate.rule.tp.Feedback;
import lemniscate.rule.tp.Maps;
import lemniscate.rule.tp.Pathway;
import lemniscate.rule.tp.TargetPropagation;
import lemniscate.tensor.ExampleShape;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Invariant V1, and V5 as far as it concerns parameters: every rule's gradient is the central
 * difference (h = 1e-6) of its objective, which is plain code of its own.
 *
 * <p>Tolerance 1e-8 absolute on gradients of order 1: differences are good to about 1e-10, and a
 * kink of a rectifier within 1e-6 of one of the few dozen pre-activations would be seen as a
 * failure, not missed.
 */
@Order(1)
final class GradientCheckTest {

  private static final double TOLERANCE = 1e-8;

  // Losses that sum over the places of an image are some ten times as large, and so is the rounding
  // of their differences.
  private static final double TOLERANCE_OF_SUMS = 1e-7;

  private static final int BATCH = 3;

  static Stream<Arguments> networks() {
    return RuleFixture.backends()
        .flatMap(
            backend ->
                Stream.of(Activation.values())
                    .flatMap(
                        activation ->
                            Stream.of(Loss.values())
                                .map(loss -> Arguments.of(backend, activation, loss))));
  }

  @ParameterizedTest
  @MethodSource("networks")
  void backpropagation(String backend, Activation activation, Loss loss) {
    check(backend, activation, loss, List.of(new BackPropagation()));
  }

  @ParameterizedTest
  @MethodSource("networks")
  void predictiveCoding(String backend, Activation activation, Loss loss) {
    check(backend, activation, loss, predictiveCodings());
  }

  private static List<LearningRule> predictiveCodings() {
    List<LearningRule> rules = new ArrayList<>();
    for (Inference inference : schemes()) {
      for (Convention convention : Convention.values()) {
        for (Weighting weighting : Weighting.values()) {
          boolean direct = inference instanceof Inference.DirectStart;
          if (direct && convention == Convention.A) {
            continue;
          }
          boolean unit = direct || inference instanceof Inference.ZeroDivergence;
          rules.add(
              PredictiveCoding.of(inference)
                  .withPrecisions(
                      unit ? Precisions.UNIT : new Precisions(List.of(0.8, 1.3, 0.7), 1.9))
                  .withConvention(convention)
                  .withWeighting(weighting));
        }
      }
    }
    return rules;
  }

  /** Three hidden units of several layers each, and an output of two. */
  private static NetworkSpec stacks(Activation activation) {
    Layer phi = new Pointwise(activation);
    return new NetworkSpec(
        new Features(new ExampleShape(5, 4, 2), false),
        List.of(
            stack(Activation.LINEAR, conv(3, 1), phi, new Pool(Pool.How.MAX, 2, 2)),
            stack(activation, new Residual(List.of(Norm.layer(), conv(3, 1), phi), List.of(), 0.7)),
            stack(
                Activation.LINEAR,
                new Residual(
                    List.of(conv(3, 2), phi), List.of(new Convolution(3, true, 1, 2, 0, false)))),
            stack(Activation.LINEAR, Pool.global(), new Dense(2, false, true))));
  }

  private static Layer conv(int channels, int stride) {
    return new Convolution(channels, true, 3, stride, 1, true);
  }

  private static UnitSpec stack(Activation activation, Layer... layers) {
    return new StackSpec(List.of(layers), activation, InitialDistribution.NORMAL);
  }

  @ParameterizedTest
  @CsvSource({"reference cpu, TANH, MSE", "cpu, GELU, CROSS_ENTROPY"})
  void stacksOfLayers(String backends, Activation activation, Loss loss) {
    List<LearningRule> rules = new ArrayList<>(predictiveCodings());
    rules.add(new BackPropagation());
    rules.add(new FeedbackAlignment(FeedbackRoute.DIRECT, 0.7));
    rules.add(new FeedbackAlignment(FeedbackRoute.DIRECT_TARGET, 0.7));
    Expectations expectations = new Expectations(TOLERANCE);
    for (String backendName : backends.split(" ")) {
      try (Backend backend = RuleFixture.open(backendName, Precision.FP64)) {
        for (LearningRule rule : rules) {
          try (RuleFixture fixture = RuleFixture.plain(backend, stacks(activation), loss, BATCH)) {
            expectations.check(fixture.drawBiases(0.3, 11).rule(rule), rule);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void gaussNewtonTargets(String backend, Activation activation, Loss loss) {
    // Rectifiers can leave an example without a path to the output, where there is no exact target.
    check(
        backend,
        activation,
        loss,
        List.of(new GaussNewtonTargets(0.05, 1), new GaussNewtonTargets(0.3, 0.5)));
  }

  @ParameterizedTest
  @MethodSource("networks")
  void targetPropagation(String backend, Activation activation, Loss loss) {
    Maps tanh = new Maps(List.of(Activation.TANH), 1, 0);
    check(
        backend,
        activation,
        loss,
        List.of(
            new TargetPropagation(Pathway.PLAIN, new Feedback.Ridge(0.1), 0.7),
            new TargetPropagation(Pathway.DIFFERENCE, new Feedback.Ridge(0.1), 1),
            new TargetPropagation(Pathway.DIRECT, new Feedback.Ridge(0.1), 1),
            new TargetPropagation(Pathway.DIFFERENCE, new Feedback.PseudoInverse(0.1), 1),
            new TargetPropagation(Pathway.PLAIN, new Feedback.PseudoInverse(0.1), 1),
            new TargetPropagation(Pathway.DIFFERENCE, new Feedback.Transpose(), 0.7),
            new TargetPropagation(Pathway.DIFFERENCE, new Feedback.Random(tanh), 1),
            new TargetPropagation(
                Pathway.DIRECT,
                new Feedback.Random(new Maps(List.of(Activation.LINEAR), 1, 6)),
                1)));
  }

  private static List<LearningRule> forwardUpdatesAndNudges() {
    Precisions precisions = new Precisions(List.of(0.8, 1.3, 0.7), 1.9);
    List<LearningRule> rules = new ArrayList<>();
    for (Convention convention : Convention.values()) {
      for (Weighting weighting : Weighting.values()) {
        for (Inference inference :
            List.of(
                new Inference.Jacobi(5, 0.1).with(new PrecisionSchedule.Spiking(0.2)),
                Inference.Jacobi.atStableRate(6),
                new Inference.Sequential(1, 0.8),
                new Inference.Equilibrium(40, 0.1, 1e-12))) {
          PredictiveCoding rule =
              PredictiveCoding.of(inference)
                  .withPrecisions(precisions)
                  .withConvention(convention)
                  .withWeighting(weighting);
          rules.add(rule.withUpdate(WeightUpdate.FORWARD));
          rules.add(rule.withNudge(new Nudge(Nudge.Form.WEAK, 0.2, Nudge.Phase.POSITIVE)));
          rules.add(rule.withNudge(new Nudge(Nudge.Form.WEAK, 0.1, Nudge.Phase.NEGATIVE)));
          rules.add(rule.withNudge(new Nudge(Nudge.Form.WEAK, 0.1, Nudge.Phase.CENTRED)));
        }
      }
    }
    return rules;
  }

  @ParameterizedTest
  @MethodSource("networks")
  void forwardUpdatesAndWeakNudges(String backend, Activation activation, Loss loss) {
    check(backend, activation, loss, forwardUpdatesAndNudges());
  }

  @ParameterizedTest
  @MethodSource("networks")
  void clampedNudges(String backend, Activation activation, Loss loss) {
    if (loss != Loss.MSE) {
      return;
    }
    List<LearningRule> rules = new ArrayList<>();
    for (LearningRule rule : forwardUpdatesAndNudges()) {
      PredictiveCoding pc = (PredictiveCoding) rule;
      rules.add(pc.withNudge(new Nudge(Nudge.Form.CLAMPED, 0.3, pc.nudge().phase())));
    }
    check(backend, activation, loss, rules);
  }

  private static List<Inference> schemes() {
    return List.of(
        new Inference.Jacobi(5, 0.1),
        new Inference.Jacobi(1, 0.3),
        new Inference.Jacobi(5, 0.1, new Momentum(Momentum.Form.HEAVY_BALL, 0.6)),
        new Inference.Jacobi(4, 0.1, new Momentum(Momentum.Form.NESTEROV, 0.7)),
        new Inference.Sequential(2, 0.3),
        new Inference.FixedPrediction(4, 0.4),
        new Inference.FixedPrediction(1, 0.4, true),
        new Inference.ZeroDivergence(),
        new Inference.Incremental(3, 0.1),
        new Inference.DirectStart(2, 0.1, 0.6, 0.8, 0.5),
        new Inference.DirectStart(0, 0.1, 0.5, 1, 0.5),
        new Inference.Equilibrium(40, 0.1, 1e-12),
        new Inference.Errors(3, 0.4),
        new Inference.AugmentedLagrangian(
            7, 0.1, 0.8, Inference.AugmentedLagrangian.Order.JACOBI, 1.5),
        new Inference.AugmentedLagrangian(
            3, 0.1, 0.8, Inference.AugmentedLagrangian.Order.GAUSS_SEIDEL, 0));
  }

  private static void check(
      String backendName, Activation activation, Loss loss, List<LearningRule> rules) {
    NetworkSpec spec = RuleFixture.spec(activation, true, 3, 5, 7, 4, 2);
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64)) {
      for (LearningRule rule : rules) {
        try (RuleFixture fixture = RuleFixture.plain(backend, spec, loss, BATCH)) {
          new Expectations(TOLERANCE).check(fixture.drawBiases(0.3, 11).rule(rule), rule);
        }
      }
    }
  }

  /**
   * The differences of the rules on one network. Those of the first backend serve the others, which
   * draw the same parameters and batch: most of the time goes into them.
   */
  private static final class Expectations {

    private final double tolerance;
    private final Map<LearningRule, List<double[]>> parameters = new HashMap<>();
    private final Map<LearningRule, List<double[]>> differences = new HashMap<>();

    Expectations(double tolerance) {
      this.tolerance = tolerance;
    }

    void check(RuleFixture fixture, LearningRule rule) {
      fixture.drawBatch(12).gradients();
      List<double[]> values = fixture.parameterValues();
      Oracle.close(values, parameters.computeIfAbsent(rule, _ -> values), 0, "parameter");
      List<double[]> expected =
          differences.computeIfAbsent(
              rule,
              _ -> {
                Objective objective = fixture.step().objective();
                return values.stream()
                    .map(p -> Oracle.differences(p, () -> objective.value(values)))
                    .toList();
              });
      Oracle.close(fixture.parameterGradients(), expected, tolerance, rule + ", parameter");
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void feedbackAlignment(String backend, Activation activation, Loss loss) {
    List<LearningRule> rules = new ArrayList<>();
    for (FeedbackRoute route : FeedbackRoute.values()) {
      rules.add(new FeedbackAlignment(route, 0.7));
    }
    rules.addAll(movingFeedback());
    check(backend, activation, loss, rules);
  }

  private static List<LearningRule> movingFeedback() {
    List<LearningRule> rules = new ArrayList<>();
    for (FeedbackMode mode : FeedbackMode.values()) {
      rules.add(FeedbackAlignment.of(FeedbackRoute.LAYERWISE, mode));
    }
    rules.add(new FeedbackAlignment(FeedbackRoute.DIRECT, 1, false, FeedbackMode.KOLEN_POLLACK, 1));
    return rules;
  }

  @ParameterizedTest
  @MethodSource("networks")
  void pepita(String backend, Activation activation, Loss loss) {
    List<LearningRule> rules = new ArrayList<>();
    for (Variant variant : Variant.values()) {
      rules.add(new Pepita(variant, -1, new Projection(Projection.Kind.UNIFORM, 0.9), 0));
      rules.add(new Pepita(variant, 1, new Projection(Projection.Kind.NORMAL, 0.4), 0.3));
    }
    Projection projection = new Projection(Projection.Kind.UNIFORM, 0.9);
    rules.add(new Pepita(Variant.HEBBIAN, -1, projection, 0, ErrorSignal.SIGN, null));
    check(backend, activation, loss, rules);
  }

  static Stream<Arguments> stacks() {
    return Stream.of("conv", "residual conv", "residual")
        .flatMap(
            name ->
                Stream.of(Activation.TANH, Activation.GELU)
                    .map(activation -> Arguments.of(name, activation)));
  }

  /** Stacks of layers on images and residual streams, with multipliers other than 1. */
  @ParameterizedTest
  @MethodSource("stacks")
  void onStacks(String name, Activation activation) {
    NetworkSpec spec = SmallStacks.of(activation).get(name);
    Parameterization ntk =
        Parameterization.relative(
            Scheme.NTK, 2, new CreditRule.TargetPropagation(), StepClass.SGD_LIKE);
    List<LearningRule> rules = new ArrayList<>();
    for (FeedbackRoute route : FeedbackRoute.values()) {
      rules.add(new FeedbackAlignment(route, 0.7));
    }
    rules.addAll(movingFeedback());
    Projection projection = new Projection(Projection.Kind.UNIFORM, 0.9);
    for (Variant variant : Variant.values()) {
      if (variant != Variant.FIRST_ORDER) {
        rules.add(new Pepita(variant, -1, projection, 0));
      }
    }
    rules.add(new Pepita(Variant.MODULATED, 1, projection, 0.3, ErrorSignal.SIGN, null));
    for (Goodness goodness : Goodness.values()) {
      rules.add(
          new ForwardForward(
              goodness, 0.4, InputLength.RMS, 0.3, 0, Prediction.GOODNESS, 1.5, 0.7));
    }
    Expectations expectations = new Expectations(TOLERANCE_OF_SUMS);
    for (String backendName : RuleFixture.backends().toList()) {
      try (Backend backend = RuleFixture.open(backendName, Precision.FP64)) {
        for (LearningRule rule : rules) {
          try (RuleFixture fixture =
              RuleFixture.scaled(
                  backend, spec, ntk, new Optimizer.Sgd(), Loss.CROSS_ENTROPY, BATCH, 5)) {
            expectations.check(fixture.drawVectors(0.3, 11).rule(rule), rule);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void forwardForward(String backend, Activation activation, Loss loss) {
    List<LearningRule> rules = new ArrayList<>();
    for (Goodness goodness : Goodness.values()) {
      for (InputLength length : InputLength.values()) {
        rules.add(new ForwardForward(goodness, 0.4, length, 0.3, 0, Prediction.GOODNESS, 1.5, 0.7));
      }
    }
    rules.add(
        new ForwardForward(
            Goodness.SUM, 0.4, InputLength.RMS, 0, 1, Prediction.GOODNESS, 1.5, 0.7));
    check(backend, activation, loss, rules);
  }
}
