package lemniscate.backend.cpu;

import static jdk.incubator.vector.VectorOperators.FMA;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import lemniscate.backend.Activation;
import org.jspecify.annotations.Nullable;

/**
 * {@link Kernels} for float in the Vector API. {@code DoubleKernels} is this file with other types;
 * a test compares the two texts. Loops end with one masked round, so that every element goes
 * through the same operations wherever it lies.
 */
final class FloatKernels implements Kernels {

  private static final VectorSpecies<Float> SPECIES = FloatMath.SPECIES;
  static final int LANES = SPECIES.length();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final ValueLayout.OfFloat LAYOUT = ValueLayout.JAVA_FLOAT;
  static final long BYTES = LAYOUT.byteSize();

  /** Elements that several loops in a row find in the first-level cache. */
  private static final long BLOCK = 1024;

  static FloatVector load(MemorySegment x, long i) {
    return FloatVector.fromMemorySegment(SPECIES, x, i * BYTES, ORDER);
  }

  static FloatVector load(MemorySegment x, long i, VectorMask<Float> mask) {
    return FloatVector.fromMemorySegment(SPECIES, x, i * BYTES, ORDER, mask);
  }

  static void store(FloatVector v, MemorySegment x, long i) {
    v.intoMemorySegment(x, i * BYTES, ORDER);
  }

  static void store(FloatVector v, MemorySegment x, long i, VectorMask<Float> mask) {
    v.intoMemorySegment(x, i * BYTES, ORDER, mask);
  }

  static long fullRounds(long from, long to) {
    return to - (to - from) % LANES;
  }

  static VectorMask<Float> tail(long i, long to) {
    return SPECIES.indexInRange(0, to - i);
  }

