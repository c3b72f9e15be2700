package lemniscate.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.util.List;
import lemniscate.backend.ImageOperation;
import lemniscate.backend.Operation;
import lemniscate.backend.Window;

/**
 * Convolutions of a recording without matrices of patches. Their weights are packed before each,
 * all into the same memory: that takes as long as a few places of a batch.
 */
final class Convolutions {

  /** Values of a window's row below which patches were measured to be summed quicker as a whole. */
  private static final int LEAST_ROW = 8;

  private final NativePanels[] byThread;
  private final MemorySegment room;

  /**
   * Takes memory for the largest weight.
   *
   * @param byThread panels, with the room that each thread needs
   * @param recording all operations
   * @param arena where the panels go
   */
  Convolutions(NativePanels[] byThread, List<Operation> recording, CpuArena arena) {
    this.byThread = byThread;
    long elements = elements(byThread, recording);
    this.room = elements == 0 ? MemorySegment.NULL : PackedWeight.room(elements, arena);
  }

  /** Elements that a recording's weights need. */
  static long elements(NativePanels[] byThread, List<Operation> recording) {
    return recording.stream()
        .filter(Convolutions::isQuicker)
        .mapToLong(operation -> elements(byThread[0], operation))
        .max()
        .orElse(0);
  }

  private static long elements(NativePanels panels, Operation operation) {
    return switch (operation) {
      case ImageOperation.Convolve pass ->
          panels.elements(pass.window().patch(), pass.weight().rows());
      case ImageOperation.ConvolveBack pass ->
          panels.elements(pass.weight().rows(), pass.window().patch());
      default -> 0;
    };
  }

  /**
   * Whether an operation is quicker so than by its expansion: one that has patches at all, unless
   * it sums those of few channels.
   */
  static boolean isQuicker(Operation operation) {
    return switch (operation) {
      case ImageOperation.Convolve pass -> !pass.window().isPointwise();
      case ImageOperation.ConvolutionGradient pass -> !pass.window().isPointwise();
      case ImageOperation.ConvolveBack pass ->
          !pass.window().isPointwise()
              && pass.window().width() * pass.window().image().channels() >= LEAST_ROW;
      default -> false;
    };
  }

  /** What is run of an operation that {@linkplain #isQuicker is quicker} so. */
  CpuOperation of(ImageOperation operation) {
    return switch (operation) {
      case ImageOperation.Convolve(var window, var alpha, var x, var weight, _, var u) -> {
        MemorySegment xs = CpuOperations.memory(x);
        MemorySegment us = CpuOperations.memory(u);
        int out = weight.rows();
        MemorySegment ws = CpuOperations.memory(weight);
        yield new Convolution(
            new PackedWeight(true, window.patch(), out, ws, byThread, room),
            u.rows(),
            flops(window, u.rows(), out),
            (thread, from, to) ->
                byThread[thread].convolve(window, out, alpha, xs, room, us, from, to));
      }
      case ImageOperation.ConvolveBack(
              var window,
              var alpha,
              var gated,
              var weight,
              _,
              var back) -> {
        MemorySegment gs = CpuOperations.memory(gated);
        MemorySegment bs = CpuOperations.memory(back);
        int out = weight.rows();
        MemorySegment ws = CpuOperations.memory(weight);
        yield new Convolution(
            new PackedWeight(false, out, window.patch(), ws, byThread, room),
            back.rows(),
            flops(window, gated.rows(), out),
            (thread, from, to) ->
                byThread[thread].convolveBack(window, out, alpha, gs, room, bs, from, to));
      }
      case ImageOperation.ConvolutionGradient(
              var window,
              var alpha,
              var gated,
              var x,
              _,
              var accumulate,
              var gradient) -> {
        MemorySegment gs = CpuOperations.memory(gated);
        MemorySegment xs = CpuOperations.memory(x);
        MemorySegment ds = CpuOperations.memory(gradient);
        int batch = x.rows();
        int out = gradient.rows();
        int panels = byThread[0].count(window.patch());
        double beta = accumulate ? 1 : 0;
        // Cut along the longer side, so that the larger operand is laid out once.
        boolean byRows = out > window.patch();
        yield new Convolution(
            null,
            byRows ? out : panels,
            flops(window, gated.rows(), out),
            (thread, from, to) ->
                byThread[thread].convolutionGradient(
                    window,
                    out,
                    alpha,
                    batch,
                    gs,
                    xs,
                    beta,
                    ds,
                    byRows ? from : 0,
                    byRows ? to : out,
                    byRows ? 0 : from,
                    byRows ? panels : to));
      }
      default -> throw new IllegalArgumentException(operation.name());
    };
  }

  private static double flops(Window window, int places, int out) {
    return 2.0 * places * out * window.patch();
  }
}
