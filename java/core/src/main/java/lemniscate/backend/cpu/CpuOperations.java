package lemniscate.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.backend.Gemm;
import lemniscate.backend.GoodnessPasses;
import lemniscate.backend.LayerPasses;
import lemniscate.backend.Loss;
import lemniscate.backend.LossPasses;
import lemniscate.backend.Operations;
import lemniscate.backend.PcPasses;
import lemniscate.backend.PepitaPasses;
import lemniscate.backend.TargetPasses;
import lemniscate.backend.UpdatePasses;
import lemniscate.random.NormalStream;
import lemniscate.tensor.DType;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Recording of the CPU backend: turns operations into loops over native memory. */
final class CpuOperations implements Operations {

  /** Elements that are drawn at a time, so that they stay in the first-level cache. */
  private static final long BLOCK = 1024;

  private final MatrixProduct engine;
  private final KernelChoice kernels;
  private final List<CpuOperation> recorded = new ArrayList<>();

  /** Of each recorded operation. */
  private final List<Touched> touched = new ArrayList<>();

  private final List<CpuArena> arenas = new ArrayList<>();

  /** By the operation that is being recorded. */
  private Touched present = new Touched();

  CpuOperations(MatrixProduct engine, KernelChoice kernels) {
    this.engine = engine;
    this.kernels = kernels;
  }

  /**
   * What an operation may read or write.
   *
   * @param operands all of it; empty where that is not known
   * @param results those of them that are not known to be only read
   */
  private record Touched(List<Tensor> operands, List<Tensor> results) {
    Touched() {
      this(new ArrayList<>(), new ArrayList<>());
    }

    void add(Touched other) {
      operands.addAll(other.operands);
      results.addAll(other.results);
    }

    boolean reaches(Tensor tensor) {
      return operands.stream().anyMatch(tensor::overlaps);
    }

    boolean writes(Tensor tensor) {
      return results.stream().anyMatch(tensor::overlaps);
    }
  }

  /** Kernels by element type. */
  interface KernelChoice {
    Kernels of(DType dtype);
  }

  List<CpuOperation> recorded() {
    return recorded;
  }

  /** Of each recorded operation what it may read or write; empty where that is not known. */
  List<List<Tensor>> touched() {
    return touched.stream().map(Touched::operands).toList();
  }

  /** Arenas whose memory the recording uses. */
  List<CpuArena> arenas() {
    return arenas;
  }

  static double scalar(MemorySegment scalar) {
    return scalar.get(ValueLayout.JAVA_DOUBLE, 0);
  }

  static void setScalar(MemorySegment scalar, double value) {
    scalar.set(ValueLayout.JAVA_DOUBLE, 0, value);
  }

  /** The memory of an operand of the operation that is being recorded. */
  MemorySegment memory(Tensor tensor) {
    present.results.add(tensor);
    return reading(tensor);
  }

  /** The memory of an operand that is not written. */
  private MemorySegment reading(Tensor tensor) {
    CpuArena owner = OffHeapStorage.of(tensor).owner();
    if (!arenas.contains(owner)) {
      arenas.add(owner);
    }
    present.operands.add(tensor);
    return OffHeapStorage.segment(tensor);
  }

  private @Nullable MemorySegment memoryOrNull(@Nullable Tensor tensor) {
    return tensor == null ? null : memory(tensor);
  }

  /** Loops over a tensor's element type. */
  Kernels kernels(Tensor tensor) {
    return kernels.of(tensor.dtype());
  }

  private void add(CpuOperation operation) {
    recorded.add(operation);
    touched.add(present);
    present = new Touched();
  }

  // Those of the operation that is being recorded are an earlier one's as well.
  private void presentTo(int operation) {
    touched.get(operation).add(present);
    present = new Touched();
  }

