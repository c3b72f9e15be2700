package lemniscate.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.backend.Window;
import lemniscate.tensor.DType;
import org.jspecify.annotations.Nullable;

/**
 * {@link Kernels} in C, of native/cpu. Every operand is checked here to be native memory as long as
 * the loop reaches; C gets addresses alone. Long because it has every loop once.
 */
final class NativeKernels implements Kernels {

  // All loops have one signature: six factors, six operands, rows, columns, and from and to. Those
  // that are no sum return 0.
  private static final MethodHandle LOOP =
      Linker.nativeLinker()
          .downcallHandle(
              FunctionDescriptor.of(
                  JAVA_DOUBLE,
                  IntStream.range(0, 16)
                      .mapToObj(i -> i < 6 ? JAVA_DOUBLE : JAVA_LONG)
                      .toArray(MemoryLayout[]::new)));

  // Those over images: five operands, the window, and from and to.
  private static final MethodHandle IMAGE_LOOP =
      Linker.nativeLinker()
          .downcallHandle(
              FunctionDescriptor.ofVoid(
                  Stream.generate(() -> JAVA_LONG).limit(14).toArray(MemoryLayout[]::new)));

  private static final Activation[] ACTIVATIONS = Activation.values();
  private static final int PASSES = Pass.values().length;

  /** The loops that know no activation; in C in lower case. */
  private enum Loop {
    FILL,
    SCALE,
    SHIFT,
    AXPY,
    MULTIPLY,
    SIGN,
    ADD_ROW,
    MULTIPLY_ROW,
    COLUMN_SUM,
    SUM,
    SUM_OF_SQUARES,
    SUM_OF_SQUARED_DEVIATIONS,
    SUM_OF_MOVED_SQUARES,
    SUM_OF_CHANGE,
    STATE_GRADIENT,
    RELAX_STATE,
    RELAX_ERROR,
    RESIDUAL,
    EXPONENTIAL,
    SOFTMAX,
    CROSS_ENTROPY,
    STANDARDIZE,
    STANDARDIZED_DIFFERENCE,
    STANDARDIZE_BACK,
    SGD,
    MOMENTUM,
    ADAM,
    NORMALS
  }

  /** The loops over images; in C in lower case. */
  private enum ImageLoop {
    PATCHES,
    SUM_PATCHES,
    AVERAGE_POOL,
    AVERAGE_POOL_BACK,
    MAX_POOL,
    MAX_POOL_DIFFERENCE,
    MAX_POOL_BACK
  }

  /** The loops of each activation; in C in lower case behind its name. */
  private enum Pass {
    VALUE,
    ACTIVATE,
    DERIVATIVE,
    GATE,
    DIFFERENCE,
    PREDICTION_ERROR
  }

  private final boolean single;
  private final int bytes;
  private final MemorySegment[] loops;
  private final MemorySegment[] imageLoops;

  /** All passes of one activation after those of another. */
  private final MemorySegment[] passes;

  NativeKernels(NativeCode code, DType dtype) {
    this.single = dtype == DType.FLOAT32;
    this.bytes = dtype.bytes();
    this.loops =
        Stream.of(Loop.values())
            .map(loop -> code.function(dtype, name(loop)))
            .toArray(MemorySegment[]::new);
    this.imageLoops =
        Stream.of(ImageLoop.values())
            .map(loop -> code.function(dtype, name(loop)))
            .toArray(MemorySegment[]::new);
    this.passes =
        Stream.of(ACTIVATIONS)
            .flatMap(
                activation -> Stream.of(Pass.values()).map(p -> name(activation) + "_" + name(p)))
            .map(name -> code.function(dtype, name))
            .toArray(MemorySegment[]::new);
  }

  private static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private MemorySegment of(Loop loop) {
    return loops[loop.ordinal()];
  }

  private MemorySegment of(Activation activation, Pass pass) {
    return passes[activation.ordinal() * PASSES + pass.ordinal()];
  }

  // The address of an operand of which that many elements are reached; 0 of none.
  private long at(@Nullable MemorySegment x, long elements) {
    return x == null ? 0 : NativeMemory.address(x, Math.multiplyExact(elements, bytes));
  }

