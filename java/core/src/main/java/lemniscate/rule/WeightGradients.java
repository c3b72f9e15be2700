package lemniscate.rule;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.network.DenseLayer;
import lemniscate.tensor.Tensor;

/**
 * The form that every rule's gradient takes: G_l = −(a_l s_l / B) d_lᵀ x_{l−1} and g_l = −(s_l / B)
 * Σ_b d_l, for a gated displacement d_l at the layer's output and a presynaptic activity x_{l−1}.
 * The layers do not depend on each other.
 */
public final class WeightGradients {

  private final Operations ops;
  private final List<Gemm> products = new ArrayList<>();

  /** Collects into a recording. */
  public WeightGradients(Operations ops) {
    this.ops = ops;
  }

  /**
   * Adds a layer.
   *
   * @param scale s_l, 1 or a precision
   * @param gated d_l ∘ φ′(u_l) of shape (B, n_l)
   * @param presynaptic x_{l−1} of shape (B, n_{l−1})
   */
  public void add(DenseLayer layer, double scale, Tensor gated, Tensor presynaptic) {
    double factor = -scale / gated.rows();
    products.add(
        Gemm.outer(factor * layer.multiplier(), gated, presynaptic, layer.weight().gradient()));
    if (layer.bias() != null) {
      ops.columnSum(factor, gated, layer.bias().gradient());
    }
  }

  /** Enqueues the products. */
  public void record() {
    products.forEach(ops::gemm);
  }
}
