package lemniscate.network.layer;

import java.util.List;
import lemniscate.network.Features;
import lemniscate.network.Parameter;
import lemniscate.network.Use;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Tensor;

/**
 * Where a layer is put.
 *
 * @param arena owner of what it needs for itself
 * @param use what will be asked of it
 * @param batch B
 * @param features of its input
 * @param parameters its own, in its order
 * @param branchMultiplier β of residual additions
 * @param input x of shape (B, features)
 * @param output f(x) of shape (B, features of its output)
 */
record Site(
    Arena arena,
    Use use,
    int batch,
    Features features,
    List<Parameter> parameters,
    double branchMultiplier,
    Tensor input,
    Tensor output) {

  /** The same place with other features, parameters and memory. */
  Site of(Features within, List<Parameter> own, Tensor from, Tensor to) {
    return new Site(arena, use, batch, within, own, branchMultiplier, from, to);
  }

  /** A tensor like another. */
  Tensor like(Tensor other) {
    return arena.allocate(other.shape());
  }

  /** As {@link #like} where the adjoint will be asked for, else the tensor itself. */
  Tensor likeForAdjoint(Tensor other) {
    return use.adjoint() ? like(other) : other;
  }

  /** As {@link #like} where displacements will be asked for, else the tensor itself. */
  Tensor likeForMoves(Tensor other) {
    return use.displacements() ? like(other) : other;
  }
}
