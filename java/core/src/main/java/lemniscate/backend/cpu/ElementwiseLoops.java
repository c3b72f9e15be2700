package lemniscate.backend.cpu;

import java.util.ArrayList;
import java.util.List;
import lemniscate.tensor.Tensor;
import lemniscate.tensor.TensorMap;

/** Makes one operation of neighbouring elementwise loops that allow it: the threads meet once. */
final class ElementwiseLoops {

  private ElementwiseLoops() {}

  /** Joins what can be joined. */
  static List<CpuOperation> link(List<CpuOperation> operations) {
    List<CpuOperation> linked = new ArrayList<>();
    TensorMap<Tensor> touched = new TensorMap<>();
    for (CpuOperation operation : operations) {
      boolean joined =
          operation instanceof CpuOperation.Elementwise next
              && !linked.isEmpty()
              && linked.getLast() instanceof CpuOperation.Elementwise previous
              && previous.join(next, touched);
      if (!joined) {
        linked.add(operation);
        touched.clear();
      }
      if (operation instanceof CpuOperation.Elementwise loop) {
        loop.addTouched(touched);
      }
    }
    return linked;
  }
}
