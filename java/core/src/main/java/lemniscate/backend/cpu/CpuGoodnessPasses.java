package lemniscate.backend.cpu;

import java.lang.foreign.MemorySegment;
import lemniscate.backend.GoodnessOperation;
import lemniscate.backend.GoodnessPasses;

/** Passes of Forward-Forward learning, row by row: a row is read twice while it is in the cache. */
final class CpuGoodnessPasses {

  private final CpuOperations operations;

  CpuGoodnessPasses(CpuOperations operations) {
    this.operations = operations;
  }

  void lower(GoodnessOperation operation) {
    switch (operation) {
      case GoodnessOperation.Embed(var labels, var x) -> {
        MemorySegment from = CpuOperations.memory(labels);
        MemorySegment to = CpuOperations.memory(x);
        long bytes = x.dtype().bytes();
        int classes = labels.columns();
        int features = x.columns();
        operations.ranges(
            x.rows(),
            classes,
            (first, end) -> {
              for (long row = first; row < end; row++) {
                MemorySegment.copy(
                    from, row * classes * bytes, to, row * features * bytes, classes * bytes);
              }
            });
      }
      case GoodnessOperation.Normalize(var length, var x, var normalized) -> {
        Kernels k = operations.kernels(x);
        MemorySegment from = CpuOperations.memory(x);
        MemorySegment to = CpuOperations.memory(normalized);
        boolean inPlace = x.isSameView(normalized);
        long bytes = x.dtype().bytes();
        int columns = x.columns();
        operations.ranges(
            x.rows(),
            columns,
            (first, end) -> {
              for (long row = first; row < end; row++) {
                long start = row * columns;
                double norm = Math.sqrt(k.sumOfSquares(from, start, start + columns));
                if (!inPlace) {
                  MemorySegment.copy(from, start * bytes, to, start * bytes, columns * bytes);
                }
                k.scale(
                    length / (norm + GoodnessPasses.LENGTH_EPSILON * length),
                    to,
                    start,
                    start + columns);
              }
            });
      }
      case GoodnessOperation.Measure(var factor, var h, var accumulate, var goodness) -> {
        Kernels k = operations.kernels(h);
        MemorySegment hs = CpuOperations.memory(h);
        MemorySegment gs = CpuOperations.memory(goodness);
        int columns = h.columns();
        operations.ranges(
            h.rows(),
            columns,
            (first, end) -> {
              for (long row = first; row < end; row++) {
                double sum = k.sumOfSquares(hs, row * columns, (row + 1) * columns);
                k.set(gs, row, (accumulate ? k.get(gs, row) : 0) + factor * sum);
              }
            });
      }
      case GoodnessOperation.Contrast(
              var factor,
              var threshold,
              var h,
              var displacement,
              var total) -> {
        Kernels k = operations.kernels(h);
        MemorySegment hs = CpuOperations.memory(h);
        MemorySegment ds = CpuOperations.memory(displacement);
        long bytes = h.dtype().bytes();
        int columns = h.columns();
        int rows = h.rows();
        double[] losses = new double[rows];
        operations.ranges(
            rows,
            columns,
            (first, end) -> {
              for (long row = first; row < end; row++) {
                long start = row * columns;
                double logit = factor * k.sumOfSquares(hs, start, start + columns) - threshold;
                double kind = row < rows / 2 ? 1 : -1;
                // What speaks against the row's kind.
                double against = -kind * logit;
                double small = Math.exp(-Math.abs(against));
                double wrong = (against > 0 ? 1 : small) / (1 + small);
                losses[(int) row] = Math.max(against, 0) + Math.log1p(small);
                MemorySegment.copy(hs, start * bytes, ds, start * bytes, columns * bytes);
                k.scale(2 * kind * wrong, ds, start, start + columns);
              }
            });
        MemorySegment sum = CpuOperations.memory(total);
        operations.sequential(
            () -> {
              double all = 0;
              for (double loss : losses) {
                all += loss;
              }
              CpuOperations.setScalar(sum, all);
            });
      }
    }
  }
}