  private static double call(
      MemorySegment function,
      double s0,
      double s1,
      double s2,
      double s3,
      double s4,
      double s5,
      long x0,
      long x1,
      long x2,
      long x3,
      long x4,
      long x5,
      long rows,
      long columns,
      long from,
      long to) {
    Objects.checkFromToIndex(from, to, Long.MAX_VALUE);
    try {
      return (double)
          LOOP.invokeExact(
              function, s0, s1, s2, s3, s4, s5, x0, x1, x2, x3, x4, x5, rows, columns, from, to);
    } catch (Throwable e) {
      throw new IllegalStateException("a loop in C", e);
    }
  }

  // A loop over elements of operands, some of which may be none.
  private double elements(
      MemorySegment function,
      double s0,
      double s1,
      @Nullable MemorySegment x0,
      @Nullable MemorySegment x1,
      @Nullable MemorySegment x2,
      @Nullable MemorySegment x3,
      long from,
      long to) {
    return call(
        function,
        s0,
        s1,
        0,
        0,
        0,
        0,
        at(x0, to),
        at(x1, to),
        at(x2, to),
        at(x3, to),
        0,
        0,
        0,
        0,
        from,
        to);
  }

  // A loop over rows, or columns, of operands whose lengths are checked already.
  private double matrix(
      Loop loop,
      double s0,
      long x0,
      long x1,
      long x2,
      long x3,
      long rows,
      long columns,
      long from,
      long to) {
    return call(of(loop), s0, 0, 0, 0, 0, 0, x0, x1, x2, x3, 0, 0, rows, columns, from, to);
  }

  // A loop over images of operands whose lengths are checked already.
  private void images(
      ImageLoop loop,
      Window window,
      long x0,
      long x1,
      long x2,
      long x3,
      long x4,
      long from,
      long to) {
    Objects.checkFromToIndex(from, to, Long.MAX_VALUE);
    try {
      IMAGE_LOOP.invokeExact(
          imageLoops[loop.ordinal()],
          x0,
          x1,
          x2,
          x3,
          x4,
          (long) window.image().height(),
          (long) window.image().width(),
          (long) window.image().channels(),
          (long) window.height(),
          (long) window.width(),
          (long) window.stride(),
          (long) window.padding(),
          from,
          to);
    } catch (Throwable e) {
      throw new IllegalStateException("a loop in C", e);
    }
  }

  // Of images, of the results of a pool, and of patches.
  private long image(Window window, MemorySegment x, long to) {
    return at(x, Math.multiplyExact(to, window.image().size()));
  }

  private long pooled(Window window, MemorySegment y, long to) {
    return at(y, Math.multiplyExact(to, (long) window.places() * window.image().channels()));
  }

  private long patched(Window window, MemorySegment patches, long to) {
    return at(patches, Math.multiplyExact(to, (long) window.places() * window.patch()));
  }

  @Override
  public void patches(Window window, MemorySegment x, MemorySegment patches, long from, long to) {
    long xs = image(window, x, to);
    images(ImageLoop.PATCHES, window, xs, patched(window, patches, to), 0, 0, 0, from, to);
  }

  @Override
  public void sumPatches(
      Window window, MemorySegment patches, MemorySegment x, long from, long to) {
    long ps = patched(window, patches, to);
    images(ImageLoop.SUM_PATCHES, window, ps, image(window, x, to), 0, 0, 0, from, to);
  }

  @Override
  public void averagePool(Window window, MemorySegment x, MemorySegment y, long from, long to) {
    long xs = image(window, x, to);
    images(ImageLoop.AVERAGE_POOL, window, xs, pooled(window, y, to), 0, 0, 0, from, to);
  }

  @Override
  public void averagePoolBack(
      Window window, MemorySegment d, MemorySegment back, long from, long to) {
    long ds = pooled(window, d, to);
    images(ImageLoop.AVERAGE_POOL_BACK, window, ds, image(window, back, to), 0, 0, 0, from, to);
  }

