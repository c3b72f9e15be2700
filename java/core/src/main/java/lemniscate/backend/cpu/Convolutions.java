package lemniscate.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import lemniscate.backend.ImageOperation;
import lemniscate.backend.Operand;
import lemniscate.backend.Operation;
import lemniscate.backend.Window;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Convolutions of a recording without matrices of patches. A weight that several of them read while
 * it stays the same, as in a relaxation, is packed once, before the first; others are packed when
 * they are used, all into the same memory.
 */
final class Convolutions {

  /** Values of a window's row below which patches were measured to be summed quicker as a whole. */
  private static final int LEAST_ROW = 8;

  private final NativePanels[] byThread;
  private final Map<Operation, Run> runs;
  private final MemorySegment room;

  /**
   * Takes memory for the weights that are packed once, and for the largest of the others.
   *
   * @param byThread panels, with the room that each thread needs
   * @param recording all operations
   * @param arena where the panels go
   */
  Convolutions(NativePanels[] byThread, List<Operation> recording, CpuArena arena) {
    this.byThread = byThread;
    Search search = new Search(byThread[0], recording);
    this.runs = search.byOperation;
    long shared = search.shared();
    this.room = shared == 0 ? MemorySegment.NULL : PackedWeight.room(shared, arena);
    search.once().forEach(run -> run.room = PackedWeight.room(run.elements, arena));
  }

  /** Elements that a recording's weights need. */
  static long elements(NativePanels[] byThread, List<Operation> recording) {
    Search search = new Search(byThread[0], recording);
    return search.once().mapToLong(run -> run.elements).sum() + search.shared();
  }

  /** Convolutions with one weight, in one direction, up to where it may change. */
  private static final class Run {
    private final Tensor weight;
    private final boolean forward;
    private final long elements;
    private int uses;
    private MemorySegment room = MemorySegment.NULL;
    private boolean packed;

    Run(Tensor weight, boolean forward, long elements) {
      this.weight = weight;
      this.forward = forward;
      this.elements = elements;
    }
  }

  /** Finds the runs of a recording. */
  private static final class Search {
    private final NativePanels panels;
    private final Map<Operation, Run> byOperation = new IdentityHashMap<>();
    private final List<Run> all = new ArrayList<>();
    private final List<Run> open = new ArrayList<>();

    Search(NativePanels panels, List<Operation> recording) {
      this.panels = panels;
      for (Operation operation : recording) {
        if (isQuicker(operation)) {
          use(operation);
        }
        for (Operand operand : operation.operands()) {
          Tensor tensor = operand.tensor();
          if (tensor != null && operand.access() != Operand.Access.READS) {
            open.removeIf(run -> run.weight.overlaps(tensor));
          }
        }
      }
    }

    private void use(Operation operation) {
      switch (operation) {
        case ImageOperation.Convolve pass ->
            use(pass, pass.weight(), true, pass.window().patch(), pass.weight().rows());
        case ImageOperation.ConvolveBack pass ->
            use(pass, pass.weight(), false, pass.weight().rows(), pass.window().patch());
        default -> {
          // A gradient has no weight to pack.
        }
      }
    }

    private void use(Operation operation, Tensor weight, boolean forward, int k, int n) {
      Run run = null;
      for (Run candidate : open) {
        if (candidate.forward == forward && candidate.weight.isSameView(weight)) {
          run = candidate;
        }
      }
      if (run == null) {
        run = new Run(weight, forward, panels.elements(k, n));
        open.add(run);
        all.add(run);
      }
      run.uses++;
      byOperation.put(operation, run);
    }

    Stream<Run> once() {
      return all.stream().filter(run -> run.uses > 1);
    }

    long shared() {
      return all.stream()
          .filter(run -> run.uses == 1)
          .mapToLong(run -> run.elements)
          .max()
          .orElse(0);
    }
  }

  // Operations come in the order in which they run. Between two of a run nothing writes the weight,
  // so that whichever comes first packs it for all.
  private MemorySegment roomFor(Operation operation) {
    Run run = Objects.requireNonNull(runs.get(operation), operation.name());
    return run.uses > 1 ? run.room : room;
  }

  private @Nullable PackedWeight packing(
      Operation operation, boolean transpose, int k, int n, Tensor weight) {
    Run run = Objects.requireNonNull(runs.get(operation), operation.name());
    if (run.packed) {
      return null;
    }
    run.packed = run.uses > 1;
    MemorySegment source = CpuOperations.memory(weight);
    return new PackedWeight(transpose, k, n, source, byThread, roomFor(operation));
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
        MemorySegment panels = roomFor(operation);
        yield new Convolution(
            packing(operation, true, window.patch(), out, weight),
            u.rows(),
            flops(window, u.rows(), out),
            (thread, from, to) ->
                byThread[thread].convolve(window, out, alpha, xs, panels, us, from, to));
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
        MemorySegment panels = roomFor(operation);
        yield new Convolution(
            packing(operation, false, out, window.patch(), weight),
            back.rows(),
            flops(window, gated.rows(), out),
            (thread, from, to) ->
                byThread[thread].convolveBack(window, out, alpha, gs, panels, bs, from, to));
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
