package lemniscate.rule.pepita;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Slabs;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;

/** F = B_1 ⋯ B_L with one factor B_l of shape (n_{l−1}, n_l) for each layer. */
final class FactorisedProjection {

  private final List<Tensor> factors;
  // B_l ⋯ B_L; F itself for l = 1.
  private final List<Tensor> products = new ArrayList<>();

  /**
   * Allocates the factors.
   *
   * @param projection F of shape (n_0, n_L), which the product is written to
   */
  FactorisedProjection(Arena arena, NetworkSpec spec, Tensor projection) {
    List<Shape> shapes = new ArrayList<>();
    for (int l = 1; l <= spec.layers(); l++) {
      shapes.add(new Shape(spec.width(l - 1), spec.width(l)));
    }
    this.factors = Slabs.allocate(arena, shapes);
    products.add(projection);
    for (int l = 2; l < spec.layers(); l++) {
      products.add(arena.allocate(new Shape(spec.width(l - 1), spec.outputs())));
    }
    products.add(factors.getLast());
  }

  /** Enqueues F = B_1 ⋯ B_L. */
  void multiply(Operations ops) {
    for (int l = factors.size() - 1; l >= 1; l--) {
      ops.gemm(Gemm.backward(1, factor(l), products.get(l), products.get(l - 1)));
    }
  }

  /** B_l, l = 1 … L. */
  Tensor factor(int l) {
    return factors.get(l - 1);
  }
}
