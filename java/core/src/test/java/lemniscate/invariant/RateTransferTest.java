package lemniscate.invariant;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Backend;
import lemniscate.config.Config;
import lemniscate.train.Experiment;
import lemniscate.train.StepMetrics;
import lemniscate.train.StopSignal;
import lemniscate.train.Trainer;
import lemniscate.train.TrainingDivergedException;
import lemniscate.train.TrainingListener;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * V56: under μP with the depth's multiplier the best rate of SGD is within an octave over widths
 * and depths of residual networks; with branches of 1 it falls by two octaves or more. On whole
 * octaves, 50 steps on the bundled images, one seed.
 */
@Order(1)
@Tag("study")
final class RateTransferTest {

  private static final int STEPS = 50;
  private static final int LAST = 12;

  private static Config network(int width, int depth, double depthExponent) {
    return Config.defaults()
        .withAll(
            Map.of(
                "rule", "bp",
                "net.preset", "resmlp",
                "net.width", Integer.toString(width),
                "net.depth", Integer.toString(depth),
                "param.depthExponent", Double.toString(depthExponent),
                "train.batch", "64",
                "train.steps", Integer.toString(STEPS),
                "data.test", "64",
                "backend", "cpu",
                "threads", "1"),
            "test");
  }

  /** Mean loss of the last steps, infinite where the run diverges. */
  private static double loss(Config config) {
    Experiment experiment = Experiment.of(config);
    List<Double> losses = new ArrayList<>();
    try (Backend backend = Experiment.openBackend(config, _ -> {});
        Trainer trainer = new Trainer(backend, experiment.spec(), experiment.data())) {
      trainer.evaluateOnlyAtTheEnd();
      trainer.run(
          new TrainingListener() {
            @Override
            public void onStep(StepMetrics metrics) {
              losses.add(metrics.loss());
            }
          },
          new StopSignal());
    } catch (TrainingDivergedException e) {
      return Double.POSITIVE_INFINITY;
    }
    return losses.subList(STEPS - LAST, STEPS).stream()
        .mapToDouble(Double::doubleValue)
        .average()
        .orElseThrow();
  }

  /** log₂ of the rate with the lowest loss, out of −10 … 0. */
  private static int best(Config config) {
    int best = 0;
    double lowest = Double.POSITIVE_INFINITY;
    for (int octave = -10; octave <= 0; octave++) {
      String rate = Double.toString(Math.scalb(1.0, octave));
      double loss = loss(config.withAll(Map.of("optim.lr", rate), "test"));
      if (loss < lowest) {
        lowest = loss;
        best = octave;
      }
    }
    return best;
  }

  private static int drift(List<Config> networks) {
    List<Integer> octaves = networks.stream().map(RateTransferTest::best).toList();
    int largest = octaves.stream().mapToInt(Integer::intValue).max().orElseThrow();
    return largest - octaves.stream().mapToInt(Integer::intValue).min().orElseThrow();
  }

  private static List<Config> depths(double depthExponent) {
    return List.of(4, 8, 16, 32).stream().map(depth -> network(64, depth, depthExponent)).toList();
  }

  @Test
  void bestRateStaysOverWidths() {
    assertThat(drift(List.of(32, 64, 128, 256).stream().map(w -> network(w, 8, 0.5)).toList()))
        .isLessThanOrEqualTo(1);
  }

  @Test
  void bestRateStaysOverDepths() {
    assertThat(drift(depths(0.5))).isLessThanOrEqualTo(1);
  }

  @Test
  void bestRateFallsWithUnitBranches() {
    assertThat(drift(depths(0))).isGreaterThanOrEqualTo(2);
  }
}
