package lemniscate.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import lemniscate.mup.Form;
import lemniscate.mup.ParameterRole;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.pc.Inference;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.train.StopSignal;
import org.junit.jupiter.api.Test;

final class CoordinateStudyTest {

  private static final List<Integer> WIDTHS = List.of(128, 256, 512);
  // Of widths this small: the initial output still adds to the error.
  private static final double TOLERANCE = 0.2;

  private static CoordinateStudy study(
      LearningRule rule, Scheme scheme, List<Integer> widths, List<Integer> steps, int seeds) {
    Parameterization parameterization =
        new Parameterization(
            scheme,
            Form.RELATIVE,
            64,
            1,
            scheme == Scheme.MUP ? 0.125 : 1,
            rule.creditRule(),
            StepClass.SGD_LIKE);
    return new CoordinateStudy(
        widths,
        steps,
        seeds,
        TOLERANCE,
        CoordinateStudy.Networks.perceptron(3, Activation.TANH, false, 8),
        rule,
        parameterization,
        parameterization,
        new Optimizer.Sgd(),
        CoordinateStudy.defaultLearningRate(scheme, StepClass.SGD_LIKE),
        5);
  }

  private static CoordinateStudy trainedWith(CoordinateStudy study, ParameterRole role, double by) {
    return new CoordinateStudy(
        study.sizes(),
        study.steps(),
        study.seeds(),
        study.tolerance(),
        study.network(),
        study.rule(),
        study.claimed(),
        study.claimed().withLearningRateShift(role, by),
        study.optimizer(),
        study.learningRate(),
        study.seed());
  }

