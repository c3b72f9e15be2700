package lemniscate.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Loss;
import lemniscate.data.DataRequest;
import lemniscate.data.DataSplits;
import lemniscate.data.Datasets;
import lemniscate.mup.Scheme;
import lemniscate.rule.LearningRule;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.pc.Convention;
import lemniscate.rule.pc.Inference;
import lemniscate.rule.pc.PredictiveCoding;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Predictive coding that equals backpropagation does so over a training on real images, in float32. */
class TrainingEquivalenceTest {

  /** Two hidden layers: errors reach the first after two steps. */
  private static final int STEPS_TO_THE_INPUT = 2;

  private final DataSplits data = Datasets.load(DataRequest.of("fashion-mnist-mini"));

  static Stream<LearningRule> exact() {
    Inference fixed = new Inference.FixedPrediction(STEPS_TO_THE_INPUT, 1);
    return Stream.of(
        PredictiveCoding.of(fixed),
        PredictiveCoding.of(new Inference.FixedPrediction(1, 1, true)),
        PredictiveCoding.of(new Inference.ZeroDivergence()),
        PredictiveCoding.of(fixed).withConvention(Convention.A));
  }

  // The operations differ only in what is multiplied by 1 or added to 0, so that rounding differs rarely
  // and by single units: 1e-5 relative leaves it 80 steps to grow.
  @ParameterizedTest
  @MethodSource("exact")
  void lossesAreThoseOfBackpropagationAtEveryStep(LearningRule rule) {
    List<Double> expected = losses(new BackPropagation());
    List<Double> found = losses(rule);
    assertThat(found).hasSameSizeAs(expected).hasSize(80);
    for (int step = 0; step < found.size(); step++) {
      assertThat(found.get(step) / expected.get(step) - 1).as("step %d", step).isBetween(-1e-5, 1e-5);
    }
    assertThat(expected.getLast()).isLessThan(0.5 * expected.getFirst());
  }

  private List<Double> losses(LearningRule rule) {
    List<Double> losses = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void onStep(StepMetrics metrics) {
            losses.add(metrics.loss());
          }
        };
    try (Backend backend = Backends.open("cpu", BackendOptions.defaults().withThreads(2));
        Trainer trainer =
            Training.on(backend)
                .data(data)
                .hidden(96, 2, Activation.TANH)
                .loss(Loss.CROSS_ENTROPY)
                .rule(rule)
                .parameterization(Scheme.MUP, 64)
                .learningRate(0.1)
                .batch(100)
                .steps(80)
                .prepare()) {
      trainer.run(listener, new StopSignal());
    }
    return losses;
  }
}
