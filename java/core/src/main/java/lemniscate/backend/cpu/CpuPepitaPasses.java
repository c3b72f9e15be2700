package lemniscate.backend.cpu;

import java.lang.foreign.MemorySegment;
import lemniscate.backend.PepitaOperation;

/** Passes of forward-only learning: sums row by row, then a loop over the rows. */
final class CpuPepitaPasses {

  private final CpuOperations recording;

  CpuPepitaPasses(CpuOperations recording) {
    this.recording = recording;
  }

  void lower(PepitaOperation operation) {
    switch (operation) {
      case PepitaOperation.Normalize(var perRow, var norm, var x, var y) -> {
        Kernels k = recording.kernels(x);
        MemorySegment in = CpuOperations.memory(x);
        MemorySegment out = CpuOperations.memory(y);
        int rows = x.rows();
        int columns = x.columns();
        long rowBytes = (long) columns * x.dtype().bytes();
        recording.add(
            new CpuOperation.RowSums(
                rows,
                1,
                rows,
                2 * x.elements(),
                (row, sums) ->
                    sums[row] = k.sumOfSquares(in, (long) row * columns, (row + 1L) * columns),
                sums -> {
                  if (!perRow) {
                    addUp(sums, rows, 1);
                  }
                },
                (from, to, sums) -> {
                  MemorySegment.copy(
                      in, from * rowBytes, out, from * rowBytes, (to - from) * rowBytes);
                  for (int row = from; row < to; row++) {
                    double squares = sums[perRow ? row : 0];
                    double factor = squares == 0 ? 0 : norm / Math.sqrt(squares);
                    k.scale(factor, out, (long) row * columns, (row + 1L) * columns);
                  }
                }));
      }
      case PepitaOperation.NormalizedDifference(var perRow, var norm, var x, var difference) -> {
        Kernels k = recording.kernels(x);
        MemorySegment in = CpuOperations.memory(x);
        MemorySegment d = CpuOperations.memory(difference);
        int rows = x.rows();
        int columns = x.columns();
        recording.add(
            new CpuOperation.RowSums(
                rows,
                3,
                rows,
                2 * x.elements(),
                (row, sums) -> {
                  long first = (long) row * columns;
                  sums[3 * row] = k.sumOfSquares(in, first, first + columns);
                  sums[3 * row + 1] = k.sumOfMovedSquares(in, d, first, first + columns);
                  sums[3 * row + 2] = k.sumOfChange(in, d, first, first + columns);
                },
                sums -> {
                  if (!perRow) {
                    addUp(sums, rows, 3);
                  }
                },
                (from, to, sums) -> {
                  for (int row = from; row < to; row++) {
                    int at = perRow ? 3 * row : 0;
                    double r = Math.sqrt(sums[at]);
                    double q = Math.sqrt(sums[at + 1]);
                    // difference = ofMove · d + ofValue · x.
                    double ofMove = q == 0 ? 0 : norm / q;
                    double ofValue =
                        r == 0 ? 0 : q == 0 ? -norm / r : -norm * sums[at + 2] / (r * (r + q) * q);
                    long first = (long) row * columns;
                    k.scale(ofMove, d, first, first + columns);
                    k.axpy(ofValue, in, d, first, first + columns);
                  }
                }));
      }
      case PepitaOperation.Sign(var x, var y) -> {
        Kernels k = recording.kernels(x);
        MemorySegment in = CpuOperations.memory(x);
        MemorySegment out = CpuOperations.memory(y);
        int columns = x.columns();
        recording.ranges(
            x.rows(), columns, (from, to) -> k.sign(in, out, from * columns, to * columns));
      }
      case PepitaOperation.Centre(var x) -> {
        Kernels k = recording.kernels(x);
        MemorySegment values = CpuOperations.memory(x);
        int rows = x.rows();
        int columns = x.columns();
        long elements = x.elements();
        recording.add(
            new CpuOperation.RowSums(
                rows,
                1,
                rows,
                2 * elements,
                (row, sums) -> sums[row] = sum(k, values, row, columns),
                sums -> {
                  addUp(sums, rows, 1);
                  sums[0] /= elements;
                },
                (from, to, sums) ->
                    k.shift(-sums[0], values, (long) from * columns, (long) to * columns)));
      }
      case PepitaOperation.Rescale(var deviation, var exponent, var reference, var x) -> {
        Kernels k = recording.kernels(x);
        MemorySegment of = CpuOperations.memory(reference);
        MemorySegment values = CpuOperations.memory(x);
        int rows = reference.rows();
        int columns = reference.columns();
        long elements = reference.elements();
        int width = x.columns();
        recording.add(
            new CpuOperation.RowSums(
                rows,
                2,
                x.rows(),
                elements + x.elements(),
                (row, sums) -> {
                  // Around the row's own mean, so that nothing cancels.
                  double mean = sum(k, of, row, columns) / columns;
                  sums[2 * row] = mean;
                  sums[2 * row + 1] =
                      k.sumOfSquaredDeviations(
                          mean, of, (long) row * columns, (row + 1L) * columns);
                },
                sums -> {
                  double mean = 0;
                  for (int row = 0; row < rows; row++) {
                    mean += sums[2 * row] / rows;
                  }
                  double squares = 0;
                  for (int row = 0; row < rows; row++) {
                    double away = sums[2 * row] - mean;
                    squares += sums[2 * row + 1] + columns * away * away;
                  }
                  double s = Math.sqrt(squares / elements);
                  sums[0] = s == 0 ? 1 : Math.pow(deviation / s, exponent);
                },
                (from, to, sums) ->
                    k.scale(sums[0], values, (long) from * width, (long) to * width)));
      }
    }
  }

  // Adds the sums of all rows, of which there are some for each, to those of row 0.
  private static void addUp(double[] sums, int rows, int each) {
    for (int row = 1; row < rows; row++) {
      for (int i = 0; i < each; i++) {
        sums[i] += sums[row * each + i];
      }
    }
  }

  private static double sum(Kernels k, MemorySegment x, int row, int columns) {
    return k.sum(x, (long) row * columns, (row + 1L) * columns);
  }
}