  private static CoordinateStudy.Result run(CoordinateStudy study) {
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64)) {
      return study
          .run(backend, MeasurementStore.unsaved(), (_, _, _) -> {}, new StopSignal())
          .orElseThrow();
    }
  }

  private static CoordinateStudy.Slope slope(
      CoordinateStudy.Result result, String quantity, int layer, int step) {
    return result.slopes().stream()
        .filter(s -> s.quantity().equals(quantity) && s.layer() == layer && s.step() == step)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void maximalUpdatesPass() {
    CoordinateStudy.Result result =
        run(study(PredictiveCoding.jacobi(20, 0.2), Scheme.MUP, WIDTHS, List.of(1, 2), 3));
    assertThat(result.slopes()).filteredOn(CoordinateStudy.Slope::misses).isEmpty();
    assertThat(slope(result, "dh", 3, 2).expected().exponent()).isZero();
    assertThat(slope(result, "dv", 2, 1).expected().exponent()).isEqualTo(-1);
    // Sizes at the start, and errors in the first step, appear once.
    assertThat(result.slopes()).filteredOn(s -> s.quantity().equals("h")).hasSize(3);
    assertThat(result.slopes()).filteredOn(s -> s.quantity().equals("dh")).hasSize(6);
  }

  @Test
  void slopeIsTheMeanOfTheSeedsInsideItsInterval() {
    CoordinateStudy study =
        study(new BackPropagation(), Scheme.NTK, List.of(16, 32, 65), List.of(1), 3);
    CoordinateStudy.Result result = run(study);
    CoordinateStudy.Slope slope = slope(result, "dh", 2, 1);
    List<Double> slopes = new ArrayList<>();
    for (int s = 0; s < 3; s++) {
      int seed = s;
      slopes.add(
          CoordinateCheck.slope(
              study.sizes(),
              result.measurements().stream()
                  .filter(m -> m.quantity().equals("dh") && m.layer() == 2 && m.seed() == seed)
                  .map(CoordinateStudy.Measurement::value)
                  .toList()));
    }
    double mean = slopes.stream().mapToDouble(x -> x).average().orElseThrow();
    double variance = slopes.stream().mapToDouble(x -> (x - mean) * (x - mean)).sum() / 2;
    // Quantile of Student's t for two degrees of freedom, 95 % two-sided, from tables.
    double half = 4.302653 * Math.sqrt(variance / 3);
    // The tabled digits.
    assertThat(slope.slope()).isCloseTo(mean, within(1e-12));
    assertThat(slope.low()).isCloseTo(mean - half, within(1e-6));
    assertThat(slope.high()).isCloseTo(mean + half, within(1e-6));
  }

  /** More seeds are further ones: the first stay, so that a store has them. */
  @Test
  void moreSeedsGoOn() {
    CoordinateStudy few =
        study(new BackPropagation(), Scheme.MUP, List.of(16, 32, 65), List.of(1), 2);
    List<CoordinateStudy.Measurement> first = run(few).measurements();
    assertThat(run(few.withSeeds(4)).measurements()).hasSize(2 * first.size()).containsAll(first);
  }

  /** A readout that starts at 0 sends no error down in the first step. */
  @Test
  void exactZerosAreNotJudged() {
    LearningRule rule = new BackPropagation();
    Parameterization silent =
        new Parameterization(
            Scheme.MUP, Form.RELATIVE, 64, 1, 0, rule.creditRule(), StepClass.SGD_LIKE);
    CoordinateStudy.Result result =
        run(
            new CoordinateStudy(
                WIDTHS,
                List.of(1),
                2,
                TOLERANCE,
                CoordinateStudy.Networks.perceptron(3, Activation.TANH, false, 8),
                rule,
                silent,
                silent,
                new Optimizer.Sgd(),
                0.05,
                5));
    assertThat(slope(result, "dh", 2, 1).judgement()).isEqualTo(Judgement.NOT_JUDGED);
    assertThat(slope(result, "dh", 2, 1).expected().notJudged()).isEqualTo("it is exactly 0");
    assertThat(slope(result, "omega", 4, 1).judgement()).isEqualTo(Judgement.NOT_JUDGED);
    assertThat(slope(result, "dWLH", 4, 1).expected().judged()).isTrue();
    assertThat(result.slopes()).filteredOn(CoordinateStudy.Slope::misses).isEmpty();
  }

  @Test
  void wrongExponentFails() {
    CoordinateStudy right = study(new BackPropagation(), Scheme.MUP, WIDTHS, List.of(1), 3);
    assertThat(run(right).slopes()).filteredOn(CoordinateStudy.Slope::misses).isEmpty();
    CoordinateStudy.Result wrong = run(trainedWith(right, ParameterRole.HIDDEN_WEIGHT, -1));
    assertThat(wrong.judgement()).isEqualTo(Judgement.FAIL);
    // The layer whose learning rate grows, and no other cause.
    assertThat(slope(wrong, "dh", 1, 1).misses()).isFalse();
    assertThat(slope(wrong, "dh", 2, 1).misses()).isTrue();
    assertThat(slope(wrong, "dh", 2, 1).slope()).isGreaterThan(0.5);
  }

  @Test
  void oneSeedHasNoInterval() {
    CoordinateStudy.Result result =
        run(study(new BackPropagation(), Scheme.MUP, List.of(5, 9, 17), List.of(1), 1));
    assertThat(slope(result, "dh", 1, 1).low()).isNaN();
    assertThat(slope(result, "dh", 1, 1).slope()).isFinite();
  }

  @Test
  void tablesHoldEverything() {
    CoordinateStudy.Result result =
        run(study(new BackPropagation(), Scheme.MUP, List.of(5, 9, 17), List.of(1), 2));
    assertThat(result.measurementsCsv(NetworkAxis.WIDTH).lines())
        .hasSize(1 + result.measurements().size())
        .first()
        .isEqualTo("quantity,layer,step,width,seed,value");
    // 3 widths and 2 seeds a slope.
    assertThat(result.measurements()).hasSize(6 * result.slopes().size());
    assertThat(result.slopesCsv().lines())
        .hasSize(1 + result.slopes().size())
        .first()
        .isEqualTo("quantity,layer,step,slope,low,high,expected,verdict,reason");
  }

  @Test
  void whatCannotBeJudgedIsRefused() {
    LearningRule bp = new BackPropagation();
    refused("at least 3 widths", bp, Scheme.MUP, List.of(64, 128));
    refused("widths [0, 64, 128]", bp, Scheme.MUP, List.of(0, 64, 128));
    refused("widths [64, 64, 128]", bp, Scheme.MUP, List.of(64, 64, 128));
    refused("widths [128, 64, 32]", bp, Scheme.MUP, List.of(128, 64, 32));
    refused(
        "pc.scheme ipc",
        PredictiveCoding.of(new Inference.Incremental(3, 0.1)),
        Scheme.MUP,
        WIDTHS);
    refused("pc.steps 2", PredictiveCoding.jacobi(2, 0.1), Scheme.MUP, WIDTHS);
    refused(
        "pc.gammaExponent -1.0: under ntk",
        PredictiveCoding.jacobi(20, 0.1).withGammaExponent(-1),
        Scheme.NTK,
        WIDTHS);
    assertThatThrownBy(() -> study(bp, Scheme.MUP, WIDTHS, List.of(1), 0))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("seeds is 0");
    assertThatThrownBy(() -> study(bp, Scheme.MUP, WIDTHS, List.of(5, 1), 1))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("steps [5, 1]");
  }

  private static void refused(
      String message, LearningRule rule, Scheme scheme, List<Integer> widths) {
    assertThatThrownBy(() -> study(rule, scheme, widths, List.of(1), 1))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining(message);
  }
}
