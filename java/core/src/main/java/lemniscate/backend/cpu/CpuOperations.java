package lemniscate.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import lemniscate.backend.Gemm;
import lemniscate.backend.GoodnessOperation;
import lemniscate.backend.ImageOperation;
import lemniscate.backend.LayerOperation;
import lemniscate.backend.Loss;
import lemniscate.backend.LossOperation;
import lemniscate.backend.Operation;
import lemniscate.backend.PcOperation;
import lemniscate.backend.PepitaOperation;
import lemniscate.backend.PrimitiveOperation;
import lemniscate.backend.StandardizationOperation;
import lemniscate.backend.TargetOperation;
import lemniscate.backend.UpdateOperation;
import lemniscate.tensor.DType;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Makes loops over native memory of the operations of a recording, group by group. */
final class CpuOperations {

  private final MatrixProduct engine;
  private final KernelChoice kernels;
  private final CpuPepitaPasses pepita = new CpuPepitaPasses(this);
  private final CpuGoodnessPasses goodness = new CpuGoodnessPasses(this);
  private final CpuImagePasses image = new CpuImagePasses(this);
  private final CpuStandardizationPasses standardization = new CpuStandardizationPasses(this);
  private final CpuUpdatePasses updates = new CpuUpdatePasses(this);
  private final @Nullable Convolutions convolutions;
  private @Nullable CpuTargetPasses target;
  private final List<CpuOperation> lowered = new ArrayList<>();

  /** Operands of the operations that are being lowered. */
  private List<Tensor> present = new ArrayList<>();

  private CpuOperations(
      MatrixProduct engine, KernelChoice kernels, @Nullable Convolutions convolutions) {
    this.engine = engine;
    this.kernels = kernels;
    this.convolutions = convolutions;
  }

  /** Kernels by element type. */
  interface KernelChoice {
    Kernels of(DType dtype);
  }

  /**
   * Lowers a recording.
   *
   * @param convolutions makes those that are not expanded; null where all are
   * @return for each group what is to be run
   */
  static List<Lowered> lower(
      List<OperationGroup> groups,
      MatrixProduct engine,
      KernelChoice kernels,
      @Nullable Convolutions convolutions) {
    CpuOperations lowering = new CpuOperations(engine, kernels, convolutions);
    List<Lowered> all = new ArrayList<>();
    for (OperationGroup group : groups) {
      lowering.lower(group);
      lowering.lowered.forEach(operation -> all.add(new Lowered(group, operation)));
      lowering.lowered.clear();
    }
    return all;
  }

  /** What is run of a group. */
  record Lowered(OperationGroup group, CpuOperation operation) {}

  private void lower(OperationGroup group) {
    present = group.tensors();
    switch (group.operations().getFirst()) {
      case Gemm _ -> add(Products.of(engine, group));
      case TargetOperation.Factor _ -> target().factors(group.operations());
      case Operation single -> lower(single);
    }
  }

  /** Lowers an operation that stands alone. */
  void lower(Operation operation) {
    present = new ArrayList<>(operation.tensors().toList());
    switch (operation) {
      case Gemm product -> lower(OperationGroup.of(product));
      case PrimitiveOperation primitive -> primitive(primitive);
      case LayerOperation pass -> layer(pass);
      case LossOperation pass -> loss(pass);
      case PcOperation pass -> pc(pass);
      case TargetOperation pass -> target().lower(pass);
      case PepitaOperation pass -> pepita.lower(pass);
      case GoodnessOperation pass -> goodness.lower(pass);
      case ImageOperation pass -> image.lower(pass);
      case StandardizationOperation pass -> standardization.lower(pass);
      case UpdateOperation pass -> updates.lower(pass);
    }
  }

  // Made where it is needed: to bind the library's factorisations takes some 20 ms.
  private CpuTargetPasses target() {
    if (target == null) {
      target = new CpuTargetPasses(this, engine);
    }
    return target;
  }

  Convolutions convolutions() {
    return Objects.requireNonNull(convolutions);
  }

  static double scalar(MemorySegment scalar) {
    return scalar.get(ValueLayout.JAVA_DOUBLE, 0);
  }

  static void setScalar(MemorySegment scalar, double value) {
    scalar.set(ValueLayout.JAVA_DOUBLE, 0, value);
  }

  /** The memory of an operand. */
  static MemorySegment memory(Tensor tensor) {
    return OffHeapStorage.segment(tensor);
  }

  private static @Nullable MemorySegment memoryOrNull(@Nullable Tensor tensor) {
    return tensor == null ? null : memory(tensor);
  }

  /** Loops over a tensor's element type. */
  Kernels kernels(Tensor tensor) {
    return kernels.of(tensor.dtype());
  }

  /** Appends what is to be run. */
  void add(CpuOperation operation) {
    lowered.add(operation);
  }

  private void loops(long count, long work, int batch, CpuOperation.Range range) {
    add(new CpuOperation.Elementwise(count, work, batch, range, present));
  }

