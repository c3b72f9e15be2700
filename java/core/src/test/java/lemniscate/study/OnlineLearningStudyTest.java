package lemniscate.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import lemniscate.config.BadInputException;
import lemniscate.study.OnlineLearningStudy.Course;
import lemniscate.study.OnlineLearningStudy.Curve;
import lemniscate.study.OnlineLearningStudy.Learning;
import lemniscate.study.OnlineLearningStudy.Network;
import lemniscate.study.OnlineLearningStudy.Point;
import lemniscate.study.OnlineLearningStudy.Result;
import lemniscate.study.OnlineLearningStudy.Trajectory;
import lemniscate.theory.ForwardRule;
import lemniscate.theory.OrderParameters;
import lemniscate.train.TrainingDivergedException;
import org.junit.jupiter.api.Test;

final class OnlineLearningStudyTest {

  private static final List<ForwardRule> BOTH = List.of(ForwardRule.AFA, ForwardRule.PEPITA);

  private static OnlineLearningStudy study(
      List<ForwardRule> rules, Network network, Learning learning, double end, int copies) {
    return new OnlineLearningStudy(rules, network, learning, new Course(end, 12, copies, 0.05), 3);
  }

  private static Network network(int inputs) {
    return new Network(2, 2, inputs, 0.3, 1.5);
  }

  @Test
  void simulationFollowsTheEquations() {
    Result result = study(BOTH, network(500), new Learning(0.5, 0.5, 0), 24, 2).run(done -> {});
    for (Curve curve : result.curves()) {
      // It learns; else equal curves would say little.
      assertThat(curve.points().getLast().theory())
          .isLessThan(curve.points().getFirst().theory() / 2);
      for (Point point : curve.points()) {
        assertThat(point.gap()).as(curve.rule() + " at " + point.time()).isLessThan(0.05);
      }
    }
    assertThat(result.pass()).isTrue();
    assertThat(result.gap()).isPositive().isLessThan(0.05);
  }

  @Test
  void unequalRatesSizesAndNoiseEnterBothAlike() {
    Network network = new Network(3, 2, 500, 0.5, 1);
    Learning learning = new Learning(0.8, 0.3, 0.5);
    for (Curve curve : study(BOTH, network, learning, 12, 2).run(done -> {}).curves()) {
      assertThat(curve.worst().gap()).as(curve.rule().word()).isLessThan(0.05);
    }
    // Without the noise the theory is off by far more than that: the comparison sees it.
    Result noisy = study(BOTH, network, learning, 12, 1).run(done -> {});
    Result clean = study(BOTH, network, new Learning(0.8, 0.3, 0), 12, 1).run(done -> {});
    for (int i = 0; i < 2; i++) {
      assertThat(noisy.curves().get(i).points().getLast().simulation())
          .isGreaterThan(1.1 * clean.curves().get(i).points().getLast().theory());
    }
  }

  /** A step moves the overlaps by 1/D of the derivative, plus noise that averages out. */
  @Test
  void meanOfManyFirstStepsIsTheDerivative() {
    int inputs = 40;
    int copies = 20_000;
    for (ForwardRule rule : BOTH) {
      // A small feedback: the equations are of first order in it.
      Network network = new Network(1, 1, inputs, 0.05, 8);
      Learning learning = new Learning(1, 1, 0);
      List<Double> moved = new ArrayList<>();
      double expected = 0;
      for (int copy = 0; copy < copies; copy++) {
        StudentTeacherSimulation simulation =
            new StudentTeacherSimulation(network, learning.equations(rule), 5, copy);
        OrderParameters before = simulation.overlaps();
        // Over so short a time the solution is its tangent.
        double dt = 1e-6;
        OrderParameters after =
            learning.equations(rule).solve(before, new double[] {dt}).points().getFirst();
        expected += (after.outputs()[0] - before.outputs()[0]) / dt / copies;
        simulation.step();
        moved.add((simulation.overlaps().outputs()[0] - before.outputs()[0]) * inputs);
      }
      double mean = moved.stream().mapToDouble(v -> v).average().orElseThrow();
      double square = moved.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum() / copies;
      // Four standard errors.
      assertThat(mean).isCloseTo(expected, within(4 * Math.sqrt(square / copies)));
    }
  }

