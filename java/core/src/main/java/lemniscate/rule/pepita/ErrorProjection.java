package lemniscate.rule.pepita;

import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.network.NetworkSpec;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;

/** F with its products, s E of shape (B, n_L) being what is injected. */
final class ErrorProjection {

  private final double factor;
  private final Tensor projection;
  private final Tensor projected;
  private final Tensor correlated;

  /**
   * Allocates.
   *
   * @param factor s, times what the signal makes of F
   */
  ErrorProjection(Arena arena, NetworkSpec spec, double factor) {
    this.factor = factor;
    this.projection = arena.allocate(new Shape(spec.inputs(), spec.outputs()));
    Shape firstUnit = new Shape(spec.width(1), spec.outputs());
    this.projected = arena.allocate(firstUnit);
    this.correlated = arena.allocate(firstUnit);
  }

  /** Enqueues x = x − s E Fᵀ. */
  void addTo(Operations ops, Tensor injected, Tensor x) {
    ops.gemm(new Gemm(-factor, injected, false, projection, true, 1, x));
  }

  /** Enqueues z_1 = −s E Pᵀ, with P in {@link #projected}. */
  void shift(Operations ops, Tensor injected, Tensor shift) {
    ops.gemm(Gemm.forward(-factor, injected, projected, shift));
  }

  /** Enqueues bᵀ E into {@link #correlated}. */
  void correlate(Operations ops, Tensor post, Tensor injected) {
    ops.gemm(Gemm.outer(1, post, injected, correlated));
  }

  /** s, times what the signal makes of F. */
  double factor() {
    return factor;
  }

  /** F of shape (n_0, n_L). */
  Tensor matrix() {
    return projection;
  }

  /** P = a_1 W_1 F of shape (n_1, n_L). */
  Tensor projected() {
    return projected;
  }

  /** bᵀ E of shape (n_1, n_L). */
  Tensor correlated() {
    return correlated;
  }
}
