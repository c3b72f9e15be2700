package lemniscate.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntFunction;
import lemniscate.backend.Backend;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.mup.Form;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.pc.Inference;
import lemniscate.rule.pc.Precisions;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.tensor.ExampleShape;
import lemniscate.train.Architecture;
import lemniscate.train.StopSignal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Invariant V68, as far as it is of predictive coding; how the study searches and fits. */
final class DepthStudyTest {

  /** Of the last layer; the equilibrium is then backpropagation's to 2 % at every depth here. */
  private static final Precisions SMALL = new Precisions(List.of(1.0), 0.01);

  private static final DepthStudy.Contender JACOBI =
      contender("jacobi", steps -> new Inference.Jacobi(steps, 0.3), new DepthStudy.Law(2, 0.2));

  private static final DepthStudy.Contender SWEEP =
      contender(
          "sweep",
          steps -> new Inference.FixedPrediction(steps, 1, true),
          new DepthStudy.Law(0, 0.1));

  private static final DepthStudy.Contender FIXED =
      contender(
          "fpa", steps -> new Inference.FixedPrediction(steps, 1), new DepthStudy.Law(1, 0.2));

  private static DepthStudy.Contender contender(
      String name, IntFunction<Inference> inference, DepthStudy.Law law) {
    return new DepthStudy.Contender(
        name, steps -> PredictiveCoding.of(inference.apply(steps)).withPrecisions(SMALL), law);
  }

  private static DepthStudy study(
      List<Integer> depths, int width, int seeds, DepthStudy.Contender... contenders) {
    SortedMap<Integer, NetworkSpec> networks = new TreeMap<>();
    for (int depth : depths) {
      Config config =
          Config.defaults()
              .with("net.preset", "resmlp", "test")
              .with("net.width", Integer.toString(width), "test")
              .with("net.depth", Integer.toString(depth), "test");
      networks.put(
          depth,
          Architecture.of(
              config, ExampleShape.flat(CoordinateStudy.INPUTS), CoordinateStudy.OUTPUTS));
    }
    Optimizer optimizer = new Optimizer.Sgd();
    return new DepthStudy(
        depths,
        seeds,
        List.of(contenders),
        CoordinateStudy.Networks.ofDepths(networks, 8),
        rule -> scaling(rule, optimizer),
        optimizer,
        20,
        0);
  }

  private static Parameterization scaling(LearningRule rule, Optimizer optimizer) {
    return new Parameterization(
        Scheme.MUP, Form.RELATIVE, 64, 1, 1.0 / 8, rule.creditRule(), optimizer.kind());
  }

