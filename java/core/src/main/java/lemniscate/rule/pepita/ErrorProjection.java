package lemniscate.rule.pepita;

import java.util.Objects;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.network.NetworkSpec;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * F with its products, s E of shape (B, n_L) being what is injected. Where the first unit has a
 * weight matrix they go through P = a_1 W_1 F of shape (n_1, n_L), without a product of the size of
 * the first layer.
 */
final class ErrorProjection {

  private final double factor;
  private final Tensor projection;
  private final @Nullable Tensor projected;
  private final @Nullable Tensor correlated;

  /**
   * Allocates.
   *
   * @param factor s, times what the signal makes of F
   */
  ErrorProjection(Arena arena, NetworkSpec spec, double factor) {
    this.factor = factor;
    this.projection = arena.allocate(new Shape(spec.inputs(), spec.outputs()));
    boolean through = spec.unit(1).hasWeightMatrix();
    Shape firstUnit = new Shape(spec.width(1), spec.outputs());
    this.projected = through ? arena.allocate(firstUnit) : null;
    this.correlated = through ? arena.allocate(firstUnit) : null;
  }

  /** Enqueues x = x − s E Fᵀ. */
  void addTo(Operations ops, Tensor injected, Tensor x) {
    ops.gemm(new Gemm(-factor, injected, false, projection, true, 1, x));
  }

  /** Enqueues d = −s E Fᵀ, the move of the input. */
  void move(Operations ops, Tensor injected, Tensor move) {
    ops.gemm(Gemm.forward(-factor, injected, projection, move));
  }

  /** Enqueues z_1 = −s E Pᵀ, with P in {@link #projected}. */
  void shift(Operations ops, Tensor injected, Tensor shift) {
    ops.gemm(Gemm.forward(-factor, injected, projected(), shift));
  }

  /** Enqueues bᵀ E into {@link #correlated}. */
  void correlate(Operations ops, Tensor post, Tensor injected) {
    ops.gemm(Gemm.outer(1, post, injected, correlated()));
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
    return Objects.requireNonNull(projected, "a first unit without a weight matrix");
  }

  /** bᵀ E of shape (n_1, n_L). */
  Tensor correlated() {
    return Objects.requireNonNull(correlated, "a first unit without a weight matrix");
  }
}
