package lemniscate.invariant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Optimizer;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.ff.FfStep;
import lemniscate.rule.ff.ForwardForward;
import lemniscate.rule.ff.Goodness;
import lemniscate.rule.ff.InputLength;
import lemniscate.rule.ff.Prediction;
import lemniscate.study.CoordinateCheck;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What no exponent mends: features move by order 1 at every width under either goodness, so the
 * logit of the mean does too, and that of the sum in proportion to the width.
 *
 * <p>Tolerance 0.15: a mean over 8 examples, 6 seeds and a factor of 8 in the width; the two are 1
 * apart.
 */
final class GoodnessWidthTest {

  private static final List<Integer> WIDTHS = List.of(64, 128, 256, 512);
  private static final int BATCH = 8;
  private static final int SEEDS = 6;

  @ParameterizedTest
  @CsvSource({"MEAN, 1, 0", "MEAN, 2, 0", "SUM, 1, 1", "SUM, 2, 1"})
  void logitsMoveWithTheWidthUnderTheSumAlone(Goodness goodness, int layer, double slope) {
    List<Double> moves = new ArrayList<>();
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64)) {
      for (int width : WIDTHS) {
        double sum = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
          sum += move(backend, goodness, width, layer, seed);
        }
        moves.add(sum / SEEDS);
      }
    }
    assertThat(CoordinateCheck.slope(WIDTHS, moves)).isCloseTo(slope, within(0.15));
  }

  private static double move(Backend backend, Goodness goodness, int width, int layer, int seed) {
    ForwardForward rule =
        new ForwardForward(goodness, 0.8, InputLength.RMS, 0, 0, Prediction.PROBE, 3, 1);
    NetworkSpec spec = RuleFixture.spec(Activation.TANH, false, 10, width, width, 3);
    Parameterization mup =
        Parameterization.relative(Scheme.MUP, 64, rule.creditRule(), StepClass.SGD_LIKE);
    try (RuleFixture fixture =
        RuleFixture.scaled(
                backend, spec, mup, new Optimizer.Sgd(), Loss.MSE, BATCH, 100L * width + seed)
            .rule(rule)
            .drawBatch(seed)) {
      double[] before = logits(fixture.train(0.005, 1), goodness, width, layer);
      double[] after = logits(fixture.train(0, 1), goodness, width, layer);
      double sum = 0;
      for (int b = 0; b < BATCH; b++) {
        sum += Math.abs(after[b] - before[b]) / BATCH;
      }
      return sum;
    }
  }

  // Of the positive rows, whose labels stay; the threshold does not move.
  private static double[] logits(RuleFixture fixture, Goodness goodness, int width, int layer) {
    double[] h =
        fixture.backend().read(((FfStep) fixture.step()).forward().activity(layer).rows(0, BATCH));
    double[] logits = new double[BATCH];
    for (int i = 0; i < h.length; i++) {
      logits[i / width] += h[i] * h[i] / (goodness == Goodness.SUM ? 1 : width);
    }
    return logits;
  }
}