  @Override
  public void fill(double value, MemorySegment x, long from, long to) {
    FloatVector v = FloatVector.broadcast(SPECIES, (float) value);
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      store(v, x, i);
    }
    if (i < to) {
      store(v, x, i, tail(i, to));
    }
  }

  @Override
  public void scale(double factor, MemorySegment x, long from, long to) {
    float f = (float) factor;
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      store(load(x, i).mul(f), x, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      store(load(x, i, mask).mul(f), x, i, mask);
    }
  }

  @Override
  public void axpy(double factor, MemorySegment x, MemorySegment y, long from, long to) {
    FloatVector f = FloatVector.broadcast(SPECIES, (float) factor);
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      store(load(x, i).lanewise(FMA, f, load(y, i)), y, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      store(load(x, i, mask).lanewise(FMA, f, load(y, i, mask)), y, i, mask);
    }
  }

  @Override
  public void multiply(MemorySegment x, MemorySegment y, long from, long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      store(load(x, i).mul(load(y, i)), y, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      store(load(x, i, mask).mul(load(y, i, mask)), y, i, mask);
    }
  }

  @Override
  public void addRow(MemorySegment bias, MemorySegment y, int columns, long from, long to) {
    for (long row = from; row < to; row++) {
      long start = row * columns;
      long i = 0;
      for (long end = fullRounds(0, columns); i < end; i += LANES) {
        store(load(y, start + i).add(load(bias, i)), y, start + i);
      }
      if (i < columns) {
        VectorMask<Float> mask = tail(i, columns);
        store(load(y, start + i, mask).add(load(bias, i, mask)), y, start + i, mask);
      }
    }
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
    float f = (float) factor;
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      FloatVector sum = FloatVector.zero(SPECIES);
      for (int row = 0; row < rows; row++) {
        sum = sum.add(load(x, (long) row * columns + i));
      }
      store(sum.mul(f), out, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      FloatVector sum = FloatVector.zero(SPECIES);
      for (int row = 0; row < rows; row++) {
        sum = sum.add(load(x, (long) row * columns + i, mask));
      }
      store(sum.mul(f), out, i, mask);
    }
  }

  @Override
  public double sumOfSquares(MemorySegment x, long from, long to) {
    FloatVector sum = FloatVector.zero(SPECIES);
    double total = 0;
    long i = from;
    long end = fullRounds(from, to);
    while (i < end) {
      // Short runs in the element type, so that its rounding does not grow with the length.
      long stop = Math.min(end, i + 16L * LANES);
      sum = FloatVector.zero(SPECIES);
      for (; i < stop; i += LANES) {
        FloatVector v = load(x, i);
        sum = v.lanewise(FMA, v, sum);
      }
      total += inOrder(sum);
    }
    if (i < to) {
      FloatVector v = load(x, i, tail(i, to));
      total += inOrder(v.mul(v));
    }
    return total;
  }

  // The order of reduceLanes is unspecified; the same bits need a fixed one.
  private static double inOrder(FloatVector v) {
    double total = 0;
    for (int lane = 0; lane < LANES; lane++) {
      total += v.lane(lane);
    }
    return total;
  }

  // ---------------------------------------------------------------- activations

  @Override
  public void activation(
      Activation activation, MemorySegment u, MemorySegment h, long from, long to) {
    FloatActivations.value(activation, u, h, from, to);
  }

  @Override
  public void activationDerivative(
      Activation activation,
      MemorySegment u,
      MemorySegment h,
      MemorySegment derivative,
      long from,
      long to) {
    FloatActivations.derivative(activation, u, h, derivative, from, to);
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
    FloatActivations.difference(activation, u, h, z, difference, derivative, from, to);
  }

  // ---------------------------------------------------------------- predictive coding

  @Override
  public void subtractAndGate(
      MemorySegment displacement, MemorySegment error, MemorySegment gated, long from, long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      FloatVector e = load(displacement, i).sub(load(error, i));
      store(e, error, i);
      store(e.mul(load(gated, i)), gated, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      FloatVector e = load(displacement, i, mask).sub(load(error, i, mask));
      store(e, error, i, mask);
      store(e.mul(load(gated, i, mask)), gated, i, mask);
    }
  }

  @Override
  public void stateGradient(
      double precision,
      MemorySegment error,
      @Nullable MemorySegment gate,
      MemorySegment back,
      long from,
      long to) {
    if (gate != null) {
      multiply(gate, back, from, to);
    }
    float p = (float) precision;
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      store(load(error, i).mul(p).sub(load(back, i)), back, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      store(load(error, i, mask).mul(p).sub(load(back, i, mask)), back, i, mask);
    }
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
    if (gate != null) {
      multiply(gate, back, from, to);
    }
    float p = (float) precision;
    FloatVector r = FloatVector.broadcast(SPECIES, (float) -rate);
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      FloatVector gradient = load(error, i).mul(p).sub(load(back, i));
      store(gradient.lanewise(FMA, r, load(state, i)), state, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      FloatVector gradient = load(error, i, mask).mul(p).sub(load(back, i, mask));
      store(gradient.lanewise(FMA, r, load(state, i, mask)), state, i, mask);
    }
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
    float p = (float) precision;
    FloatVector r = FloatVector.broadcast(SPECIES, (float) -rate);
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      FloatVector e = load(error, i);
      FloatVector moved = e.mul(p).sub(load(back, i)).lanewise(FMA, r, e);
      store(moved, error, i);
      store(moved.mul(load(derivative, i)), gated, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      FloatVector e = load(error, i, mask);
      FloatVector moved = e.mul(p).sub(load(back, i, mask)).lanewise(FMA, r, e);
      store(moved, error, i, mask);
      store(moved.mul(load(derivative, i, mask)), gated, i, mask);
    }
  }

  @Override
  public void residual(
      MemorySegment target,
      MemorySegment output,
      @Nullable MemorySegment shift,
      MemorySegment error,
      long from,
      long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      store(load(target, i).sub(load(output, i)), error, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      store(load(target, i, mask).sub(load(output, i, mask)), error, i, mask);
    }
    if (shift != null) {
      axpy(-1, shift, error, from, to);
    }
  }

  @Override
  public void exponential(MemorySegment x, long from, long to) {
    FloatActivations.exponential(x, from, to);
  }

  // ---------------------------------------------------------------- optimisers

  @Override
  public void sgd(double keep, double step, MemorySegment g, MemorySegment w, long from, long to) {
    float k = (float) keep;
    FloatVector s = FloatVector.broadcast(SPECIES, (float) -step);
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      store(load(g, i).lanewise(FMA, s, load(w, i).mul(k)), w, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      store(load(g, i, mask).lanewise(FMA, s, load(w, i, mask).mul(k)), w, i, mask);
    }
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
    float k = (float) keep;
    FloatVector mu = FloatVector.broadcast(SPECIES, (float) momentum);
    FloatVector s = FloatVector.broadcast(SPECIES, (float) -step);
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      FloatVector velocity = load(v, i).lanewise(FMA, mu, load(g, i));
      store(velocity, v, i);
      store(velocity.lanewise(FMA, s, load(w, i).mul(k)), w, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      FloatVector velocity = load(v, i, mask).lanewise(FMA, mu, load(g, i, mask));
      store(velocity, v, i, mask);
      store(velocity.lanewise(FMA, s, load(w, i, mask).mul(k)), w, i, mask);
    }
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
    // Three short loops over blocks that stay in the cache: one long one is more than is inlined.
    for (long at = from; at < to; at += BLOCK) {
      long end = Math.min(to, at + BLOCK);
      firstMoment((float) beta1, (float) (1 - beta1), g, m, at, end);
      secondMoment((float) beta2, (float) (1 - beta2), g, v, at, end);
      adamStep(
          (float) keep, (float) step, (float) secondCorrection, (float) epsilon, m, v, w, at, end);
    }
  }

  private static void firstMoment(
      float beta, float rest, MemorySegment g, MemorySegment m, long from, long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      store(load(m, i).mul(beta).add(load(g, i).mul(rest)), m, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      store(load(m, i, mask).mul(beta).add(load(g, i, mask).mul(rest)), m, i, mask);
    }
  }

  private static void secondMoment(
      float beta, float rest, MemorySegment g, MemorySegment v, long from, long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      FloatVector gradient = load(g, i);
      store(load(v, i).mul(beta).add(gradient.mul(gradient).mul(rest)), v, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      FloatVector gradient = load(g, i, mask);
      store(load(v, i, mask).mul(beta).add(gradient.mul(gradient).mul(rest)), v, i, mask);
    }
  }

  private static void adamStep(
      float keep,
      float step,
      float correction,
      float epsilon,
      MemorySegment m,
      MemorySegment v,
      MemorySegment w,
      long from,
      long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      FloatVector root = load(v, i).mul(correction).sqrt().add(epsilon);
      store(load(w, i).mul(keep).sub(load(m, i).mul(step).div(root)), w, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      // Lanes that are masked out hold zeros: 0/ε is a number.
      FloatVector root = load(v, i, mask).mul(correction).sqrt().add(epsilon);
      store(load(w, i, mask).mul(keep).sub(load(m, i, mask).mul(step).div(root)), w, i, mask);
    }
  }

  @Override
  public double get(MemorySegment x, long index) {
    return x.getAtIndex(LAYOUT, index);
  }

  @Override
  public void set(MemorySegment x, long index, double value) {
    x.setAtIndex(LAYOUT, index, (float) value);
  }
}
