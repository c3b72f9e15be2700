package lemniscate.rule;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Backend;
import lemniscate.backend.Operations;
import lemniscate.network.ForwardPass;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Products;
import lemniscate.network.Slabs;
import lemniscate.network.UnitPass;
import lemniscate.network.Use;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;

/**
 * What rules with targets share: the feed-forward pass, the target of the output t_L = h_L − η̂
 * ∂loss/∂f, the local losses ½‖t_l − h_l‖² with t_l and h_{l−1} held fixed, and their gradients.
 * Targets are kept as displacements D_l = t_l − h_l, which lose nothing where they are small; how
 * D_{L−1} … D_1 follow from D_L is the rule's own.
 */
public final class LocalTargets {

  private final RuleContext context;
  private final int last;
  private final double targetStep;
  private final ForwardPass forward;
  private final Tensor target;
  private final Tensor lossSum;
  private final List<Tensor> displacements;
  private final List<Tensor> gated;

  /**
   * Allocates the buffers.
   *
   * @param targetStep η̂
   */
  public LocalTargets(RuleContext context, double targetStep) {
    this(context, targetStep, Use.DISPLACEMENTS);
  }

  /**
   * Allocates the buffers.
   *
   * @param targetStep η̂
   * @param use what will be asked of the units
   */
  public LocalTargets(RuleContext context, double targetStep, Use use) {
    this.context = context;
    this.targetStep = targetStep;
    NetworkSpec spec = context.network().spec();
    this.last = spec.layers();
    this.forward = new ForwardPass(context.arena(), context.network(), context.batch(), use);
    this.target = context.arena().allocate(new Shape(context.batch(), spec.outputs()));
    this.lossSum = context.arena().allocateScalars(1);
    this.displacements = Slabs.activities(context.arena(), spec, context.batch(), 1, last);
    this.gated = Slabs.activities(context.arena(), spec, context.batch(), 1, last - 1);
  }

  /** Fills the displacements D_l of hidden layers from D_L and the feed-forward pass. */
  @FunctionalInterface
  public interface Displacements {

    /**
     * Enqueues them.
     *
     * @param ops the recording
     * @param targets with D_L filled
     */
    void record(Operations ops, LocalTargets targets);
  }

  /** A whole step of a rule that is no more than the displacements of its hidden layers. */
  public static LocalTargetStep step(
      RuleContext context, double targetStep, Displacements displacements) {
    return new DisplacementStep(context, new LocalTargets(context, targetStep), displacements);
  }

  /** Enqueues the feed-forward pass, the loss and D_L. */
  public void feedForward(Operations ops) {
    forward.record(ops);
    ops.loss().outputError(context.loss(), forward.output(), target, displacement(last), lossSum);
    if (targetStep != 1) {
      ops.scale(targetStep, displacement(last));
    }
  }

  /** Enqueues the gradients of the local losses. */
  public void gradients(Operations ops) {
    Products.record(
        ops,
        products -> {
          for (UnitPass unit : forward.passes()) {
            int l = unit.unit().index();
            // The last unit is linear.
            Tensor local = displacement(l);
            if (l < last) {
              local = gated.get(l - 1);
              unit.gate(ops, displacement(l), local);
            }
            unit.gradients(products, 1, local, unit.input());
          }
        });
  }

  /** D_l of shape (B, n_l), l = 1 … L. */
  public Tensor displacement(int l) {
    return displacements.get(l - 1);
  }

  /** All elements of one of the tensors, after waiting for the last step. */
  double[] values(Tensor tensor) {
    return context.backend().read(tensor);
  }

  /** The buffers of the feed-forward pass. */
  public ForwardPass forward() {
    return forward;
  }

  /** y of shape (B, n_L). */
  public Tensor target() {
    return target;
  }

  /** Loss of the last batch, mean over the examples. */
  public double loss() {
    return context.backend().scalar(lossSum) / context.batch();
  }

  /** Sum of the losses of the last batch. */
  Tensor lossSum() {
    return lossSum;
  }

  /** The sum of the local losses over layers, mean over the batch. */
  public Objective objective() {
    Backend backend = context.backend();
    List<LayerProblem> problems = new ArrayList<>();
    for (UnitPass unit : forward.passes()) {
      double[] targets = backend.read(unit.output());
      double[] moves = backend.read(displacement(unit.unit().index()));
      for (int i = 0; i < targets.length; i++) {
        targets[i] += moves[i];
      }
      problems.add(
          new LayerProblem(
              backend.read(unit.input()),
              targets,
              unit.unit().oracle(),
              true,
              1,
              null,
              context.batch()));
    }
    return LayerProblem.objective(problems);
  }
}