  @Override
  public void maxPool(
      Window window, MemorySegment x, MemorySegment y, MemorySegment slot, long from, long to) {
    long xs = image(window, x, to);
    long slots = pooled(window, slot, to);
    images(ImageLoop.MAX_POOL, window, xs, pooled(window, y, to), slots, 0, 0, from, to);
  }

  @Override
  public void maxPoolDifference(
      Window window,
      MemorySegment x,
      MemorySegment y,
      MemorySegment z,
      MemorySegment difference,
      MemorySegment slot,
      long from,
      long to) {
    images(
        ImageLoop.MAX_POOL_DIFFERENCE,
        window,
        image(window, x, to),
        pooled(window, y, to),
        image(window, z, to),
        pooled(window, difference, to),
        pooled(window, slot, to),
        from,
        to);
  }

  @Override
  public void maxPoolBack(
      Window window, MemorySegment slot, MemorySegment d, MemorySegment back, long from, long to) {
    long slots = pooled(window, slot, to);
    long ds = pooled(window, d, to);
    images(ImageLoop.MAX_POOL_BACK, window, slots, ds, image(window, back, to), 0, 0, from, to);
  }

  @Override
  public void fill(double value, MemorySegment x, long from, long to) {
    elements(of(Loop.FILL), value, 0, x, null, null, null, from, to);
  }

  @Override
  public void scale(double factor, MemorySegment x, long from, long to) {
    elements(of(Loop.SCALE), factor, 0, x, null, null, null, from, to);
  }

  @Override
  public void shift(double value, MemorySegment x, long from, long to) {
    elements(of(Loop.SHIFT), value, 0, x, null, null, null, from, to);
  }

  @Override
  public void axpy(double factor, MemorySegment x, MemorySegment y, long from, long to) {
    elements(of(Loop.AXPY), factor, 0, x, y, null, null, from, to);
  }

  @Override
  public void multiply(MemorySegment x, MemorySegment y, long from, long to) {
    elements(of(Loop.MULTIPLY), 0, 0, x, y, null, null, from, to);
  }

  @Override
  public void sign(MemorySegment x, MemorySegment y, long from, long to) {
    elements(of(Loop.SIGN), 0, 0, x, y, null, null, from, to);
  }

  @Override
  public void addRow(MemorySegment bias, MemorySegment y, int columns, long from, long to) {
    long ys = at(y, to * columns);
    matrix(Loop.ADD_ROW, 0, at(bias, columns), ys, 0, 0, 0, columns, from, to);
  }

  @Override
  public void multiplyRow(
      MemorySegment factors, MemorySegment x, MemorySegment y, int columns, long from, long to) {
    long xs = at(x, to * columns);
    long ys = at(y, to * columns);
    matrix(Loop.MULTIPLY_ROW, 0, at(factors, columns), xs, ys, 0, 0, columns, from, to);
  }

  @Override
  public void columnSum(
      double factor,
      MemorySegment x,
      int rows,
      int columns,
      MemorySegment out,
      long from,
      long to) {
    Objects.checkFromToIndex(from, to, columns);
    long xs = at(x, (long) rows * columns);
    matrix(Loop.COLUMN_SUM, factor, xs, at(out, to), 0, 0, rows, columns, from, to);
  }

  @Override
  public double sum(MemorySegment x, long from, long to) {
    return elements(of(Loop.SUM), 0, 0, x, null, null, null, from, to);
  }

  @Override
  public double sumOfSquares(MemorySegment x, long from, long to) {
    return elements(of(Loop.SUM_OF_SQUARES), 0, 0, x, null, null, null, from, to);
  }

  @Override
  public double sumOfSquaredDeviations(double mean, MemorySegment x, long from, long to) {
    return elements(of(Loop.SUM_OF_SQUARED_DEVIATIONS), mean, 0, x, null, null, null, from, to);
  }

  @Override
  public double sumOfMovedSquares(MemorySegment x, MemorySegment move, long from, long to) {
    return elements(of(Loop.SUM_OF_MOVED_SQUARES), 0, 0, x, move, null, null, from, to);
  }

  @Override
  public double sumOfChange(MemorySegment x, MemorySegment move, long from, long to) {
    return elements(of(Loop.SUM_OF_CHANGE), 0, 0, x, move, null, null, from, to);
  }

