package lemniscate.rule;

import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.backend.Loss;
import org.jspecify.annotations.Nullable;

/**
 * One layer's regression: predict {@code target} from {@code input} by φ(a W input + b), with both
 * frozen. A local rule's gradient is the gradient of the sum of these.
 *
 * @param input presynaptic activity, (B, n_{l−1}) row-major
 * @param target what the layer should give, (B, n_l) row-major
 * @param activation φ
 * @param multiplier a
 * @param weight factor of this layer's loss
 * @param loss of the output layer, or null for ½‖target − prediction‖²
 * @param batch B
 */
public record LayerProblem(
    double[] input,
    double[] target,
    Activation activation,
    double multiplier,
    double weight,
    @Nullable Loss loss,
    int batch) {

  /** The objective Σ_l weight_l · loss_l / B. */
  public static Objective objective(List<LayerProblem> layers, boolean bias) {
    return parameters -> {
      double total = 0;
      int next = 0;
      for (LayerProblem layer : layers) {
        double[] w = parameters.get(next++);
        double[] b = bias ? parameters.get(next++) : null;
        double[] prediction = layer.predict(layer.input, w, b);
        total += layer.weight * layer.lossOf(prediction) / layer.batch;
      }
      return total;
    };
  }

  /** The objective loss(f(x), y) / B of the whole network whose layers these are. */
  public static Objective networkLoss(List<LayerProblem> layers, boolean bias) {
    return parameters -> {
      double[] activity = layers.getFirst().input;
      int next = 0;
      for (LayerProblem layer : layers) {
        double[] w = parameters.get(next++);
        double[] b = bias ? parameters.get(next++) : null;
        activity = layer.predict(activity, w, b);
      }
      LayerProblem last = layers.getLast();
      return last.lossOf(activity) / last.batch;
    };
  }

  private double[] predict(double[] from, double[] w, double @Nullable [] b) {
    int inputs = from.length / batch;
    int outputs = w.length / inputs;
    double[] prediction = new double[batch * outputs];
    for (int example = 0; example < batch; example++) {
      for (int o = 0; o < outputs; o++) {
        double u = b == null ? 0 : b[o];
        for (int i = 0; i < inputs; i++) {
          u += multiplier * w[o * inputs + i] * from[example * inputs + i];
        }
        prediction[example * outputs + o] = activation.value(u);
      }
    }
    return prediction;
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
