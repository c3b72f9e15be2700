package lemniscate.network.layer;

import lemniscate.backend.Operations;
import lemniscate.network.Activities;
import lemniscate.network.Point;
import lemniscate.network.Sides;
import lemniscate.network.Transport;
import lemniscate.tensor.Tensor;

/**
 * A layer y = f(x) with the buffers of one pass. {@link #forward} leaves it at x, {@link #shift} at
 * x + d; derivatives are taken at either.
 */
interface LayerPass {

  /** y = f(x). */
  void forward(Operations ops);

  /**
   * z = f(x + d) − f(x), without cancellation.
   *
   * @param move d, like x
   * @param shift z, like y, overwritten
   */
  void shift(Operations ops, Tensor move, Tensor shift);

  /**
   * back = scale · (∂f/∂x)ᵀ error.
   *
   * @param error like y
   * @param back like x, overwritten
   */
  void pullback(Operations ops, Transport transport, Tensor error, Tensor back);

  /**
   * The gradients of its parameters, factor · Σ_b error · ∂f/∂w; nothing without parameters.
   *
   * @param error like y
   * @param input what f has read at that point
   */
  default void gradients(Operations ops, Point at, double factor, Tensor error, Tensor input) {}

  /** Adds such gradients to those of the weights, vectors left alone. */
  default void addGradients(Operations ops, Point at, double factor, Tensor error, Tensor input) {}

  /**
   * Gradients by the activities on the two sides of each weight, factor · Σ_b post · pre.
   *
   * @param sides which activities
   * @param post behind the layer
   * @param pre what it reads
   */
  default void correlate(Operations ops, Sides sides, double factor, Tensor post, Tensor pre) {
    Point at = sides.pre() == Activities.SECOND ? Point.SHIFTED : Point.PREDICTED;
    gradients(ops, at, factor, post, pre);
  }

  /** Adds such gradients to those of the weights, vectors left alone. */
  default void addCorrelation(Operations ops, Sides sides, double factor, Tensor post, Tensor pre) {
    addGradients(ops, Point.PREDICTED, factor, post, pre);
  }

  /** The same pass for consecutive rows of the batch alone, in the same memory. */
  LayerPass rows(int first, int count);

  /** Multiplies what was carried down by the factor. */
  static void scale(Operations ops, Transport transport, Tensor back) {
    if (transport.scale() != 1) {
      ops.scale(transport.scale(), back);
    }
  }
}