  /** Appends something short that one thread does. */
  void sequential(Runnable action) {
    add(new CpuOperation.Sequential(action));
  }

  /**
   * Appends a loop that the threads share.
   *
   * @param count number of indices
   * @param work elements that one index stands for, at least 2
   */
  void ranges(long count, long work, CpuOperation.Range range) {
    loops(count, work, 0, range);
  }

  /** Appends a loop over the elements of tensors. */
  void elements(Tensor like, CpuOperation.Range range) {
    loops(like.elements(), 1, batch(like), range);
  }

  /** Appends a loop over the rows of tensors, of which each stands for itself. */
  void rows(Tensor like, CpuOperation.Range range) {
    loops(like.rows(), like.columns(), batch(like), range);
  }

  // Rows of the operands, unless one has the same elements in another shape.
  private int batch(Tensor like) {
    boolean sameRows =
        present.stream().allMatch(t -> t.elements() != like.elements() || t.rows() == like.rows());
    return sameRows ? like.rows() : 0;
  }

  private void primitive(PrimitiveOperation operation) {
    switch (operation) {
      case PrimitiveOperation.Fill(var x, var value) -> {
        Kernels k = kernels(x);
        MemorySegment xs = memory(x);
        elements(x, (from, to) -> k.fill(value, xs, from, to));
      }
      case PrimitiveOperation.Copy(var source, var target) -> {
        MemorySegment from = memory(source);
        MemorySegment to = memory(target);
        long bytes = source.dtype().bytes();
        elements(
            source,
            (first, end) ->
                MemorySegment.copy(from, first * bytes, to, first * bytes, (end - first) * bytes));
      }
      case PrimitiveOperation.Scale(var factor, var x) -> {
        Kernels k = kernels(x);
        MemorySegment xs = memory(x);
        elements(x, (from, to) -> k.scale(factor, xs, from, to));
      }
      case PrimitiveOperation.Axpy(var factor, var scalar, var x, var y) -> {
        Kernels k = kernels(x);
        MemorySegment s = memoryOrNull(scalar);
        MemorySegment xs = memory(x);
        MemorySegment ys = memory(y);
        elements(
            y, (from, to) -> k.axpy(s == null ? factor : factor * scalar(s), xs, ys, from, to));
      }
      case PrimitiveOperation.Multiply(var x, var y) -> {
        Kernels k = kernels(x);
        MemorySegment xs = memory(x);
        MemorySegment ys = memory(y);
        elements(y, (from, to) -> k.multiply(xs, ys, from, to));
      }
      case PrimitiveOperation.AddRow(var row, var y) -> {
        Kernels k = kernels(y);
        MemorySegment bias = memory(row);
        MemorySegment ys = memory(y);
        int columns = y.columns();
        rows(y, (from, to) -> k.addRow(bias, ys, columns, from, to));
      }
      case PrimitiveOperation.MultiplyRow(var row, var x, var y) -> {
        Kernels k = kernels(y);
        MemorySegment factors = memory(row);
        MemorySegment xs = memory(x);
        MemorySegment ys = memory(y);
        int columns = y.columns();
        rows(y, (from, to) -> k.multiplyRow(factors, xs, ys, columns, from, to));
      }
      case PrimitiveOperation.ColumnSum(var factor, var x, var out) -> {
        Kernels k = kernels(x);
        MemorySegment xs = memory(x);
        MemorySegment sums = memory(out);
        int rows = x.rows();
        int columns = x.columns();
        // Columns are counted as elements, so that parts start at cache lines.
        loops(columns, 1, 0, (from, to) -> k.columnSum(factor, xs, rows, columns, sums, from, to));
      }
      case PrimitiveOperation.SumOfSquares(var factor, var x, var accumulate, var total) -> {
        Kernels k = kernels(x);
        MemorySegment xs = memory(x);
        add(
            new CpuOperation.Sum(
                x.elements(),
                factor,
                accumulate,
                memory(total),
                (from, to) -> k.sumOfSquares(xs, from, to)));
      }
      case PrimitiveOperation.ApplyActivation(var activation, var u, var h) -> {
        Kernels k = kernels(u);
        MemorySegment us = memory(u);
        MemorySegment hs = memory(h);
        elements(u, (from, to) -> k.activation(activation, us, hs, from, to));
      }
      case PrimitiveOperation.ActivationDerivative(
              var activation,
              var u,
              var h,
              var derivative) -> {
        Kernels k = kernels(u);
        MemorySegment us = memory(u);
        MemorySegment hs = memory(h);
        MemorySegment ds = memory(derivative);
        elements(u, (from, to) -> k.activationDerivative(activation, us, hs, ds, from, to));
      }
      case PrimitiveOperation.ActivationDifference(
              var activation,
              var u,
              var h,
              var z,
              var difference,
              var derivative) -> {
        Kernels k = kernels(u);
        MemorySegment us = memory(u);
        MemorySegment hs = memory(h);
        MemorySegment zs = memory(z);
        MemorySegment differences = memory(difference);
        MemorySegment ds = memory(derivative);
        elements(
            u,
            (from, to) ->
                k.activationDifference(activation, us, hs, zs, differences, ds, from, to));
      }
      case PrimitiveOperation.Softmax(var x, var out) -> {
        Kernels k = kernels(x);
        MemorySegment xs = memory(x);
        MemorySegment outs = memory(out);
        int columns = x.columns();
        rows(x, (from, to) -> k.softmax(xs, outs, columns, from, to));
      }
      case PrimitiveOperation.RandomNormal(
              var seed,
              var stream,
              var counter,
              var standardDeviation,
              var x) -> {
        if (counter == null) {
          Kernels k = kernels(x);
          MemorySegment xs = memory(x);
          elements(x, (from, to) -> k.normals(seed, stream, standardDeviation, xs, from, to));
        } else {
          add(
              new CpuOperation.Normals(
                  seed,
                  stream,
                  memory(counter),
                  standardDeviation,
                  x.elements(),
                  memory(x),
                  kernels(x)));
        }
      }
    }
  }

