package lemniscate.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.data.Dataset;
import lemniscate.data.Normalization;
import lemniscate.mup.CreditRule;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.tensor.Arena;
import org.junit.jupiter.api.Test;

final class EvaluatorTest {

  // x = 1, 2, 3 through linear weights (2) and (1, -1)ᵀ: outputs (2x, -2x).
  private static final float[] INPUTS = {1, 2, 3};

  @Test
  void averagesOverAllExamplesWhateverTheBatch() {
    Dataset data = Dataset.ofFloats("hand", INPUTS, 1, new int[] {0, 1, 0}, 2);
    // Example by example: ½((1-2)² + (0+2)²), ½((0-4)² + (1+4)²), ½((1-6)² + (0+6)²).
    double mse = (2.5 + 20.5 + 30.5) / 3;
    // -log softmax: log(1 + e^-4), 8 + log(1 + e^-8), log(1 + e^-12).
    double entropy =
        (Math.log1p(Math.exp(-4)) + 8 + Math.log1p(Math.exp(-8)) + Math.log1p(Math.exp(-12))) / 3;
    // Two leave a remainder of one, five are more than there are.
    for (int batch : new int[] {1, 2, 3, 5}) {
      Evaluation squared = evaluate(Loss.MSE, batch, data);
      assertThat(squared.loss()).isEqualTo(mse, within(1e-12)); // float64 rounding
      assertThat(squared.accuracy()).isEqualTo(2.0 / 3);
      assertThat(squared.examples()).isEqualTo(3);
      Evaluation crossed = evaluate(Loss.CROSS_ENTROPY, batch, data);
      assertThat(crossed.loss()).isEqualTo(entropy, within(1e-12)); // float64 rounding
    }
  }

  @Test
  void regressionHasNoAccuracy() {
    Dataset data = Dataset.ofFloats("hand", INPUTS, 1, new float[] {2, -2, 4, -4, 6, -5}, 2);
    Evaluation evaluation = evaluate(Loss.MSE, 2, data);
    assertThat(evaluation.accuracy()).isNaN();
    assertThat(evaluation.loss()).isEqualTo(0.5 / 3, within(1e-12)); // float64 rounding
  }

  private static Evaluation evaluate(Loss loss, int batch, Dataset data) {
    Parameterization parameterization =
        Parameterization.relative(
            Scheme.SP, 1, new CreditRule.BackPropagation(), StepClass.SGD_LIKE);
    try (Backend backend =
            Backends.open("reference", BackendOptions.defaults().withPrecision(Precision.FP64));
        Arena arena = backend.newArena()) {
      NetworkSpec spec = new NetworkSpec(List.of(1, 1, 2), Activation.LINEAR, false);
      Network network = Network.create(backend, arena, spec, parameterization, 0);
      backend.upload(new double[] {2}, network.layer(1).weight().value());
      backend.upload(new double[] {1, -1}, network.layer(2).weight().value());
      try (Evaluator evaluator =
          new Evaluator(backend, arena, network, new BackPropagation(), loss, batch)) {
        return evaluator.evaluate(data, Normalization.none());
      }
    }
  }
}