  private static DepthStudy.Result run(DepthStudy study, MeasurementStore store) {
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64)) {
      return study.run(backend, store, (_, _, _) -> {}, new StopSignal()).orElseThrow();
    }
  }

  private static double steps(DepthStudy.Result result, String contender, int depth) {
    return result.measurements().stream()
        .filter(m -> m.contender().equals(contender) && m.depth() == depth)
        .mapToDouble(DepthStudy.Measurement::steps)
        .average()
        .orElseThrow();
  }

  private static DepthStudy.Slope slope(DepthStudy.Result result, String contender) {
    return result.slopes().stream()
        .filter(slope -> slope.contender().equals(contender))
        .findFirst()
        .orElseThrow();
  }

  /**
   * Errors that move at once diffuse, 2 L² steps, fixed predictions pass an error on in each step,
   * a sweep takes it to the bottom. 0.2 as terms of relative size 1/√L bend the line at L = 4.
   */
  @Test
  void stepsFollowTheirLaws() {
    DepthStudy.Result result =
        run(study(List.of(4, 8, 16), 32, 2, JACOBI, FIXED, SWEEP), MeasurementStore.unsaved());
    assertThat(slope(result, "jacobi").slope()).isCloseTo(2, within(0.2));
    for (int depth : List.of(8, 16)) {
      assertThat(steps(result, "jacobi", depth) / (depth * depth)).isBetween(1.7, 2.5);
    }
    assertThat(slope(result, "fpa").slope()).isCloseTo(1, within(0.1));
    assertThat(slope(result, "sweep").slope()).isZero();
    assertThat(steps(result, "sweep", 16)).isEqualTo(1);
    assertThat(result.slopes()).filteredOn(DepthStudy.Slope::misses).isEmpty();
    assertThat(result.measurements())
        .filteredOn(m -> m.contender().equals("jacobi"))
        .extracting(DepthStudy.Measurement::reach)
        .isSortedAccordingTo((a, b) -> Double.compare(b, a));
    assertThat(result.measurementsCsv()).hasLineCount(1 + 3 * 3 * 2);
    assertThat(result.slopesCsv()).contains("sweep,0.000000,", ",pass\n");
  }

  /** A law that is wrong fails, and a contender that gets nowhere has no slope. */
  @Test
  void judgesLaws() {
    DepthStudy.Contender wrong =
        contender(
            "wrong", steps -> new Inference.FixedPrediction(steps, 1), new DepthStudy.Law(2, 0.2));
    DepthStudy.Contender slow =
        contender("slow", steps -> new Inference.Jacobi(steps, 1e-4), new DepthStudy.Law(2, 0.2));
    DepthStudy.Result result =
        run(study(List.of(3, 4, 6), 7, 1, wrong, slow), MeasurementStore.unsaved());
    assertThat(slope(result, "wrong").misses()).isTrue();
    assertThat(slope(result, "slow").slope()).isNaN();
    assertThat(slope(result, "slow").misses()).isTrue();
    assertThat(result.judgement()).isEqualTo(Judgement.FAIL);
  }

  /** A contender of few depths has its slope over those. */
  @Test
  void slowContendersStopEarlier() {
    DepthStudy study = study(List.of(3, 4, 6, 9), 7, 1, FIXED, JACOBI.upTo(6));
    assertThat(study.size()).isEqualTo(4 + 3);
    DepthStudy.Result result = run(study, MeasurementStore.unsaved());
    assertThat(result.measurements())
        .filteredOn(m -> m.contender().equals("jacobi"))
        .extracting(DepthStudy.Measurement::depth)
        .containsExactly(3, 4, 6);
    DepthStudy.Result shallow =
        run(study(List.of(3, 4, 6), 7, 1, FIXED, JACOBI), MeasurementStore.unsaved());
    assertThat(slope(result, "jacobi")).isEqualTo(slope(shallow, "jacobi"));
    assertThat(steps(result, "fpa", 9)).isEqualTo(9);
    assertThatThrownBy(() -> study(List.of(3, 4, 6), 7, 1, JACOBI.upTo(4)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("depths [3, 4]: a slope needs at least 3");
  }

  /** Those alone whose interval lies across a bound get more seeds; the rest stays as it was. */
  @Test
  void openLawsGetMoreSeeds() {
    List<Integer> depths = List.of(3, 4, 6);
    MeasurementStore store = MeasurementStore.unsaved();
    DepthStudy.Slope measured = slope(run(study(depths, 7, 2, JACOBI), store), "jacobi");
    DepthStudy.Contender open =
        contender(
            "jacobi",
            steps -> new Inference.Jacobi(steps, 0.3),
            new DepthStudy.Law(measured.slope(), (measured.high() - measured.slope()) / 2));
    DepthStudy study = study(depths, 7, 2, open, FIXED);
    DepthStudy.Result few = run(study, store);
    assertThat(few.judgement()).isEqualTo(Judgement.INCONCLUSIVE);
    DepthStudy more = study.ofOpen(few, 4);
    assertThat(more.contenders()).containsExactly(open);
    DepthStudy.Result all = few.with(run(more, store));
    assertThat(all.seeds("jacobi")).isEqualTo(4);
    assertThat(all.seeds("fpa")).isEqualTo(2);
    assertThat(slope(all, "fpa")).isEqualTo(slope(few, "fpa"));
    assertThat(slope(all, "jacobi")).isEqualTo(slope(run(more, store), "jacobi"));
    assertThat(all.slopes())
        .extracting(DepthStudy.Slope::contender)
        .containsExactly("jacobi", "fpa");
    assertThat(all.measurements()).hasSize(3 * (4 + 2)).containsAll(few.measurements());
  }

  @Test
  void goesOnWithWhatWasMeasured() {
    DepthStudy study = study(List.of(3, 4, 6), 7, 1, FIXED);
    MeasurementStore store = MeasurementStore.unsaved();
    StopSignal stop = new StopSignal();
    List<Integer> measured = new ArrayList<>();
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64)) {
      CoordinateStudy.Progress raise =
          (_, _, depth) -> {
            measured.add(depth);
            stop.raise();
          };
      assertThat(study.run(backend, store, raise, stop)).isEmpty();
    }
    assertThat(measured).containsExactly(3);
    assertThat(run(study, store)).isEqualTo(run(study, MeasurementStore.unsaved()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"depths", "steps", "seeds", "contenders"})
  void refusesWhatCannotBeFitted(String what) {
    List<Integer> depths = what.equals("depths") ? List.of(3, 4) : List.of(3, 4, 6);
    int seeds = what.equals("seeds") ? 0 : 1;
    DepthStudy.Contender[] contenders =
        what.equals("contenders")
            ? new DepthStudy.Contender[] {FIXED, FIXED}
            : new DepthStudy.Contender[] {FIXED};
    assertThatThrownBy(
            () -> {
              DepthStudy study = study(depths, 7, seeds, contenders);
              new DepthStudy(
                  study.depths(),
                  study.seeds(),
                  study.contenders(),
                  study.networks(),
                  study.scaling(),
                  study.optimizer(),
                  0,
                  0);
            })
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining(what + " ");
  }
}