  // Neighbours that allow it become one operation: the threads meet once.
  private void addElementwise(long count, long work, int batch, CpuOperation.Range range) {
    var next = new CpuOperation.Elementwise(count, work, batch, range, present.operands);
    if (!recorded.isEmpty()
        && recorded.getLast() instanceof CpuOperation.Elementwise previous
        && previous.join(next)) {
      presentTo(recorded.size() - 1);
    } else {
      add(next);
    }
  }

  /** Enqueues something short that one thread does. */
  void sequential(Runnable action) {
    add(new CpuOperation.Sequential(action));
  }

  /**
   * Enqueues a loop that the threads share.
   *
   * @param count number of indices
   * @param work elements that one index stands for, at least 2
   */
  void ranges(long count, long work, CpuOperation.Range range) {
    addElementwise(count, work, 0, range);
  }

  /** Enqueues sums over rows and what is made of them. */
  void rowSums(CpuOperation.RowSums operation) {
    add(operation);
  }

  private void elements(Tensor like, CpuOperation.Range range) {
    addElementwise(like.elements(), 1, batch(like), range);
  }

  private void rows(Tensor like, CpuOperation.Range range) {
    addElementwise(like.rows(), like.columns(), batch(like), range);
  }

  // Rows of the operands, unless one has the same elements in another shape.
  private int batch(Tensor like) {
    boolean sameRows =
        present.operands.stream()
            .allMatch(t -> t.elements() != like.elements() || t.rows() == like.rows());
    return sameRows ? like.rows() : 0;
  }

  // ---------------------------------------------------------------- primitives

  @Override
  public void gemms(List<Gemm> independent) {
    for (Gemm gemm : independent) {
      reading(gemm.a());
      reading(gemm.b());
      memory(gemm.c());
    }
    if (!independent.isEmpty()) {
      add(new Products(engine, independent));
    }
  }

  @Override
  public void fill(Tensor x, double value) {
    Kernels k = kernels(x);
    MemorySegment xs = memory(x);
    elements(x, (from, to) -> k.fill(value, xs, from, to));
  }

  @Override
  public void copy(Tensor source, Tensor target) {
    MemorySegment from = memory(source);
    MemorySegment to = memory(target);
    long bytes = source.dtype().bytes();
    elements(
        source,
        (first, end) ->
            MemorySegment.copy(from, first * bytes, to, first * bytes, (end - first) * bytes));
  }

  @Override
  public void scale(double factor, Tensor x) {
    Kernels k = kernels(x);
    MemorySegment xs = memory(x);
    elements(x, (from, to) -> k.scale(factor, xs, from, to));
  }

  @Override
  public void axpy(double factor, Tensor x, Tensor y) {
    Kernels k = kernels(x);
    MemorySegment xs = memory(x);
    MemorySegment ys = memory(y);
    elements(y, (from, to) -> k.axpy(factor, xs, ys, from, to));
  }

  @Override
  public void axpy(double factor, Tensor scalar, Tensor x, Tensor y) {
    Kernels k = kernels(x);
    MemorySegment s = reading(scalar);
    MemorySegment xs = memory(x);
    MemorySegment ys = memory(y);
    elements(y, (from, to) -> k.axpy(factor * scalar(s), xs, ys, from, to));
  }

  @Override
  public void multiply(Tensor x, Tensor y) {
    Kernels k = kernels(x);
    MemorySegment xs = memory(x);
    MemorySegment ys = memory(y);
    elements(y, (from, to) -> k.multiply(xs, ys, from, to));
  }

  @Override
  public void addRow(Tensor row, Tensor y) {
    Kernels k = kernels(y);
    MemorySegment bias = memory(row);
    MemorySegment ys = memory(y);
    int columns = y.columns();
    rows(y, (from, to) -> k.addRow(bias, ys, columns, from, to));
  }

