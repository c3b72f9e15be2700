package lemniscate.rule.pc;

import java.util.Arrays;
import java.util.List;
import lemniscate.backend.Operations;
import lemniscate.mup.Weighting;
import lemniscate.network.ForwardPass;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Point;
import lemniscate.network.Products;
import lemniscate.network.Slabs;
import lemniscate.network.UnitPass;
import lemniscate.rule.RuleContext;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Buffers of a predictive-coding step and the recordings that the inference schemes are made of, in
 * displacement form: D_l = v_l − h_l is stored, never v_l (convention A: v_l − u_l). The
 * conventions are two cuts of one chain of units: in A a unit ends before its activation, with
 * which the next begins.
 *
 * <p>While recording, {@link #lowest} follows how far down the states have moved: from the
 * feed-forward pass, layer l first moves in step L−l, and below that errors and shifts are exactly
 * zero, so their products are not enqueued. Long because all recordings follow and change it.
 */
final class PcLayers {

  private final PredictiveCoding rule;
  private final RuleContext context;
  private final int last;
  private final ForwardPass forward;
  private final Tensor target;
  private final Tensor outputError;
  private final List<Tensor> displacements;
  private final List<Tensor> shifts;
  private final List<Tensor> errors;
  private final List<Tensor> gated;
  private final List<Tensor> backs;
  private final List<Tensor> gates;
  private final List<Tensor> differences;

  private final Velocities velocities;

  /** e_L of the feed-forward pass, where a relaxation needs it later; else the output error. */
  private final Tensor freeError;

  /** Multipliers of the errors; of PC-ALM alone. */
  private final @Nullable Duals duals;

  private final double lastPrecision;
  private final Tensor rate;
  private final Tensor lossSum;
  private final Tensor shiftedLossSum;

  /** Lowest layer whose state has moved in the recording so far; L when none has. */
  private int lowest;

  /** Whether z_l in the recording so far follows from the present D_{l−1}, by layer. */
  private final boolean[] shiftIsFresh;

  /** Factors of the precisions γ_1 … γ_L in the step that is recorded. */
  private final double[] scheduled;

  /** β of the relaxation that is recorded. */
  private double beta;

  PcLayers(PredictiveCoding rule, RuleContext context) {
    this.rule = rule;
    this.context = context;
    NetworkSpec spec = context.network().spec();
    this.last = spec.layers();
    Arena arena = context.arena();
    int batch = context.batch();
    this.forward = new ForwardPass(arena, context.network(), batch);
    Shape output = new Shape(batch, spec.outputs());
    this.target = arena.allocate(output);
    this.outputError = arena.allocate(output);
    this.freeError = rule.keepsFreeError() ? arena.allocate(output) : outputError;
    this.displacements = Slabs.activities(arena, spec, batch, 1, last - 1);
    this.shifts = Slabs.activities(arena, spec, batch, 2, last);
    this.errors = Slabs.activities(arena, spec, batch, 1, last - 1);
    this.backs = Slabs.activities(arena, spec, batch, 1, last - 1);
    boolean preActivationStates = rule.convention() == Convention.A;
    boolean keepsDerivatives =
        switch (rule.inference()) {
          case Inference.FixedPrediction _, Inference.Errors _, Inference.Equilibrium _ -> true;
          default -> false;
        };
    this.gated = preActivationStates ? errors : Slabs.activities(arena, spec, batch, 1, last - 1);
    this.gates =
        preActivationStates || keepsDerivatives
            ? Slabs.activities(arena, spec, batch, 1, last - 1)
            : List.of();
    this.differences =
        preActivationStates ? Slabs.activities(arena, spec, batch, 1, last - 1) : displacements;
    this.velocities = new Velocities(rule.inference(), context);
    this.duals =
        rule.inference() instanceof Inference.AugmentedLagrangian settings
            ? Duals.of(arena, spec, batch, rule, settings)
            : null;
    this.lastPrecision =
        context
            .network()
            .parameterization()
            .lastLayerPrecision(rule.precisions().last(), spec.size());
    Tensor scalars = arena.allocateScalars(3);
    this.rate = scalars.element(0);
    this.lossSum = scalars.element(1);
    this.shiftedLossSum = scalars.element(2);
    this.lowest = last;
    this.shiftIsFresh = new boolean[last + 1];
    this.scheduled = new double[last + 1];
    Arrays.fill(scheduled, 1);
    this.beta = rule.nudge().beta(0);
    double given = rule.inference().rate();
    context.backend().setScalar(Double.isNaN(given) ? 0 : given, rate);
  }

  // ---------------------------------------------------------------- recordings

  /** Feed-forward pass, output error, all displacements zero, for the first relaxation. */
  void feedForward(Operations ops) {
    forward.record(ops);
    ops.loss().outputError(context.loss(), forward.output(), target, freeError, lossSum);
    relaxAnew(ops, 0);
  }

  /**
   * All displacements zero again, after {@link #feedForward}.
   *
   * @param relaxation from 0, of those that nudging asks for
   */
  void relaxAnew(Operations ops, int relaxation) {
    beta = rule.nudge().beta(relaxation);
    if (isClamped()) {
      clampedError(ops, null);
    } else if (!freeError.isSameView(outputError)) {
      ops.copy(freeError, outputError);
    }
    for (int l = 1; l < last; l++) {
      ops.fill(displacement(l), 0);
      if (!gates.isEmpty()) {
        pass(l).derivative(ops, gates.get(l - 1));
      }
    }
    lowest = last;
    Arrays.fill(shiftIsFresh, false);
    velocities.forget();
  }

  /** What errors are refreshed for. */
  enum Purpose {
    /** The next step of the states. */
    RELAXATION,
    /** The energy as well, which needs the loss. */
    ENERGY,
    /** The weights' gradients. */
    GRADIENTS,
    /** The weights' gradients and the energy. */
    GRADIENTS_AND_ENERGY;

    private boolean gates() {
      return this == GRADIENTS || this == GRADIENTS_AND_ENERGY;
    }

    private boolean makesLoss() {
      return this == ENERGY || this == GRADIENTS_AND_ENERGY;
    }
  }

  /** Errors of every layer at the present displacements. */
  void refreshErrors(Operations ops, Purpose purpose) {
    Products products = new Products(ops);
    for (int l = lowest + 1; l <= last; l++) {
      if (!shiftIsFresh[l]) {
        shift(products, l);
        shiftIsFresh[l] = true;
      }
    }
    products.record();
    for (int l = lowest; l <= last; l++) {
      // The first layer's gated error goes nowhere but into its weights' gradient.
      if (l > 1 || duals != null || purpose.gates()) {
        refreshError(ops, l, purpose.makesLoss() ? shiftedLossSum : null);
      }
    }
  }

  private boolean isClamped() {
    return rule.nudge().form() == Nudge.Form.CLAMPED;
  }

  /** e_L = β (y − f) − z_L, whose first part is not formed by subtraction. */
  private void clampedError(Operations ops, @Nullable Tensor shift) {
    ops.copy(freeError, outputError);
    ops.scale(beta, outputError);
    if (shift != null) {
      ops.axpy(-1, shift, outputError);
    }
  }

  /**
   * Error of one layer, from its displacement and the shift of its input; with multipliers e_l +
   * λ_l / w_l.
   */
  private void refreshError(Operations ops, int l, @Nullable Tensor loss) {
    if (l == last) {
      if (lowest < last && isClamped()) {
        clampedError(ops, shift(last));
        if (loss != null) {
          ops.sumOfSquares(0.5, outputError, false, loss);
        }
      } else if (lowest < last) {
        ops.loss()
            .outputError(context.loss(), forward.output(), shift(last), target, outputError, loss);
      }
    } else if (l > lowest && rule.convention() == Convention.B) {
      Tensor moved = displacement(l);
      if (duals != null) {
        // Free until something is sent down.
        moved = back(l);
        ops.copy(displacement(l), moved);
        duals.displace(ops, l, moved);
      }
      pass(l).predictionError(ops, shift(l), moved, storedError(l), gated(l));
    } else if (l > lowest || (l == lowest && duals != null)) {
      ops.copy(displacement(l), storedError(l));
      if (l > lowest) {
        ops.axpy(-1, shift(l), storedError(l));
      }
      if (duals != null) {
        duals.displace(ops, l, storedError(l));
      }
    }
    if (l == lowest && l < last && rule.convention() == Convention.B) {
      pass(l).gate(ops, error(l), gated(l));
    }
  }

  /** The shift of layer l at the present state below. */
  void refreshShift(Operations ops, int l) {
    Products.record(ops, products -> shift(products, l));
    shiftIsFresh[l] = true;
  }

  private void shift(Products products, int l) {
    pass(l).shift(products, sent(l - 1), shift(l));
  }

  /** What layer l+1 sends down to layer l: γ_{l+1} (∂u_{l+1}/∂x)ᵀ (gated e_{l+1}). */
  private void sendDown(Products products, int l) {
    pass(l + 1).pullback(products, point(l + 1), inStep(l + 1), currentGated(l + 1), back(l));
  }

  /** {@link #weight} in the step that is recorded. */
  private double inStep(int l) {
    return weight(l) * scheduled[l];
  }

  /** {@link #jacobiStep(Operations)} with the precisions of step t of a relaxation. */
  void jacobiStep(Operations ops, Inference.Jacobi jacobi, int t) {
    for (int l = 1; l <= last; l++) {
      scheduled[l] = jacobi.schedule().factor(l, last, t, jacobi.steps());
    }
    jacobiStep(ops);
    Arrays.fill(scheduled, 1);
  }

  /** One synchronous step of all states that anything reaches; errors must be fresh. */
  void jacobiStep(Operations ops) {
    int from = Math.max(lowest - 1, 1);
    Products products = new Products(ops);
    for (int l = from; l < last; l++) {
      sendDown(products, l);
    }
    products.record();
    for (int l = from; l < last; l++) {
      if (velocities.areNone()) {
        ops.pc().relaxState(inStep(l), error(l), stateGate(l), back(l), rate, displacement(l));
      } else {
        ops.pc().stateGradient(inStep(l), error(l), stateGate(l), back(l));
        velocities.move(ops, l, back(l), rate, displacement(l));
      }
    }
    for (int l = from; l < last; l++) {
      stateMoved(ops, l);
    }
    lowest = from;
  }

  /**
   * Visits layer l of a top-down sweep: refreshes its error and the one above, then moves its
   * state.
   */
  void sequentialStep(Operations ops, int l) {
    refreshError(ops, l + 1, null);
    // The first layer's error is its displacement but for a multiplier.
    if (l > 1 || duals != null) {
      refreshError(ops, l, null);
    }
    Products.record(ops, products -> sendDown(products, l));
    ops.pc().relaxState(weight(l), error(l), stateGate(l), back(l), rate, displacement(l));
    lowest = Math.min(lowest, l);
    stateMoved(ops, l);
    refreshShift(ops, l + 1);
  }

  /**
   * Products of the states' Hessian at the feed-forward pass with the displacements, which are so
   * small that second order is lost, into the back-projection buffers; with |β|, whose Hessian is
   * the larger one.
   */
  void hessianProduct(Operations ops) {
    beta = Math.abs(beta);
    allMoved(ops);
    assumeAllMoved();
    refreshErrors(ops, Purpose.RELAXATION);
    ops.fill(outputError, 0);
    ops.axpy(-1, shift(last), outputError);
    stateGradients(ops);
  }

  /** Follows displacements that were changed from outside. */
  void allMoved(Operations ops) {
    for (int l = 1; l < last; l++) {
      stateMoved(ops, l);
    }
  }

  /** Gradients of the free energy with respect to all states, into the back-projection buffers. */
  private void stateGradients(Operations ops) {
    Products products = new Products(ops);
    for (int l = 1; l < last; l++) {
      sendDown(products, l);
    }
    products.record();
    for (int l = 1; l < last; l++) {
      ops.pc().stateGradient(precision(l), error(l), stateGate(l), back(l));
    }
  }

  /** Follows a displacement that was changed. */
  void stateMoved(Operations ops, int l) {
    shiftIsFresh[l + 1] = false;
    if (rule.convention() == Convention.A) {
      pass(l).difference(ops, displacement(l), differences.get(l - 1), gates.get(l - 1));
    }
  }

  /** v_l = h_l + D_l (convention A: φ(v_l)) into the buffer that the back-projection used. */
  void presynaptic(Operations ops) {
    // Like operations are neighbours, so that a device can make one launch of them.
    for (int l = 1; l < last; l++) {
      ops.copy(h(l), back(l));
    }
    for (int l = lowest; l < last; l++) {
      ops.axpy(1, sent(l), back(l));
    }
  }

  /** Gradients of all layers from fresh errors and {@link #presynaptic}. */
  void gradients(Operations ops) {
    presynaptic(ops);
    Products.record(
        ops,
        products -> {
          for (int l = 1; l <= last; l++) {
            Tensor below = l == 1 ? forward.input() : back(l - 1);
            pass(l).gradients(products, point(l), gradientWeight(l), currentGated(l), below);
          }
        });
  }

  /** Gradient of layer l alone, from fresh errors, while the state below it has not moved. */
  void zeroDivergenceGradient(Operations ops, int l) {
    Products.record(
        ops, products -> pass(l).gradients(products, 1, currentGated(l), pass(l).input()));
  }

  /**
   * total = F at fresh errors.
   *
   * @param total scalar
   */
  void energy(Operations ops, Tensor total) {
    boolean fixed = rule.inference() instanceof Inference.FixedPrediction;
    boolean moved = lowest < last && !fixed;
    double clamped = isClamped() && !moved ? beta * beta : 1;
    ops.fill(total, 0);
    ops.axpy(clamped * precision(last), moved ? shiftedLossSum : lossSum, total);
    for (int l = lowest; l < last; l++) {
      ops.sumOfSquares(precision(l) / 2, fixed ? storedError(l) : error(l), true, total);
      if (duals != null) {
        // λ·e + ρ/2 ‖e‖² = ρ/2 ‖e + λ/ρ‖² − ‖λ‖²/(2ρ)
        ops.sumOfSquares(-0.5 / precision(l), duals.value(l), true, total);
      }
    }
  }

  /**
   * {@link #energy} after a recording that left errors fresh without their loss.
   *
   * @param lowestThen {@link #lowest} at its end
   */
  void energyAfterwards(Operations ops, int lowestThen, Tensor total) {
    lowest = lowestThen;
    if (!(rule.inference() instanceof Inference.FixedPrediction)) {
      refreshError(ops, last, shiftedLossSum);
    }
    energy(ops, total);
  }

  /** Turns to one of the relaxations that nudging asks for, whose start is already recorded. */
  void turnTo(int relaxation) {
    beta = rule.nudge().beta(relaxation);
  }

  /** Lowest layer whose state has moved in the recording so far; L when none has. */
  int lowest() {
    return lowest;
  }

  /** As {@link #lowest}, where states were moved from outside. */
  void lowest(int layer) {
    lowest = layer;
  }

  /** The output error at the present states, and its loss. */
  void refreshOutputError(Operations ops) {
    refreshShift(ops, last);
    refreshError(ops, last, shiftedLossSum);
  }

  /** All velocities zero, for recordings that are run in a loop. */
  void rest(Operations ops) {
    velocities.rest(ops);
  }

  /** Counts every state as moved, for recordings that are run in a loop. */
  void assumeAllMoved() {
    lowest = 1;
    Arrays.fill(shiftIsFresh, false);
    velocities.assumeAll();
  }

  // ---------------------------------------------------------------- access

  int last() {
    return last;
  }

  ForwardPass forward() {
    return forward;
  }

  Tensor target() {
    return target;
  }

  boolean statesArePreActivations() {
    return rule.convention() == Convention.A;
  }

  RuleContext context() {
    return context;
  }

  Tensor rate() {
    return rate;
  }

  Tensor lossSum() {
    return lossSum;
  }

  /** Sum of the loss at the moved states. */
  Tensor shiftedLossSum() {
    return shiftedLossSum;
  }

  /** γ_L, with its scaling by the size. */
  double lastPrecision() {
    return lastPrecision;
  }

  /** Factor of what is sent down to layer l, l = 1 … L−1, where it is kept. */
  Tensor gate(int l) {
    return gates.get(l - 1);
  }

  Tensor outputError() {
    return outputError;
  }

  /** e_L of the feed-forward pass, where something needs it later. */
  Tensor freeError() {
    return freeError;
  }

  /** γ_l, l = 1 … L, with the width scaling of the last and what nudging makes of it. */
  double precision(int l) {
    if (l == last) {
      return isClamped() ? lastPrecision : beta * lastPrecision;
    }
    return duals != null ? duals.precision(l) : rule.precisions().hidden(l);
  }

  /** The factor of a layer's error where it is sent on: γ_l, or what follows from multipliers. */
  private double weight(int l) {
    return l < last && duals != null ? duals.weight(l) : precision(l);
  }

  /** Multipliers of the errors, or null where there are none. */
  @Nullable Duals duals() {
    return duals;
  }

  /** {@link #duals} of a scheme that has some. */
  Duals requireDuals() {
    if (duals == null) {
      throw new IllegalStateException(rule.inference() + " has no multipliers");
    }
    return duals;
  }

  /**
   * Factor of unit l's error in its gradients. Errors that nudging has scaled by β are divided by
   * it; under the weak form that of the output is whole, and so is y − f of a forward update.
   */
  double gradientWeight(int l) {
    if (l < last && duals != null) {
      // The local signal is q_l, whatever the weighting.
      return duals.precision(l);
    }
    boolean energy = rule.weighting() == Weighting.ENERGY;
    if (l == last && (!isClamped() || rule.update() == WeightUpdate.FORWARD)) {
      return energy ? lastPrecision : 1;
    }
    return (energy ? precision(l) : 1) / beta;
  }

  /** The output that a clamped relaxation is drawn to, from y and the free f. */
  double[] nudgedTarget(double[] y, double[] f) {
    if (!isClamped() || rule.update() == WeightUpdate.FORWARD) {
      return y;
    }
    double[] drawn = new double[y.length];
    for (int i = 0; i < y.length; i++) {
      drawn[i] = f[i] + beta * (y[i] - f[i]);
    }
    return drawn;
  }

  Tensor displacement(int l) {
    return displacements.get(l - 1);
  }

  Tensor back(int l) {
    return backs.get(l - 1);
  }

  /**
   * e_l, with multipliers e_l + λ_l / w_l: for the lowest moved layer, whose input has not moved,
   * it is the displacement itself.
   */
  Tensor error(int l) {
    if (l == last) {
      return outputError;
    }
    return l < lowest || (l == lowest && duals == null) ? displacement(l) : storedError(l);
  }

  Tensor storedError(int l) {
    return errors.get(l - 1);
  }

  /** z_l, how far the state below has moved the input of layer l, l = 2 … L. */
  Tensor shift(int l) {
    return shifts.get(l - 2);
  }

  Tensor gated(int l) {
    return gated.get(l - 1);
  }

  /** e_l times φ′, l = 1 … L, where they are stored. */
  Tensor storedGated(int l) {
    return l == last ? outputError : gated(l);
  }

  private Tensor currentGated(int l) {
    if (l == last) {
      return outputError;
    }
    return rule.convention() == Convention.A ? error(l) : gated(l);
  }

  /** Where the derivatives of unit l are: its input has moved if the state below has. */
  Point point(int l) {
    return l > lowest ? Point.SHIFTED : Point.PREDICTED;
  }

  /** What layer l sends up beyond the feed-forward pass. */
  Tensor sent(int l) {
    return differences.get(l - 1);
  }

  /** Factor of what comes down to the state of layer l; null: one. */
  @Nullable Tensor stateGate(int l) {
    return rule.convention() == Convention.A ? gates.get(l - 1) : null;
  }

  UnitPass pass(int l) {
    return forward.pass(l);
  }

  Tensor u(int l) {
    return forward.preActivation(l);
  }

  Tensor h(int l) {
    return forward.activity(l);
  }
}
