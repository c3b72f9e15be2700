package lemniscate.network;

import java.util.ArrayList;
import java.util.List;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import lemniscate.tensor.TensorSlab;

/** Allocation of one tensor per layer, where neighbours of equal shape share a slab. */
public final class Slabs {

  private Slabs() {}

  /** Tensors of the given shapes, in order. */
  public static List<Tensor> allocate(Arena arena, List<Shape> shapes) {
    List<Tensor> tensors = new ArrayList<>();
    int from = 0;
    while (from < shapes.size()) {
      int to = from + 1;
      while (to < shapes.size() && shapes.get(to).equals(shapes.get(from))) {
        to++;
      }
      TensorSlab slab = arena.allocateSlab(to - from, shapes.get(from));
      for (int i = 0; i < slab.count(); i++) {
        tensors.add(slab.at(i));
      }
      from = to;
    }
    return tensors;
  }

  /**
   * Tensors of shape (batch, width) for layers {@code first} … {@code last} of a network; none
   * where the last is below the first.
   */
  public static List<Tensor> activities(
      Arena arena, NetworkSpec spec, int batch, int first, int last) {
    List<Shape> shapes = new ArrayList<>();
    for (int l = first; l <= last; l++) {
      shapes.add(new Shape(batch, spec.width(l)));
    }
    return allocate(arena, shapes);
  }
}