  @Override
  public void columnSum(double factor, Tensor x, Tensor out) {
    Kernels k = kernels(x);
    MemorySegment xs = memory(x);
    MemorySegment sums = memory(out);
    int rows = x.rows();
    int columns = x.columns();
    // Columns are counted as elements, so that parts start at cache lines.
    addElementwise(
        columns, 1, 0, (from, to) -> k.columnSum(factor, xs, rows, columns, sums, from, to));
  }

  @Override
  public void sumOfSquares(double factor, Tensor x, boolean accumulate, Tensor total) {
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

  @Override
  public void activation(Activation activation, Tensor u, Tensor h) {
    Kernels k = kernels(u);
    MemorySegment us = memory(u);
    MemorySegment hs = memory(h);
    elements(u, (from, to) -> k.activation(activation, us, hs, from, to));
  }

  @Override
  public void activationDerivative(Activation activation, Tensor u, Tensor h, Tensor derivative) {
    Kernels k = kernels(u);
    MemorySegment us = memory(u);
    MemorySegment hs = memory(h);
    MemorySegment ds = memory(derivative);
    elements(u, (from, to) -> k.activationDerivative(activation, us, hs, ds, from, to));
  }

  @Override
  public void activationDifference(
      Activation activation, Tensor u, Tensor h, Tensor z, Tensor difference, Tensor derivative) {
    Kernels k = kernels(u);
    MemorySegment us = memory(u);
    MemorySegment hs = memory(h);
    MemorySegment zs = memory(z);
    MemorySegment differences = memory(difference);
    MemorySegment ds = memory(derivative);
    elements(
        u, (from, to) -> k.activationDifference(activation, us, hs, zs, differences, ds, from, to));
  }

  @Override
  public void softmax(Tensor x, Tensor out) {
    Kernels k = kernels(x);
    MemorySegment xs = memory(x);
    MemorySegment outs = memory(out);
    int columns = x.columns();
    rows(x, (from, to) -> k.softmax(xs, outs, columns, from, to));
  }

  @Override
  public void randomNormal(long seed, long stream, double standardDeviation, Tensor x) {
    Kernels k = kernels(x);
    MemorySegment xs = memory(x);
    NormalStream normals = new NormalStream(seed, stream);
    elements(
        x,
        (from, to) -> {
          double[] block = new double[(int) Math.min(BLOCK, to - from)];
          for (long at = from; at < to; at += block.length) {
            int count = (int) Math.min(block.length, to - at);
            normals.fill(at, block, 0, count);
            for (int i = 0; i < count; i++) {
              k.set(xs, at + i, standardDeviation * block[i]);
            }
          }
        });
  }

  @Override
  public void randomNormal(
      long seed, long stream, Tensor counter, double standardDeviation, Tensor x) {
    MemorySegment number = reading(counter);
    MemorySegment xs = memory(x);
    add(
        new CpuOperation.Normals(
            seed, stream, number, standardDeviation, x.elements(), xs, kernels(x)));
  }

  // ---------------------------------------------------------------- passes

  @Override
  public LayerPasses layer() {
    return new Layer();
  }

  @Override
  public LossPasses loss() {
    return new Losses();
  }

  @Override
  public PcPasses pc() {
    return new Pc();
  }

  @Override
  public TargetPasses target() {
    return new CpuTargetPasses(this, engine);
  }

  @Override
  public PepitaPasses pepita() {
    return new CpuPepitaPasses(this);
  }

  @Override
  public GoodnessPasses goodness() {
    return new CpuGoodnessPasses(this);
  }

  @Override
  public UpdatePasses update() {
    return new Updates();
  }

  private final class Layer implements LayerPasses {
    @Override
    public Operations operations() {
      return CpuOperations.this;
    }

    @Override
    public void activate(Activation activation, Tensor u, @Nullable Tensor bias, Tensor h) {
      if (bias == null) {
        activation(activation, u, h);
        return;
      }
      Kernels k = kernels(u);
      MemorySegment us = memory(u);
      MemorySegment bs = memory(bias);
      MemorySegment hs = memory(h);
      int columns = u.columns();
      rows(u, (from, to) -> k.activate(activation, us, bs, hs, columns, from, to));
    }

    @Override
    public void gate(Activation activation, Tensor u, Tensor h, Tensor displacement, Tensor gated) {
      Kernels k = kernels(u);
      MemorySegment us = memory(u);
      MemorySegment hs = memory(h);
      MemorySegment ds = memory(displacement);
      MemorySegment gs = memory(gated);
      elements(u, (from, to) -> k.gate(activation, us, hs, ds, gs, from, to));
    }
  }

  private final class Pc implements PcPasses {
    @Override
    public Operations operations() {
      return CpuOperations.this;
    }

    @Override
    public void predictionError(
        Activation activation,
        Tensor u,
        Tensor h,
        Tensor z,
        Tensor displacement,
        Tensor error,
        Tensor gated) {
      Kernels k = kernels(u);
      MemorySegment us = memory(u);
      MemorySegment hs = memory(h);
      MemorySegment zs = memory(z);
      MemorySegment ds = memory(displacement);
      MemorySegment es = memory(error);
      MemorySegment gs = memory(gated);
      elements(u, (from, to) -> k.predictionError(activation, us, hs, zs, ds, es, gs, from, to));
    }

    @Override
    public void stateGradient(double precision, Tensor error, @Nullable Tensor gate, Tensor back) {
      Kernels k = kernels(back);
      MemorySegment es = memory(error);
      MemorySegment gs = memoryOrNull(gate);
      MemorySegment bs = memory(back);
      elements(back, (from, to) -> k.stateGradient(precision, es, gs, bs, from, to));
    }

    @Override
    public void relaxState(
        double precision,
        Tensor error,
        @Nullable Tensor gate,
        Tensor back,
        Tensor rate,
        Tensor displacement) {
      Kernels k = kernels(back);
      MemorySegment es = memory(error);
      MemorySegment gs = memoryOrNull(gate);
      MemorySegment bs = memory(back);
      MemorySegment r = reading(rate);
      MemorySegment ds = memory(displacement);
      elements(back, (from, to) -> k.relaxState(precision, es, gs, bs, scalar(r), ds, from, to));
    }

    @Override
    public void relaxError(
        double precision, Tensor back, Tensor derivative, Tensor rate, Tensor error, Tensor gated) {
      Kernels k = kernels(back);
      MemorySegment bs = memory(back);
      MemorySegment ds = memory(derivative);
      MemorySegment r = reading(rate);
      MemorySegment es = memory(error);
      MemorySegment gs = memory(gated);
      elements(back, (from, to) -> k.relaxError(precision, bs, ds, scalar(r), es, gs, from, to));
    }
  }

  private final class Losses implements LossPasses {
    @Override
    public void outputError(
        Loss loss,
        Tensor output,
        Tensor shift,
        Tensor target,
        Tensor error,
        @Nullable Tensor total) {
      record(loss, output, shift, target, error, total);
    }

    @Override
    public void outputError(
        Loss loss, Tensor output, Tensor target, Tensor error, @Nullable Tensor total) {
      record(loss, output, null, target, error, total);
    }

    private void record(
        Loss loss,
        Tensor output,
        @Nullable Tensor shift,
        Tensor target,
        Tensor error,
        @Nullable Tensor total) {
      Kernels k = kernels(output);
      MemorySegment f = memory(output);
      MemorySegment z = memoryOrNull(shift);
      MemorySegment y = memory(target);
      MemorySegment e = memory(error);
      int columns = output.columns();
      int rows = output.rows();
      if (loss == Loss.MSE) {
        elements(output, (from, to) -> k.residual(y, f, z, e, from, to));
        if (total != null) {
          sumOfSquares(0.5, error, false, total);
        }
      } else if (total == null) {
        rows(output, (from, to) -> k.crossEntropy(false, f, z, y, e, columns, from, to));
      } else {
        // The output is narrow: one thread, and the sum in the order of the rows.
        MemorySegment sum = memory(total);
        add(
            new CpuOperation.Sequential(
                () -> setScalar(sum, k.crossEntropy(true, f, z, y, e, columns, 0, rows))));
      }
    }
  }

  private final class Updates implements UpdatePasses {
    @Override
    public void advance(Tensor counter) {
      MemorySegment c = memory(counter);
      add(new CpuOperation.Sequential(() -> setScalar(c, scalar(c) + 1)));
    }

    @Override
    public void sgd(Tensor gradient, Tensor rate, double rateFactor, double decay, Tensor weight) {
      if (descends(gradient, rate, rateFactor, decay, weight)) {
        return;
      }
      Kernels k = kernels(weight);
      MemorySegment g = memory(gradient);
      MemorySegment r = reading(rate);
      MemorySegment w = memory(weight);
      elements(
          weight,
          (from, to) -> {
            double step = rateFactor * scalar(r);
            k.sgd(1 - step * decay, step, g, w, from, to);
          });
    }

    // If the gradient is a product that nothing else has touched since, the product takes the step.
    private boolean descends(
        Tensor gradient, Tensor rate, double rateFactor, double decay, Tensor weight) {
      int last = recorded.size() - 1;
      for (; last >= 0 && !touched.get(last).reaches(gradient); last--) {
        Touched between = touched.get(last);
        if (between.operands.isEmpty() || between.reaches(weight) || between.writes(rate)) {
          return false;
        }
      }
      if (last < 0
          || !(recorded.get(last) instanceof Products products)
          || touched.get(last).reaches(weight)
          || touched.get(last).operands.stream().filter(gradient::overlaps).count() != 1) {
        return false;
      }
      for (Gemm gemm : products.gemms()) {
        if (gemm.beta() == 0 && gemm.c().isSameView(gradient)) {
          Descent descent = new Descent(gemm, reading(rate), rateFactor, decay);
          memory(weight);
          recorded.set(last, products.descending(descent, weight));
          presentTo(last);
          return true;
        }
      }
      return false;
    }

    @Override
    public void momentum(
        Tensor gradient,
        Tensor rate,
        double rateFactor,
        double decay,
        double momentum,
        Tensor velocity,
        Tensor weight) {
      Kernels k = kernels(weight);
      MemorySegment g = memory(gradient);
      MemorySegment r = reading(rate);
      MemorySegment v = memory(velocity);
      MemorySegment w = memory(weight);
      elements(
          weight,
          (from, to) -> {
            double step = rateFactor * scalar(r);
            k.momentum(1 - step * decay, step, momentum, g, v, w, from, to);
          });
    }

    @Override
    public void adam(
        Tensor gradient,
        Tensor rate,
        double rateFactor,
        double decay,
        AdamCoefficients coefficients,
        Tensor counter,
        Tensor firstMoment,
        Tensor secondMoment,
        Tensor weight) {
      Kernels k = kernels(weight);
      MemorySegment g = memory(gradient);
      MemorySegment r = reading(rate);
      MemorySegment t = reading(counter);
      MemorySegment m = memory(firstMoment);
      MemorySegment v = memory(secondMoment);
      MemorySegment w = memory(weight);
      double beta1 = coefficients.beta1();
      double beta2 = coefficients.beta2();
      double epsilon = coefficients.epsilon();
      elements(
          weight,
          (from, to) -> {
            double step = rateFactor * scalar(r);
            double firstCorrection = 1 / (1 - Math.pow(beta1, scalar(t)));
            double secondCorrection = 1 / (1 - Math.pow(beta2, scalar(t)));
            k.adam(
                1 - step * decay,
                step * firstCorrection,
                beta1,
                beta2,
                secondCorrection,
                epsilon,
                g,
                m,
                v,
                w,
                from,
                to);
          });
    }
  }
}
