package lemniscate.rule.bp;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Backend;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.network.DenseLayer;
import lemniscate.network.ForwardPass;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Slabs;
import lemniscate.rule.LayerProblem;
import lemniscate.rule.Objective;
import lemniscate.rule.RecordedStep;
import lemniscate.rule.RuleContext;
import lemniscate.rule.RuleStep;
import lemniscate.rule.WeightGradients;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;

/**
 * A backpropagation step: δ_L = −∂loss/∂f, δ_l = a_{l+1} (δ_{l+1} ∘ φ′(u_{l+1})) W_{l+1}, gradients
 * from δ_l ∘ φ′(u_l) and h_{l−1}. δ has the sign "target minus prediction" of every other rule.
 */
public final class BackPropagationStep implements RuleStep {

  private final RuleContext context;
  private final Network network;
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
    this.network = context.network();
    NetworkSpec spec = network.spec();
    this.last = spec.layers();
    this.forward = new ForwardPass(context.arena(), network, context.batch());
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
      DenseLayer above = network.layer(l + 1);
      ops.gemm(Gemm.backward(above.multiplier(), gated(l + 1), above.weight().value(), delta(l)));
      ops.layer()
          .gate(
              network.layer(l).activation(),
              forward.preActivation(l),
              forward.activity(l),
              delta(l),
              gated(l));
    }
    WeightGradients gradients = new WeightGradients(ops);
    for (DenseLayer layer : network.layers()) {
      gradients.add(layer, 1, gated(layer.index()), forward.activity(layer.index() - 1));
    }
    gradients.record();
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
  public Objective objective() {
    Backend backend = context.backend();
    List<LayerProblem> layers = new ArrayList<>();
    for (DenseLayer layer : network.layers()) {
      boolean isLast = layer.index() == last;
      layers.add(
          new LayerProblem(
              backend.read(forward.activity(layer.index() - 1)),
              isLast ? backend.read(target) : new double[0],
              layer.activation(),
              layer.multiplier(),
              1,
              isLast ? context.loss() : null,
              context.batch()));
    }
    return LayerProblem.networkLoss(layers, network.spec().bias());
  }

  @Override
  public void close() {
    step.close();
  }
}
