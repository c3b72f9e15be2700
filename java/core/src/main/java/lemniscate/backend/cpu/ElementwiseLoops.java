package lemniscate.backend.cpu;

import java.util.ArrayList;
import java.util.List;

/** Makes one operation of neighbouring elementwise loops that allow it: the threads meet once. */
final class ElementwiseLoops {

  private ElementwiseLoops() {}

  /** Joins what can be joined. */
  static List<CpuOperation> link(List<CpuOperation> operations) {
    List<CpuOperation> linked = new ArrayList<>();
    for (CpuOperation operation : operations) {
      boolean joined =
          operation instanceof CpuOperation.Elementwise next
              && !linked.isEmpty()
              && linked.getLast() instanceof CpuOperation.Elementwise previous
              && previous.join(next);
      if (!joined) {
        linked.add(operation);
      }
    }
    return linked;
  }
}
