package lemniscate.backend.cpu;

import static jdk.incubator.vector.VectorOperators.FMA;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.function.Supplier;
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

  // Vectors are loaded and stored where they are used, not by methods of ours: one that has been
  // compiled by itself is too big to be inlined, and then each of its calls allocates a vector.
  static final VectorSpecies<Float> SPECIES = FloatMath.SPECIES;
  static final int LANES = SPECIES.length();
  static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final ValueLayout.OfFloat LAYOUT = ValueLayout.JAVA_FLOAT;
  static final long BYTES = LAYOUT.byteSize();

  /** Elements that several loops in a row find in the first-level cache. */
  private static final long BLOCK = 1024;

  static long fullRounds(long from, long to) {
    return to - (to - from) % LANES;
  }

  @Override
  public Optional<Supplier<Panels>> panels() {
    return FloatPanels.worthwhile() ? Optional.of(FloatPanels::new) : Optional.empty();
  }

  @Override
  public void fill(double value, MemorySegment x, long from, long to) {
    FloatVector v = FloatVector.broadcast(SPECIES, (float) value);
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      v.intoMemorySegment(x, i * BYTES, ORDER);
    }
    if (i < to) {
      v.intoMemorySegment(x, i * BYTES, ORDER, SPECIES.indexInRange(0, to - i));
    }
  }

  @Override
  public void scale(double factor, MemorySegment x, long from, long to) {
    float f = (float) factor;
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      FloatVector.fromMemorySegment(SPECIES, x, i * BYTES, ORDER)
          .mul(f)
          .intoMemorySegment(x, i * BYTES, ORDER);
    }
    if (i < to) {
      VectorMask<Float> mask = SPECIES.indexInRange(0, to - i);
      FloatVector.fromMemorySegment(SPECIES, x, i * BYTES, ORDER, mask)
          .mul(f)
          .intoMemorySegment(x, i * BYTES, ORDER, mask);
    }
  }

  @Override
  public void axpy(double factor, MemorySegment x, MemorySegment y, long from, long to) {
    FloatVector f = FloatVector.broadcast(SPECIES, (float) factor);
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      FloatVector.fromMemorySegment(SPECIES, x, i * BYTES, ORDER)
          .lanewise(FMA, f, FloatVector.fromMemorySegment(SPECIES, y, i * BYTES, ORDER))
          .intoMemorySegment(y, i * BYTES, ORDER);
    }
    if (i < to) {
      VectorMask<Float> mask = SPECIES.indexInRange(0, to - i);
      FloatVector.fromMemorySegment(SPECIES, x, i * BYTES, ORDER, mask)
          .lanewise(FMA, f, FloatVector.fromMemorySegment(SPECIES, y, i * BYTES, ORDER, mask))
          .intoMemorySegment(y, i * BYTES, ORDER, mask);
    }
  }

  @Override
  public void multiply(MemorySegment x, MemorySegment y, long from, long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      FloatVector.fromMemorySegment(SPECIES, x, i * BYTES, ORDER)
          .mul(FloatVector.fromMemorySegment(SPECIES, y, i * BYTES, ORDER))
          .intoMemorySegment(y, i * BYTES, ORDER);
    }
    if (i < to) {
      VectorMask<Float> mask = SPECIES.indexInRange(0, to - i);
      FloatVector.fromMemorySegment(SPECIES, x, i * BYTES, ORDER, mask)
          .mul(FloatVector.fromMemorySegment(SPECIES, y, i * BYTES, ORDER, mask))
          .intoMemorySegment(y, i * BYTES, ORDER, mask);
    }
  }

  @Override
  public void addRow(MemorySegment bias, MemorySegment y, int columns, long from, long to) {
    for (long row = from; row < to; row++) {
      long start = row * columns;
      long i = 0;
      for (long end = fullRounds(0, columns); i < end; i += LANES) {
        FloatVector.fromMemorySegment(SPECIES, y, (start + i) * BYTES, ORDER)
            .add(FloatVector.fromMemorySegment(SPECIES, bias, i * BYTES, ORDER))
            .intoMemorySegment(y, (start + i) * BYTES, ORDER);
      }
      if (i < columns) {
        VectorMask<Float> mask = SPECIES.indexInRange(0, columns - i);
        FloatVector.fromMemorySegment(SPECIES, y, (start + i) * BYTES, ORDER, mask)
            .add(FloatVector.fromMemorySegment(SPECIES, bias, i * BYTES, ORDER, mask))
            .intoMemorySegment(y, (start + i) * BYTES, ORDER, mask);
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
        sum =
            sum.add(
                FloatVector.fromMemorySegment(
                    SPECIES, x, ((long) row * columns + i) * BYTES, ORDER));
      }
      sum.mul(f).intoMemorySegment(out, i * BYTES, ORDER);
    }
    if (i < to) {
      VectorMask<Float> mask = SPECIES.indexInRange(0, to - i);
      FloatVector sum = FloatVector.zero(SPECIES);
      for (int row = 0; row < rows; row++) {
        sum =
            sum.add(
                FloatVector.fromMemorySegment(
                    SPECIES, x, ((long) row * columns + i) * BYTES, ORDER, mask));
      }
      sum.mul(f).intoMemorySegment(out, i * BYTES, ORDER, mask);
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
        FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, i * BYTES, ORDER);
        sum = v.lanewise(FMA, v, sum);
      }
      total += inOrder(sum);
    }
    if (i < to) {
      FloatVector v =
          FloatVector.fromMemorySegment(
              SPECIES, x, i * BYTES, ORDER, SPECIES.indexInRange(0, to - i));
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
      FloatVector e =
          FloatVector.fromMemorySegment(SPECIES, displacement, i * BYTES, ORDER)
              .sub(FloatVector.fromMemorySegment(SPECIES, error, i * BYTES, ORDER));
      e.intoMemorySegment(error, i * BYTES, ORDER);
      e.mul(FloatVector.fromMemorySegment(SPECIES, gated, i * BYTES, ORDER))
          .intoMemorySegment(gated, i * BYTES, ORDER);
    }
    if (i < to) {
      VectorMask<Float> mask = SPECIES.indexInRange(0, to - i);
      FloatVector e =
          FloatVector.fromMemorySegment(SPECIES, displacement, i * BYTES, ORDER, mask)
              .sub(FloatVector.fromMemorySegment(SPECIES, error, i * BYTES, ORDER, mask));
      e.intoMemorySegment(error, i * BYTES, ORDER, mask);
      e.mul(FloatVector.fromMemorySegment(SPECIES, gated, i * BYTES, ORDER, mask))
          .intoMemorySegment(gated, i * BYTES, ORDER, mask);
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
      FloatVector.fromMemorySegment(SPECIES, error, i * BYTES, ORDER)
          .mul(p)
          .sub(FloatVector.fromMemorySegment(SPECIES, back, i * BYTES, ORDER))
          .intoMemorySegment(back, i * BYTES, ORDER);
    }
    if (i < to) {
      VectorMask<Float> mask = SPECIES.indexInRange(0, to - i);
      FloatVector.fromMemorySegment(SPECIES, error, i * BYTES, ORDER, mask)
          .mul(p)
          .sub(FloatVector.fromMemorySegment(SPECIES, back, i * BYTES, ORDER, mask))
          .intoMemorySegment(back, i * BYTES, ORDER, mask);
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
      FloatVector gradient =
          FloatVector.fromMemorySegment(SPECIES, error, i * BYTES, ORDER)
              .mul(p)
              .sub(FloatVector.fromMemorySegment(SPECIES, back, i * BYTES, ORDER));
      gradient
          .lanewise(FMA, r, FloatVector.fromMemorySegment(SPECIES, state, i * BYTES, ORDER))
          .intoMemorySegment(state, i * BYTES, ORDER);
    }
    if (i < to) {
      VectorMask<Float> mask = SPECIES.indexInRange(0, to - i);
      FloatVector gradient =
          FloatVector.fromMemorySegment(SPECIES, error, i * BYTES, ORDER, mask)
              .mul(p)
              .sub(FloatVector.fromMemorySegment(SPECIES, back, i * BYTES, ORDER, mask));
      gradient
          .lanewise(FMA, r, FloatVector.fromMemorySegment(SPECIES, state, i * BYTES, ORDER, mask))
          .intoMemorySegment(state, i * BYTES, ORDER, mask);
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
      FloatVector e = FloatVector.fromMemorySegment(SPECIES, error, i * BYTES, ORDER);
      FloatVector moved =
          e.mul(p)
              .sub(FloatVector.fromMemorySegment(SPECIES, back, i * BYTES, ORDER))
              .lanewise(FMA, r, e);
      moved.intoMemorySegment(error, i * BYTES, ORDER);
      moved
          .mul(FloatVector.fromMemorySegment(SPECIES, derivative, i * BYTES, ORDER))
          .intoMemorySegment(gated, i * BYTES, ORDER);
    }
    if (i < to) {
      VectorMask<Float> mask = SPECIES.indexInRange(0, to - i);
      FloatVector e = FloatVector.fromMemorySegment(SPECIES, error, i * BYTES, ORDER, mask);
      FloatVector moved =
          e.mul(p)
              .sub(FloatVector.fromMemorySegment(SPECIES, back, i * BYTES, ORDER, mask))
              .lanewise(FMA, r, e);
      moved.intoMemorySegment(error, i * BYTES, ORDER, mask);
      moved
          .mul(FloatVector.fromMemorySegment(SPECIES, derivative, i * BYTES, ORDER, mask))
          .intoMemorySegment(gated, i * BYTES, ORDER, mask);
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
      FloatVector.fromMemorySegment(SPECIES, target, i * BYTES, ORDER)
          .sub(FloatVector.fromMemorySegment(SPECIES, output, i * BYTES, ORDER))
          .intoMemorySegment(error, i * BYTES, ORDER);
    }
    if (i < to) {
      VectorMask<Float> mask = SPECIES.indexInRange(0, to - i);
      FloatVector.fromMemorySegment(SPECIES, target, i * BYTES, ORDER, mask)
          .sub(FloatVector.fromMemorySegment(SPECIES, output, i * BYTES, ORDER, mask))
          .intoMemorySegment(error, i * BYTES, ORDER, mask);
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
      FloatVector.fromMemorySegment(SPECIES, g, i * BYTES, ORDER)
          .lanewise(FMA, s, FloatVector.fromMemorySegment(SPECIES, w, i * BYTES, ORDER).mul(k))
          .intoMemorySegment(w, i * BYTES, ORDER);
    }
    if (i < to) {
      VectorMask<Float> mask = SPECIES.indexInRange(0, to - i);
      FloatVector.fromMemorySegment(SPECIES, g, i * BYTES, ORDER, mask)
          .lanewise(
              FMA, s, FloatVector.fromMemorySegment(SPECIES, w, i * BYTES, ORDER, mask).mul(k))
          .intoMemorySegment(w, i * BYTES, ORDER, mask);
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
      FloatVector velocity =
          FloatVector.fromMemorySegment(SPECIES, v, i * BYTES, ORDER)
              .lanewise(FMA, mu, FloatVector.fromMemorySegment(SPECIES, g, i * BYTES, ORDER));
      velocity.intoMemorySegment(v, i * BYTES, ORDER);
      velocity
          .lanewise(FMA, s, FloatVector.fromMemorySegment(SPECIES, w, i * BYTES, ORDER).mul(k))
          .intoMemorySegment(w, i * BYTES, ORDER);
    }
    if (i < to) {
      VectorMask<Float> mask = SPECIES.indexInRange(0, to - i);
      FloatVector velocity =
          FloatVector.fromMemorySegment(SPECIES, v, i * BYTES, ORDER, mask)
              .lanewise(FMA, mu, FloatVector.fromMemorySegment(SPECIES, g, i * BYTES, ORDER, mask));
      velocity.intoMemorySegment(v, i * BYTES, ORDER, mask);
      velocity
          .lanewise(
              FMA, s, FloatVector.fromMemorySegment(SPECIES, w, i * BYTES, ORDER, mask).mul(k))
          .intoMemorySegment(w, i * BYTES, ORDER, mask);
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
      FloatVector.fromMemorySegment(SPECIES, m, i * BYTES, ORDER)
          .mul(beta)
          .add(FloatVector.fromMemorySegment(SPECIES, g, i * BYTES, ORDER).mul(rest))
          .intoMemorySegment(m, i * BYTES, ORDER);
    }
    if (i < to) {
      VectorMask<Float> mask = SPECIES.indexInRange(0, to - i);
      FloatVector.fromMemorySegment(SPECIES, m, i * BYTES, ORDER, mask)
          .mul(beta)
          .add(FloatVector.fromMemorySegment(SPECIES, g, i * BYTES, ORDER, mask).mul(rest))
          .intoMemorySegment(m, i * BYTES, ORDER, mask);
    }
  }

  private static void secondMoment(
      float beta, float rest, MemorySegment g, MemorySegment v, long from, long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      FloatVector gradient = FloatVector.fromMemorySegment(SPECIES, g, i * BYTES, ORDER);
      FloatVector.fromMemorySegment(SPECIES, v, i * BYTES, ORDER)
          .mul(beta)
          .add(gradient.mul(gradient).mul(rest))
          .intoMemorySegment(v, i * BYTES, ORDER);
    }
    if (i < to) {
      VectorMask<Float> mask = SPECIES.indexInRange(0, to - i);
      FloatVector gradient = FloatVector.fromMemorySegment(SPECIES, g, i * BYTES, ORDER, mask);
      FloatVector.fromMemorySegment(SPECIES, v, i * BYTES, ORDER, mask)
          .mul(beta)
          .add(gradient.mul(gradient).mul(rest))
          .intoMemorySegment(v, i * BYTES, ORDER, mask);
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
      FloatVector root =
          FloatVector.fromMemorySegment(SPECIES, v, i * BYTES, ORDER)
              .mul(correction)
              .sqrt()
              .add(epsilon);
      FloatVector.fromMemorySegment(SPECIES, w, i * BYTES, ORDER)
          .mul(keep)
          .sub(FloatVector.fromMemorySegment(SPECIES, m, i * BYTES, ORDER).mul(step).div(root))
          .intoMemorySegment(w, i * BYTES, ORDER);
    }
    if (i < to) {
      VectorMask<Float> mask = SPECIES.indexInRange(0, to - i);
      // Lanes that are masked out hold zeros: 0/ε is a number.
      FloatVector root =
          FloatVector.fromMemorySegment(SPECIES, v, i * BYTES, ORDER, mask)
              .mul(correction)
              .sqrt()
              .add(epsilon);
      FloatVector.fromMemorySegment(SPECIES, w, i * BYTES, ORDER, mask)
          .mul(keep)
          .sub(
              FloatVector.fromMemorySegment(SPECIES, m, i * BYTES, ORDER, mask).mul(step).div(root))
          .intoMemorySegment(w, i * BYTES, ORDER, mask);
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
