package lemniscate.network;

import java.util.List;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Buffers and recording of the feed-forward pass for one batch size: u_l = a_l x_l W_lᵀ + b_l, h_l
 * = φ_l(u_l), h_0 = x, where x_l = h_{l−1} unless {@link LayerInputs} say otherwise; hidden h_l =
 * φ_l(u_l) over its norm where the network says so.
 */
public final class ForwardPass {

  private final Network network;
  private final Tensor input;
  private final @Nullable LayerInputs layerInputs;
  private final List<Tensor> presynaptic;
  private final List<Tensor> preActivations;
  private final List<Tensor> activities;
  // The same over their norms; empty in a network without.
  private final List<Tensor> normed;

  /**
   * Allocates the buffers.
   *
   * @param batch number of examples B
   */
  public ForwardPass(Arena arena, Network network, int batch) {
    this(arena, network, batch, null);
  }

  /** As the other constructor, for layers that read something made from the layer below. */
  public ForwardPass(Arena arena, Network network, int batch, @Nullable LayerInputs layerInputs) {
    NetworkSpec spec = network.spec();
    this.network = network;
    this.layerInputs = layerInputs;
    this.input = arena.allocate(new Shape(batch, spec.inputs()));
    this.preActivations = Slabs.activities(arena, spec, batch, 1, spec.layers());
    this.activities = Slabs.activities(arena, spec, batch, 1, spec.layers() - 1);
    this.normed =
        spec.isNormed() ? Slabs.activities(arena, spec, batch, 1, spec.layers() - 1) : List.of();
    this.presynaptic =
        layerInputs == null
            ? List.of()
            : Slabs.activities(arena, spec, batch, 0, spec.layers() - 1);
  }

  /** Enqueues the pass. */
  public void record(Operations ops) {
    record(ops, network.spec().layers());
  }

  /**
   * Enqueues the pass as far as a layer.
   *
   * @param end the last layer that is computed
   */
  public void record(Operations ops, int end) {
    for (DenseLayer layer : network.layers().subList(0, end)) {
      int l = layer.index();
      if (layerInputs != null) {
        layerInputs.record(ops, l, activity(l - 1), presynaptic(l));
      }
      ops.gemm(
          Gemm.forward(
              layer.multiplier(), presynaptic(l), layer.weight().value(), preActivation(l)));
      if (l < network.spec().layers()) {
        ops.layer().activate(layer.activation(), preActivation(l), layer.biasValue(), activated(l));
        if (!normed.isEmpty()) {
          ops.pepita()
              .normalize(
                  network.spec().norm().isPerExample(),
                  network.activityNorm(),
                  activated(l),
                  activity(l));
        }
      } else if (layer.bias() != null) {
        ops.addRow(layer.bias().value(), preActivation(l));
      }
    }
  }

  /** x of shape (B, n_0), to be written before a run. */
  public Tensor input() {
    return input;
  }

  /** x_l of shape (B, n_{l−1}), what goes into the weights of layer l = 1 … L. */
  public Tensor presynaptic(int l) {
    return layerInputs == null ? activity(l - 1) : presynaptic.get(l - 1);
  }

  /** u_l of shape (B, n_l), l = 1 … L. */
  public Tensor preActivation(int l) {
    return preActivations.get(l - 1);
  }

  /** h_l of shape (B, n_l), l = 0 … L; the last layer is linear, so h_L is u_L. */
  public Tensor activity(int l) {
    if (l == 0) {
      return input;
    }
    if (l == network.spec().layers()) {
      return preActivation(l);
    }
    return normed.isEmpty() ? activities.get(l - 1) : normed.get(l - 1);
  }

  /** φ_l(u_l) of a hidden layer, before it is divided by its norm. */
  public Tensor activated(int l) {
    return activities.get(l - 1);
  }

  /** f = h_L of shape (B, n_L). */
  public Tensor output() {
    return preActivation(network.spec().layers());
  }
}
