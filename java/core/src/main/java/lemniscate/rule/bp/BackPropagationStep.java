package lemniscate.rule.bp;

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
import lemniscate.rule.LayerProblem;
import lemniscate.rule.Objective;
import lemniscate.rule.RecordedStep;
import lemniscate.rule.RuleContext;
import lemniscate.rule.RuleStep;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;

/**
 * A backpropagation step: δ_L = −∂loss/∂f, δ_l = (∂u_{l+1}/∂h_l)ᵀ (δ_{l+1} ∘ φ′(u_{l+1})),
 * gradients from δ_l ∘ φ′(u_l) and h_{l−1}. δ has the sign "target minus prediction" of every other
 * rule.
 */
public final class BackPropagationStep implements RuleStep {

  private final RuleContext context;
  private final int last;
  private final ForwardPass forward;
  private final Tensor target;
  private final List<Tensor> deltas;
  private final List<Tensor> gated;
  private final Tensor outputError;
  private final Tensor lossSum;
  private final RecordedStep step;

  BackPropagationStep(RuleContext context) {
    this.context = context;
    NetworkSpec spec = context.network().spec();
    this.last = spec.layers();
    this.forward =
        new ForwardPass(context.arena(), context.network(), context.batch(), Use.ADJOINT);
    Shape output = new Shape(context.batch(), spec.outputs());
    this.target = context.arena().allocate(output);
    this.outputError = context.arena().allocate(output);
    this.deltas = Slabs.activities(context.arena(), spec, context.batch(), 1, last - 1);
    this.gated = Slabs.activities(context.arena(), spec, context.batch(), 1, last - 1);
    this.lossSum = context.arena().allocateScalars(1);
    this.step = new RecordedStep(context.backend(), this::record);
  }

  private void record(Operations ops, boolean update) {
    forward.record(ops);
    ops.loss().outputError(context.loss(), forward.output(), target, outputError, lossSum);
    for (int l = last - 1; l >= 1; l--) {
      int i = l;
      Products.record(ops, p -> forward.pass(i + 1).pullback(p, 1, gated(i + 1), delta(i)));
      forward.pass(l).gate(ops, delta(l), gated(l));
    }
    Products.record(
        ops,
        products -> {
          for (UnitPass unit : forward.passes()) {
            unit.gradients(products, 1, gated(unit.unit().index()), unit.input());
          }
        });
    if (update) {
      context.update().record(ops);
    }
  }

  /** δ_l of shape (B, n_l), l = 1 … L. */
  public Tensor delta(int l) {
    return l == last ? outputError : deltas.get(l - 1);
  }

  @Override
  public double[] localError(int l) {
    return context.backend().read(delta(l));
  }

  /** δ_l ∘ φ′(u_l) of shape (B, n_l), l = 1 … L; the last layer is linear. */
  public Tensor gated(int l) {
    return l == last ? outputError : gated.get(l - 1);
  }

  /** The buffers of the feed-forward pass. */
  public ForwardPass forward() {
    return forward;
  }

  @Override
  public Tensor input() {
    return forward.input();
  }

  @Override
  public Tensor target() {
    return target;
  }

  @Override
  public void run() {
    step.run();
  }

  @Override
  public void computeGradients() {
    step.computeGradients();
  }

  @Override
  public double loss() {
    return context.backend().scalar(lossSum) / context.batch();
  }

  @Override
  public Tensor lossSum() {
    return lossSum;
  }

  @Override
  public Objective objective() {
    Backend backend = context.backend();
    List<LayerProblem> layers = new ArrayList<>();
    for (UnitPass pass : forward.passes()) {
      boolean isLast = pass.unit().index() == last;
      layers.add(
          new LayerProblem(
              backend.read(pass.input()),
              isLast ? backend.read(target) : new double[0],
              pass.unit().oracle(),
              true,
              1,
              isLast ? context.loss() : null,
              context.batch()));
    }
    return LayerProblem.networkLoss(layers);
  }

  @Override
  public void close() {
    step.close();
  }
}