  private void layer(LayerOperation operation) {
    switch (operation) {
      case LayerOperation.Activate(var activation, var u, var bias, var h) -> {
        if (bias == null) {
          operation.expansion().forEach(this::lower);
          return;
        }
        Kernels k = kernels(u);
        MemorySegment us = memory(u);
        MemorySegment bs = memory(bias);
        MemorySegment hs = memory(h);
        int columns = u.columns();
        rows(u, (from, to) -> k.activate(activation, us, bs, hs, columns, from, to));
      }
      case LayerOperation.Gate(var activation, var u, var h, var displacement, var gated) -> {
        Kernels k = kernels(u);
        MemorySegment us = memory(u);
        MemorySegment hs = memory(h);
        MemorySegment ds = memory(displacement);
        MemorySegment gs = memory(gated);
        elements(u, (from, to) -> k.gate(activation, us, hs, ds, gs, from, to));
      }
    }
  }

  private void loss(LossOperation operation) {
    switch (operation) {
      case LossOperation.OutputError(
              var loss,
              var output,
              var shift,
              var target,
              var error,
              var total) -> {
        Kernels k = kernels(output);
        MemorySegment f = memory(output);
        MemorySegment z = memoryOrNull(shift);
        MemorySegment y = memory(target);
        MemorySegment e = memory(error);
        int columns = output.columns();
        int rows = output.rows();
        if (loss == Loss.MSE) {
          present.remove(total);
          elements(output, (from, to) -> k.residual(y, f, z, e, from, to));
          if (total != null) {
            lower(new PrimitiveOperation.SumOfSquares(0.5, error, false, total));
          }
        } else if (total == null) {
          rows(output, (from, to) -> k.crossEntropy(false, f, z, y, e, columns, from, to));
        } else {
          // The output is narrow: one thread, and the sum in the order of the rows.
          MemorySegment sum = memory(total);
          sequential(() -> setScalar(sum, k.crossEntropy(true, f, z, y, e, columns, 0, rows)));
        }
      }
    }
  }

  private void pc(PcOperation operation) {
    switch (operation) {
      case PcOperation.PredictionError(
              var activation,
              var u,
              var h,
              var z,
              var displacement,
              var error,
              var gated) -> {
        Kernels k = kernels(u);
        MemorySegment us = memory(u);
        MemorySegment hs = memory(h);
        MemorySegment zs = memory(z);
        MemorySegment ds = memory(displacement);
        MemorySegment es = memory(error);
        MemorySegment gs = memory(gated);
        elements(u, (from, to) -> k.predictionError(activation, us, hs, zs, ds, es, gs, from, to));
      }
      case PcOperation.StateGradient(var precision, var error, var gate, var back) -> {
        Kernels k = kernels(back);
        MemorySegment es = memory(error);
        MemorySegment gs = memoryOrNull(gate);
        MemorySegment bs = memory(back);
        elements(back, (from, to) -> k.stateGradient(precision, es, gs, bs, from, to));
      }
      case PcOperation.RelaxState(
              var precision,
              var error,
              var gate,
              var back,
              var rate,
              var displacement) -> {
        Kernels k = kernels(back);
        MemorySegment es = memory(error);
        MemorySegment gs = memoryOrNull(gate);
        MemorySegment bs = memory(back);
        MemorySegment r = memory(rate);
        MemorySegment ds = memory(displacement);
        elements(back, (from, to) -> k.relaxState(precision, es, gs, bs, scalar(r), ds, from, to));
      }
      case PcOperation.RelaxError(
              var precision,
              var back,
              var derivative,
              var rate,
              var error,
              var gated) -> {
        Kernels k = kernels(back);
        MemorySegment bs = memory(back);
        MemorySegment ds = memory(derivative);
        MemorySegment r = memory(rate);
        MemorySegment es = memory(error);
        MemorySegment gs = memory(gated);
        elements(back, (from, to) -> k.relaxError(precision, bs, ds, scalar(r), es, gs, from, to));
      }
    }
  }
}