  @Override
  public void activation(
      Activation activation, MemorySegment u, MemorySegment h, long from, long to) {
    elements(of(activation, Pass.VALUE), 0, 0, u, h, null, null, from, to);
  }

  @Override
  public void activate(
      Activation activation,
      MemorySegment u,
      MemorySegment bias,
      MemorySegment h,
      int columns,
      long from,
      long to) {
    long us = at(u, to * columns);
    long hs = at(h, to * columns);
    long bs = at(bias, columns);
    MemorySegment pass = of(activation, Pass.ACTIVATE);
    call(pass, 0, 0, 0, 0, 0, 0, us, bs, hs, 0, 0, 0, 0, columns, from, to);
  }

  @Override
  public void activationDerivative(
      Activation activation,
      MemorySegment u,
      MemorySegment h,
      MemorySegment derivative,
      long from,
      long to) {
    elements(of(activation, Pass.DERIVATIVE), 0, 0, u, h, derivative, null, from, to);
  }

  @Override
  public void gate(
      Activation activation,
      MemorySegment u,
      MemorySegment h,
      MemorySegment displacement,
      MemorySegment gated,
      long from,
      long to) {
    elements(of(activation, Pass.GATE), 0, 0, u, h, displacement, gated, from, to);
  }

  @Override
  public void activationDifference(
      Activation activation,
      MemorySegment u,
      MemorySegment h,
      MemorySegment z,
      MemorySegment difference,
      MemorySegment derivative,
      long from,
      long to) {
    MemorySegment pass = of(activation, Pass.DIFFERENCE);
    long differences = at(difference, to);
    long gs = at(derivative, to);
    call(
        pass,
        0,
        0,
        0,
        0,
        0,
        0,
        at(u, to),
        at(h, to),
        at(z, to),
        differences,
        gs,
        0,
        0,
        0,
        from,
        to);
  }

  @Override
  public void predictionError(
      Activation activation,
      MemorySegment u,
      MemorySegment h,
      MemorySegment z,
      MemorySegment displacement,
      MemorySegment error,
      MemorySegment gated,
      long from,
      long to) {
    MemorySegment pass = of(activation, Pass.PREDICTION_ERROR);
    long ds = at(displacement, to);
    long es = at(error, to);
    long gs = at(gated, to);
    call(pass, 0, 0, 0, 0, 0, 0, at(u, to), at(h, to), at(z, to), ds, es, gs, 0, 0, from, to);
  }

  @Override
  public void stateGradient(
      double precision,
      MemorySegment error,
      @Nullable MemorySegment gate,
      MemorySegment back,
      long from,
      long to) {
    elements(of(Loop.STATE_GRADIENT), precision, 0, error, gate, back, null, from, to);
  }

  @Override
  public void relaxState(
      double precision,
      MemorySegment error,
      @Nullable MemorySegment gate,
      MemorySegment back,
      double rate,
      MemorySegment state,
      long from,
      long to) {
    elements(of(Loop.RELAX_STATE), precision, rate, error, gate, back, state, from, to);
  }

  @Override
  public void relaxError(
      double precision,
      MemorySegment back,
      MemorySegment derivative,
      double rate,
      MemorySegment error,
      MemorySegment gated,
      long from,
      long to) {
    elements(of(Loop.RELAX_ERROR), precision, rate, back, derivative, error, gated, from, to);
  }

  @Override
  public void residual(
      MemorySegment target,
      MemorySegment output,
      @Nullable MemorySegment shift,
      MemorySegment error,
      long from,
      long to) {
    elements(of(Loop.RESIDUAL), 0, 0, target, output, shift, error, from, to);
  }

  @Override
  public void exponential(MemorySegment x, long from, long to) {
    elements(of(Loop.EXPONENTIAL), 0, 0, x, null, null, null, from, to);
  }

  @Override
  public void softmax(MemorySegment x, MemorySegment out, int columns, long from, long to) {
    long xs = at(x, to * columns);
    matrix(Loop.SOFTMAX, 0, xs, at(out, to * columns), 0, 0, 0, columns, from, to);
  }

