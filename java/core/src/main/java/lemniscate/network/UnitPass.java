package lemniscate.network;

import lemniscate.backend.Operations;
import lemniscate.tensor.Tensor;

/**
 * What a rule asks of a unit h = φ(u(x)), recorded for the buffers of one pass; all that is said of
 * a derivative or a difference is at the u that {@link #predict} has left. Methods that take {@link
 * Products} leave their products there, so that those of several units run together; the others
 * enqueue at once.
 *
 * <p>A unit can be cut before φ, and everything comes in two halves: {@link #shift} and {@link
 * #difference} up, {@link #gate} and {@link #pullback} down. Rules whose states are pre-activations
 * use the halves in the other order, with φ at the start of the unit above.
 */
public interface UnitPass {

  /** The unit. */
  Unit unit();

  /** Where it reads and writes. */
  UnitBuffers buffers();

  // ---------------------------------------------------------------- forward

  /** h = φ(u(x)), masked and over its norm where it is. */
  void predict(Operations ops);

  /** u = u(x) alone. */
  void preActivate(Operations ops);

  /** φ(u) of what is in u. */
  void activate(Operations ops);

  // ---------------------------------------------------------------- displacements

  /**
   * z = u(x + d) − u(x), without cancellation.
   *
   * @param move d, like the input
   * @param shift z, like u, overwritten
   */
  void shift(Products products, Tensor move, Tensor shift);

  /**
   * h(u + z) − h(u) without cancellation, mask and norm included.
   *
   * @param shift z, like u
   * @param difference overwritten
   * @param derivative overwritten with φ′(u + z)
   */
  void difference(Operations ops, Tensor shift, Tensor difference, Tensor derivative);

  /** As {@link #difference} to first order in z, of a unit without norm. */
  void linearDifference(Operations ops, Tensor shift, Tensor difference);

  /**
   * error = D − [φ(u + z) − φ(u)] and gated = error ∘ φ′(u + z), of a unit without mask and norm.
   *
   * @param displacement D, like h
   */
  void predictionError(
      Operations ops, Tensor shift, Tensor displacement, Tensor error, Tensor gated);

  // ---------------------------------------------------------------- adjoint

  /** derivative = φ′(u). */
  void derivative(Operations ops, Tensor derivative);

  /**
   * gated = error ∘ φ′(u): an error at the output, seen before φ.
   *
   * @param gated like u, overwritten
   */
  void gate(Operations ops, Tensor error, Tensor gated);

  /**
   * back = scale · (∂u/∂x)ᵀ gated.
   *
   * @param gated error before φ, with rows for each row of the batch; of a linear u any number of
   *     rows
   * @param back like the input, overwritten
   */
  void pullback(Products products, double scale, Tensor gated, Tensor back);

  /**
   * As {@link #pullback} with other weights in the place of the unit's own.
   *
   * @param weights of the shape of the transposed weight
   */
  void pullbackThrough(Products products, Tensor weights, Tensor gated, Tensor back);

  /**
   * The gradients of all parameters, −(scale/B) Σ_b gated · ∂u/∂w: of descent where gated has the
   * sign "target minus prediction".
   *
   * @param gated error before φ; B rows
   * @param input what the unit has read for these rows
   */
  void gradients(Products products, double scale, Tensor gated, Tensor input);

  /** Adds such gradients to those of the weights, biases left alone. */
  void addGradients(Products products, double scale, Tensor gated, Tensor input);

  // ---------------------------------------------------------------- buffers by name

  /** x. */
  default Tensor input() {
    return buffers().input();
  }

  /** u. */
  default Tensor preActivation() {
    return buffers().preActivation();
  }

  /** h. */
  default Tensor output() {
    return buffers().output();
  }
}
