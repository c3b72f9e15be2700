package lemniscate.rule;

import java.util.List;
import lemniscate.backend.Loss;
import lemniscate.network.UnitOracle;
import org.jspecify.annotations.Nullable;

/**
 * One unit's regression: predict {@code target} from {@code input}, with both frozen. A local
 * rule's gradient is the gradient of the sum of these.
 *
 * @param input presynaptic activity, (B, n_{l−1}) row-major
 * @param target what the layer should give, (B, n_l) row-major
 * @param unit what predicts
 * @param activated whether what it predicts is its output h, rather than u before its activation
 * @param weight factor of this layer's loss
 * @param loss of the output layer, or null for ½‖target − prediction‖²
 * @param batch B
 */
public record LayerProblem(
    double[] input,
    double[] target,
    UnitOracle unit,
    boolean activated,
    double weight,
    @Nullable Loss loss,
    int batch) {

  /** The objective Σ_l weight_l · loss_l / B. */
  public static Objective objective(List<LayerProblem> layers) {
    return parameters -> {
      double total = 0;
      int next = 0;
      for (LayerProblem layer : layers) {
        int end = next + layer.unit.parameters();
        double[] prediction = layer.predict(layer.input, parameters.subList(next, end));
        next = end;
        total += layer.weight * layer.lossOf(prediction) / layer.batch;
      }
      return total;
    };
  }

  /** The objective loss(f(x), y) / B of the whole network whose layers these are. */
  public static Objective networkLoss(List<LayerProblem> layers) {
    return parameters -> {
      double[] activity = layers.getFirst().input;
      int next = 0;
      for (LayerProblem layer : layers) {
        int end = next + layer.unit.parameters();
        activity = layer.predict(activity, parameters.subList(next, end));
        next = end;
      }
      LayerProblem last = layers.getLast();
      return last.lossOf(activity) / last.batch;
    };
  }

  private double[] predict(double[] from, List<double[]> parameters) {
    return activated
        ? unit.predict(from, parameters, batch)
        : unit.preActivation(from, parameters, batch);
  }

  private double lossOf(double[] prediction) {
    if (loss == Loss.CROSS_ENTROPY) {
      return crossEntropy(prediction);
    }
    double sum = 0;
    for (int i = 0; i < prediction.length; i++) {
      double e = target[i] - prediction[i];
      sum += 0.5 * e * e;
    }
    return sum;
  }

  private double crossEntropy(double[] logits) {
    int classes = logits.length / batch;
    double sum = 0;
    for (int example = 0; example < batch; example++) {
      double max = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < classes; c++) {
        max = Math.max(max, logits[example * classes + c]);
      }
      double normaliser = 0;
      for (int c = 0; c < classes; c++) {
        normaliser += Math.exp(logits[example * classes + c] - max);
      }
      for (int c = 0; c < classes; c++) {
        int i = example * classes + c;
        sum -= target[i] * (logits[i] - max - Math.log(normaliser));
      }
    }
    return sum;
  }
}