  @Override
  public double crossEntropy(
      boolean summed,
      MemorySegment output,
      @Nullable MemorySegment shift,
      MemorySegment target,
      MemorySegment error,
      int columns,
      long from,
      long to) {
    long end = to * columns;
    long ys = at(target, end);
    long es = at(error, end);
    double wanted = summed ? 1 : 0;
    return matrix(
        Loop.CROSS_ENTROPY, wanted, at(output, end), at(shift, end), ys, es, 0, columns, from, to);
  }

  @Override
  public void standardize(
      boolean centred,
      double epsilon,
      MemorySegment x,
      MemorySegment normal,
      MemorySegment deviation,
      int columns,
      long from,
      long to) {
    call(
        of(Loop.STANDARDIZE),
        centred ? 1 : 0,
        epsilon,
        0,
        0,
        0,
        0,
        at(x, to * columns),
        at(normal, to * columns),
        at(deviation, to),
        0,
        0,
        0,
        0,
        columns,
        from,
        to);
  }

  @Override
  public void standardizedDifference(
      boolean centred,
      MemorySegment normal,
      MemorySegment deviation,
      MemorySegment z,
      MemorySegment difference,
      MemorySegment movedDeviation,
      int columns,
      long from,
      long to) {
    call(
        of(Loop.STANDARDIZED_DIFFERENCE),
        centred ? 1 : 0,
        0,
        0,
        0,
        0,
        0,
        at(normal, to * columns),
        at(deviation, to),
        at(z, to * columns),
        at(difference, to * columns),
        at(movedDeviation, to),
        0,
        0,
        columns,
        from,
        to);
  }

  @Override
  public void standardizeBack(
      boolean centred,
      MemorySegment normal,
      MemorySegment deviation,
      MemorySegment d,
      MemorySegment back,
      int columns,
      long from,
      long to) {
    double taken = centred ? 1 : 0;
    long ns = at(normal, to * columns);
    long ds = at(d, to * columns);
    long bs = at(back, to * columns);
    matrix(Loop.STANDARDIZE_BACK, taken, ns, at(deviation, to), ds, bs, 0, columns, from, to);
  }

  @Override
  public void sgd(double keep, double step, MemorySegment g, MemorySegment w, long from, long to) {
    elements(of(Loop.SGD), keep, step, g, w, null, null, from, to);
  }

  @Override
  public void momentum(
      double keep,
      double step,
      double momentum,
      MemorySegment g,
      MemorySegment v,
      MemorySegment w,
      long from,
      long to) {
    MemorySegment loop = of(Loop.MOMENTUM);
    long gs = at(g, to);
    call(loop, keep, step, momentum, 0, 0, 0, gs, at(v, to), at(w, to), 0, 0, 0, 0, 0, from, to);
  }

  @Override
  public void adam(
      double keep,
      double step,
      double beta1,
      double beta2,
      double secondCorrection,
      double epsilon,
      MemorySegment g,
      MemorySegment m,
      MemorySegment v,
      MemorySegment w,
      long from,
      long to) {
    call(
        of(Loop.ADAM),
        keep,
        step,
        beta1,
        beta2,
        secondCorrection,
        epsilon,
        at(g, to),
        at(m, to),
        at(v, to),
        at(w, to),
        0,
        0,
        0,
        0,
        from,
        to);
  }

  @Override
  public void normals(
      long seed, long stream, double deviation, MemorySegment x, long from, long to) {
    call(
        of(Loop.NORMALS),
        deviation,
        0,
        0,
        0,
        0,
        0,
        at(x, to),
        0,
        0,
        0,
        0,
        0,
        seed,
        stream,
        from,
        to);
  }

  @Override
  public double get(MemorySegment x, long index) {
    return single
        ? x.getAtIndex(ValueLayout.JAVA_FLOAT, index)
        : x.getAtIndex(ValueLayout.JAVA_DOUBLE, index);
  }

  @Override
  public void set(MemorySegment x, long index, double value) {
    if (single) {
      x.setAtIndex(ValueLayout.JAVA_FLOAT, index, (float) value);
    } else {
      x.setAtIndex(ValueLayout.JAVA_DOUBLE, index, value);
    }
  }
}
