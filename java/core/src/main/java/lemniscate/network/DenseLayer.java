package lemniscate.network;

import java.util.List;
import java.util.Objects;
import lemniscate.backend.Activation;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One layer of a network in a backend's memory.
 *
 * @param index l, from 1
 * @param activation φ_l
 * @param weight w_l of shape (n_l, n_{l−1}); the effective weight is a_l w_l
 * @param bias b_l of shape (1, n_l), or null
 */
public record DenseLayer(
    int index, Activation activation, Parameter weight, @Nullable Parameter bias) {

  /** a_l, the factor of the weight in every product. */
  public double multiplier() {
    return weight.scaling().multiplier();
  }

  /** Number of inputs n_{l−1}. */
  public int fanIn() {
    return weight.value().columns();
  }

  /** Number of outputs n_l. */
  public int fanOut() {
    return weight.value().rows();
  }

  /** The bias tensor, or null. */
  public @Nullable Tensor biasValue() {
    return bias == null ? null : bias.value();
  }

  /** Weight, and bias where there is one. */
  public List<Parameter> parameters() {
    return bias == null ? List.of(weight) : List.of(weight, bias);
  }

  /** The bias, which must exist. */
  public Parameter requireBias() {
    return Objects.requireNonNull(bias, "layer without bias");
  }
}
