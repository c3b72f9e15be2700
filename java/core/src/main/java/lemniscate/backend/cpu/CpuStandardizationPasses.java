package lemniscate.backend.cpu;

import java.lang.foreign.MemorySegment;
import lemniscate.backend.StandardizationOperation;

/** Rows brought to mean square 1, each by itself: it is read twice while it is in the cache. */
final class CpuStandardizationPasses {

  private final CpuOperations recording;

  CpuStandardizationPasses(CpuOperations recording) {
    this.recording = recording;
  }

  void lower(StandardizationOperation operation) {
    switch (operation) {
      case StandardizationOperation.Standardize(
              var centred,
              var epsilon,
              var x,
              var normal,
              var deviation) -> {
        Kernels k = recording.kernels(x);
        MemorySegment xs = CpuOperations.memory(x);
        MemorySegment ns = CpuOperations.memory(normal);
        MemorySegment ds = CpuOperations.memory(deviation);
        int columns = x.columns();
        recording.rows(
            x, (from, to) -> k.standardize(centred, epsilon, xs, ns, ds, columns, from, to));
      }
      case StandardizationOperation.StandardizedDifference(
              var centred,
              var normal,
              var deviation,
              var z,
              var difference,
              var movedDeviation) -> {
        Kernels k = recording.kernels(z);
        MemorySegment ns = CpuOperations.memory(normal);
        MemorySegment before = CpuOperations.memory(deviation);
        MemorySegment zs = CpuOperations.memory(z);
        MemorySegment ds = CpuOperations.memory(difference);
        MemorySegment after = CpuOperations.memory(movedDeviation);
        int columns = z.columns();
        recording.rows(
            z,
            (from, to) ->
                k.standardizedDifference(centred, ns, before, zs, ds, after, columns, from, to));
      }
      case StandardizationOperation.StandardizeBack(
              var centred,
              var normal,
              var deviation,
              var d,
              var back) -> {
        Kernels k = recording.kernels(d);
        MemorySegment ns = CpuOperations.memory(normal);
        MemorySegment spread = CpuOperations.memory(deviation);
        MemorySegment ds = CpuOperations.memory(d);
        MemorySegment bs = CpuOperations.memory(back);
        int columns = d.columns();
        recording.rows(
            d, (from, to) -> k.standardizeBack(centred, ns, spread, ds, bs, columns, from, to));
      }
    }
  }
}
