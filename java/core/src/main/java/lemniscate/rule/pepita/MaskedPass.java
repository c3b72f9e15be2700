package lemniscate.rule.pepita;

import java.util.List;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.network.DenseLayer;
import lemniscate.network.ForwardPass;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Slabs;
import lemniscate.rule.RuleContext;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A feed-forward pass in which dropout masks, where there are some, silence hidden units before
 * their activity is divided by its norm, where it is.
 */
final class MaskedPass {

  private final Network network;
  private final ForwardPass forward;
  private final @Nullable DropoutMasks masks;
  // m_l ∘ φ(u_l) for l = 1 … L−1; empty without masks.
  private final List<Tensor> masked;
  // The same over their norms; empty without masks or norms.
  private final List<Tensor> normed;

  MaskedPass(RuleContext context, @Nullable DropoutMasks masks) {
    this.network = context.network();
    this.forward = new ForwardPass(context.arena(), network, context.batch());
    this.masks = masks;
    this.masked = masks == null ? List.of() : hidden(context);
    this.normed = masks == null || !network.spec().isNormed() ? List.of() : hidden(context);
  }

  private static List<Tensor> hidden(RuleContext context) {
    NetworkSpec spec = context.network().spec();
    return Slabs.activities(context.arena(), spec, context.batch(), 1, spec.layers() - 1);
  }

  void record(Operations ops) {
    if (masks == null) {
      forward.record(ops);
      return;
    }
    int last = network.spec().layers();
    for (DenseLayer layer : network.layers()) {
      int l = layer.index();
      Tensor u = forward.preActivation(l);
      ops.gemm(Gemm.forward(layer.multiplier(), activity(l - 1), layer.weight().value(), u));
      if (l < last) {
        ops.layer().activate(layer.activation(), u, layer.biasValue(), forward.activated(l));
        ops.copy(forward.activated(l), masked(l));
        ops.multiply(masks.mask(l), masked(l));
        if (!normed.isEmpty()) {
          ops.pepita()
              .normalize(
                  network.spec().norm().isPerExample(),
                  network.activityNorm(),
                  masked(l),
                  activity(l));
        }
      } else if (layer.bias() != null) {
        ops.addRow(layer.bias().value(), u);
      }
    }
  }

  /** h_l as the next layer sees it, l = 0 … L. */
  Tensor activity(int l) {
    boolean hidden = l > 0 && l < network.spec().layers();
    if (masks == null || !hidden) {
      return forward.activity(l);
    }
    return normed.isEmpty() ? masked(l) : normed.get(l - 1);
  }

  /** φ(u_l) of a hidden layer before its mask. */
  Tensor activated(int l) {
    return forward.activated(l);
  }

  /** φ(u_l) of a hidden layer after its mask and before its norm. */
  Tensor masked(int l) {
    return masks == null ? forward.activated(l) : masked.get(l - 1);
  }

  /** u_l. */
  Tensor preActivation(int l) {
    return forward.preActivation(l);
  }
}