  @Test
  void rulesShareWeightsAndInputs() {
    // At a vanishing feedback the two rules are one, to its first order times the time.
    Network network = new Network(2, 1, 30, 1e-7, 1);
    Result result = study(BOTH, network, new Learning(1, 1, 0.2), 4, 1).run(done -> {});
    Trajectory afa = result.trajectories().get(0);
    Trajectory pepita = result.trajectories().get(1);
    assertThat(afa.simulation().getLast().outputs())
        .containsExactly(pepita.simulation().getLast().outputs(), within(1e-6));
    assertThat(afa.simulation().getLast().outputs()[0])
        .isNotEqualTo(afa.simulation().getFirst().outputs()[0]);
  }

  @Test
  void sameSeedSameNumbers() {
    OnlineLearningStudy study = study(BOTH, network(50), new Learning(0.5, 0.5, 0.1), 3, 2);
    List<Integer> progress = new ArrayList<>();
    Result first = study.run(progress::add);
    assertThat(first.curvesCsv()).isEqualTo(study.run(done -> {}).curvesCsv());
    assertThat(progress).hasSize(study.size()).isSorted().endsWith(study.size());
    assertThat(first.curvesCsv().lines()).hasSize(1 + 2 * 13);
    // A1, v1, Q11, A2, v2, Q21, Q22 of two rules, two copies, 13 times.
    assertThat(first.overlapsCsv().lines())
        .hasSize(1 + 7 * 2 * 2 * 13)
        .anyMatch(l -> l.contains("Q21"));
    assertThat(first.trajectories().get(0).simulation().getLast().outputs())
        .isNotEqualTo(first.trajectories().get(1).simulation().getLast().outputs());
  }

  @Test
  void timesAreWholeSteps() {
    double[] times = study(BOTH, new Network(1, 1, 7, 1, 1), new Learning(1, 1, 0), 3, 1).times();
    assertThat(times).hasSize(13).isSorted().startsWith(0).endsWith(3);
    for (double time : times) {
      assertThat(time * 7).isCloseTo(Math.rint(time * 7), within(1e-12));
    }
  }

  @Test
  void divergenceIsSaid() {
    OnlineLearningStudy study =
        study(List.of(ForwardRule.PEPITA), network(50), new Learning(400, 400, 0), 50, 1);
    assertThatThrownBy(() -> study.run(done -> {}))
        .isInstanceOf(TrainingDivergedException.class)
        .hasMessageContaining("pepita's")
        .hasMessageContaining("smaller optim.lr (it was 400.0)");
  }

  @Test
  void badInputIsRefused() {
    refused(() -> new Network(0, 2, 500, 0.3, 1.5), "student units: 0", "1 to 16");
    refused(() -> new Network(2, 17, 500, 0.3, 1.5), "teacher units: 17");
    refused(() -> new Network(2, 2, 1, 0.3, 1.5), "inputs: 1");
    refused(() -> new Network(2, 2, 500, 0, 1.5), "feedback scale is 0.0");
    refused(() -> new Network(2, 2, 500, 0.3, Double.NaN), "alignment is NaN");
    refused(() -> new Learning(-1, 1, 0), "optim.lr is -1.0");
    refused(() -> new Learning(1, -1, 0), "output rate is -1.0");
    refused(() -> new Learning(1, 1, -0.1), "noise is -0.1");
    refused(() -> new Course(0, 10, 1, 0.05), "end is 0.0");
    refused(() -> new Course(10, 0, 1, 0.05), "points: 0");
    refused(() -> new Course(10, 10, 0, 0.05), "copies: 0");
    refused(() -> new Course(10, 10, 1, Double.NaN), "tolerance is NaN");
    Learning learning = new Learning(1, 1, 0);
    refused(() -> study(List.of(), network(50), learning, 3, 1), "rules are []");
    refused(
        () -> study(List.of(ForwardRule.AFA, ForwardRule.AFA), network(50), learning, 3, 1),
        "each once");
    refused(() -> study(BOTH, network(2), learning, 3, 1), "12 points are asked for in 6 steps");
    refused(() -> study(BOTH, network(1000), learning, 1e7, 1), "expected at most 1000000000");
  }

  private static void refused(Runnable call, String... parts) {
    assertThatThrownBy(call::run)
        .isInstanceOf(BadInputException.class)
        .hasMessageContainingAll(parts);
  }
}
