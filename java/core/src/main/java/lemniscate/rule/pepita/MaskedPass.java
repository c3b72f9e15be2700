package lemniscate.rule.pepita;

import java.util.List;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.network.DenseLayer;
import lemniscate.network.ForwardPass;
import lemniscate.network.Network;
import lemniscate.network.Slabs;
import lemniscate.rule.RuleContext;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** A feed-forward pass in which dropout masks, where there are some, silence hidden units. */
final class MaskedPass {

  private final Network network;
  private final ForwardPass forward;
  private final @Nullable DropoutMasks masks;
  // m_l ∘ φ(u_l) for l = 1 … L−1; empty without masks.
  private final List<Tensor> masked;

  MaskedPass(RuleContext context, @Nullable DropoutMasks masks) {
    this.network = context.network();
    this.forward = new ForwardPass(context.arena(), network, context.batch());
    this.masks = masks;
    this.masked =
        masks == null
            ? List.of()
            : Slabs.activities(
                context.arena(), network.spec(), context.batch(), 1, network.spec().layers() - 1);
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
        ops.layer().activate(layer.activation(), u, layer.biasValue(), forward.activity(l));
        ops.copy(forward.activity(l), activity(l));
        ops.multiply(masks.mask(l), activity(l));
      } else if (layer.bias() != null) {
        ops.addRow(layer.bias().value(), u);
      }
    }
  }

  /** h_l as the next layer sees it, l = 0 … L. */
  Tensor activity(int l) {
    boolean hidden = l > 0 && l < network.spec().layers();
    return masks != null && hidden ? masked.get(l - 1) : forward.activity(l);
  }

  /** φ(u_l) before its mask. */
  Tensor unmasked(int l) {
    return forward.activity(l);
  }

  /** u_l. */
  Tensor preActivation(int l) {
    return forward.preActivation(l);
  }
}
