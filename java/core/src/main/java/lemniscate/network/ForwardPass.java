package lemniscate.network;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Operations;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Buffers and recording of the feed-forward pass for one batch size: u_l = u_l(x_l), h_l =
 * φ_l(u_l), h_0 = x, where x_l = h_{l−1} unless {@link LayerInputs} say otherwise; hidden h_l =
 * φ_l(u_l) times its mask where there are masks, over its norm where the network says so.
 */
public final class ForwardPass {

  private final Network network;
  private final Tensor input;
  private final @Nullable LayerInputs layerInputs;
  private final List<Tensor> presynaptic;
  private final List<UnitPass> passes = new ArrayList<>();

  /**
   * Allocates the buffers.
   *
   * @param batch number of examples B
   */
  public ForwardPass(Arena arena, Network network, int batch) {
    this(arena, network, batch, Use.DISPLACEMENTS);
  }

  /**
   * Allocates the buffers.
   *
   * @param use what will be asked of the units
   */
  public ForwardPass(Arena arena, Network network, int batch, Use use) {
    this(arena, network, batch, null, List.of(), use);
  }

  /** As the other constructor, for units that read something made from the one below. */
  public ForwardPass(Arena arena, Network network, int batch, @Nullable LayerInputs layerInputs) {
    this(arena, network, batch, layerInputs, List.of(), Use.DISPLACEMENTS);
  }

  /**
   * As the others, with factors of the activities of hidden units.
   *
   * @param masks of shape (B, n_l), l = 1 … L−1; none for none
   * @param use what will be asked of the units
   */
  public ForwardPass(
      Arena arena,
      Network network,
      int batch,
      @Nullable LayerInputs layerInputs,
      List<Tensor> masks,
      Use use) {
    NetworkSpec spec = network.spec();
    int last = spec.layers();
    this.network = network;
    this.layerInputs = layerInputs;
    this.input = arena.allocate(new Shape(batch, spec.inputs()));
    List<Tensor> preActivations = Slabs.activities(arena, spec, batch, 1, last);
    List<Tensor> activated = Slabs.activities(arena, spec, batch, 1, last - 1);
    List<Tensor> masked =
        masks.isEmpty() ? activated : Slabs.activities(arena, spec, batch, 1, last - 1);
    List<Tensor> normed =
        spec.isNormed() ? Slabs.activities(arena, spec, batch, 1, last - 1) : masked;
    this.presynaptic =
        layerInputs == null ? List.of() : Slabs.activities(arena, spec, batch, 0, last - 1);
    Tensor below = input;
    for (int l = 1; l < last; l++) {
      Tensor output =
          spec.unit(l).norm() == ActivityNorm.NONE ? masked.get(l - 1) : normed.get(l - 1);
      passes.add(
          network
              .unit(l)
              .pass(
                  arena,
                  new UnitBuffers(
                      layerInputs == null ? below : presynaptic.get(l - 1),
                      preActivations.get(l - 1),
                      activated.get(l - 1),
                      masks.isEmpty() ? null : masks.get(l - 1),
                      masked.get(l - 1),
                      output),
                  use));
      below = output;
    }
    passes.add(
        network
            .unit(last)
            .pass(
                arena,
                UnitBuffers.linear(
                    layerInputs == null ? below : presynaptic.getLast(), preActivations.getLast()),
                use));
  }

  /** Enqueues the pass. */
  public void record(Operations ops) {
    record(ops, network.spec().layers());
  }

  /**
   * Enqueues the pass as far as a unit.
   *
   * @param end the last unit that is computed
   */
  public void record(Operations ops, int end) {
    for (int l = 1; l <= end; l++) {
      if (layerInputs != null) {
        layerInputs.record(ops, l, activity(l - 1), presynaptic(l));
      }
      pass(l).predict(ops);
    }
  }

  /** Unit l = 1 … L with its buffers. */
  public UnitPass pass(int l) {
    return passes.get(l - 1);
  }

  /** All units with their buffers. */
  public List<UnitPass> passes() {
    return passes;
  }

  /** x of shape (B, n_0), to be written before a run. */
  public Tensor input() {
    return input;
  }

  /** x_l of shape (B, n_{l−1}), what unit l = 1 … L reads. */
  public Tensor presynaptic(int l) {
    return pass(l).input();
  }

  /** u_l of shape (B, n_l), l = 1 … L. */
  public Tensor preActivation(int l) {
    return pass(l).preActivation();
  }

  /** h_l of shape (B, n_l), l = 0 … L; the last unit is linear, so h_L is u_L. */
  public Tensor activity(int l) {
    return l == 0 ? input : pass(l).output();
  }

  /** φ_l(u_l) of a hidden unit, before its mask and before it is divided by its norm. */
  public Tensor activated(int l) {
    return pass(l).buffers().activated();
  }

  /** f = h_L of shape (B, n_L). */
  public Tensor output() {
    return pass(network.spec().layers()).output();
  }
}
