package lemniscate.network;

import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.backend.Operations;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What a rule asks of a unit h = φ(u(x)), recorded for the buffers of one pass; all that is said of
 * φ is at the u that {@link #predict} has left, and derivatives of u are at x or at x + d ({@link
 * Point}). Methods that take {@link Products} may leave products there, so that those of several
 * units run together; the others enqueue at once.
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
  default void predict(Operations ops) {
    preActivate(ops);
    finish(ops, null);
  }

  /** u = u(x) alone. */
  void preActivate(Operations ops);

  /**
   * h of what is in u.
   *
   * @param bias added to u before, or null
   */
  default void finish(Operations ops, @Nullable Tensor bias) {
    Tensor activated = buffers().activated();
    if (activated.isSameView(preActivation())) {
      if (bias != null) {
        ops.addRow(bias, preActivation());
      }
      return;
    }
    ops.layer().activate(activation(), preActivation(), bias, activated);
    Tensor masked = buffers().masked();
    Tensor mask = buffers().mask();
    if (mask != null) {
      if (!masked.isSameView(activated)) {
        ops.copy(activated, masked);
      }
      ops.multiply(mask, masked);
    }
    if (!output().isSameView(masked)) {
      ops.pepita().normalize(norm().isPerExample(), unit().activityNorm(), masked, output());
    }
  }

  /** φ(u) of what is in u. */
  default void activate(Operations ops) {
    ops.activation(activation(), preActivation(), buffers().activated());
  }

  private Activation activation() {
    return unit().activation();
  }

  private ActivityNorm norm() {
    return unit().spec().norm();
  }

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
  default void difference(Operations ops, Tensor shift, Tensor difference, Tensor derivative) {
    ops.activationDifference(
        activation(), preActivation(), buffers().activated(), shift, difference, derivative);
    mask(ops, difference);
    if (norm() != ActivityNorm.NONE) {
      ops.pepita()
          .normalizedDifference(
              norm().isPerExample(), unit().activityNorm(), buffers().masked(), difference);
    }
  }

  /** As {@link #difference} to first order in z, of a unit without norm. */
  default void linearDifference(Operations ops, Tensor shift, Tensor difference) {
    gate(ops, shift, difference);
    mask(ops, difference);
  }

  private void mask(Operations ops, Tensor difference) {
    Tensor mask = buffers().mask();
    if (mask != null) {
      ops.multiply(mask, difference);
    }
  }

  /**
   * error = D − [φ(u + z) − φ(u)] and gated = error ∘ φ′(u + z), of a unit without mask and norm.
   *
   * @param displacement D, like h
   */
  default void predictionError(
      Operations ops, Tensor shift, Tensor displacement, Tensor error, Tensor gated) {
    ops.pc()
        .predictionError(
            activation(),
            preActivation(),
            buffers().activated(),
            shift,
            displacement,
            error,
            gated);
  }

  // ---------------------------------------------------------------- adjoint

  /** derivative = φ′(u). */
  default void derivative(Operations ops, Tensor derivative) {
    ops.activationDerivative(activation(), preActivation(), buffers().activated(), derivative);
  }

  /**
   * gated = error ∘ φ′(u): an error at the output, seen before φ.
   *
   * @param gated like u, overwritten
   */
  default void gate(Operations ops, Tensor error, Tensor gated) {
    ops.layer().gate(activation(), preActivation(), buffers().activated(), error, gated);
  }

  /**
   * back = scale · (∂u/∂x)ᵀ gated.
   *
   * @param at where ∂u/∂x is taken
   * @param gated error before φ, with rows for each row of the batch; of a unit with a weight
   *     matrix any number of rows
   * @param back like the input, overwritten
   */
  void pullback(Products products, Point at, double scale, Tensor gated, Tensor back);

  /** {@link #pullback} at x. */
  default void pullback(Products products, double scale, Tensor gated, Tensor back) {
    pullback(products, Point.PREDICTED, scale, gated, back);
  }

  /**
   * As {@link #pullback} at x with other weights in the place of the unit's own, multipliers
   * included.
   *
   * @param weights of the shapes that {@link Unit#feedbackShapes} says
   */
  void pullbackThrough(Products products, List<Tensor> weights, Tensor gated, Tensor back);

  /**
   * As {@link #pullbackThrough}.
   *
   * @param weights of the shapes of the unit's own, in their order
   */
  default void pullbackThroughLike(
      Products products, List<Tensor> weights, Tensor gated, Tensor back) {
    pullbackThrough(products, weights, gated, back);
  }

  /**
   * The gradients of all parameters, −(scale/B) Σ_b gated · ∂u/∂w: of descent where gated has the
   * sign "target minus prediction".
   *
   * @param at where ∂u/∂w is taken
   * @param gated error before φ; B rows
   * @param input what the unit has read for these rows, x or x + d
   */
  void gradients(Products products, Point at, double scale, Tensor gated, Tensor input);

  /** {@link #gradients} at x. */
  default void gradients(Products products, double scale, Tensor gated, Tensor input) {
    gradients(products, Point.PREDICTED, scale, gated, input);
  }

  /** Adds the gradients at x to those of the weights, vectors left alone. */
  void addGradients(Products products, double scale, Tensor gated, Tensor input);

  // ---------------------------------------------------------------- without derivatives

  /**
   * Gradients by what lies on the two sides of each weight, −(scale/B) Σ_b post · pre, with no
   * derivative of an activation; those of biases sum post. Where a unit has several weights, {@code
   * post} of one is behind the activation that follows it at once, in front of what else does; of
   * the last in the unit, and in a branch, it is at the unit's output.
   *
   * @param sides which activities; those inside the unit are as {@link #predict} and the latest
   *     {@link #shift} have left them
   * @param post at the output
   * @param pre at the input
   */
  default void correlate(Products products, Sides sides, double scale, Tensor post, Tensor pre) {
    gradients(products, scale, post, pre);
  }

  /** Adds such gradients to those of the weights, vectors left alone. */
  default void addCorrelation(
      Products products, Sides sides, double scale, Tensor post, Tensor pre) {
    addGradients(products, scale, post, pre);
  }

  // ---------------------------------------------------------------- buffers by name

  /** The same pass for consecutive rows of the batch alone, in the same memory. */
  UnitPass rows(int first, int count);

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
