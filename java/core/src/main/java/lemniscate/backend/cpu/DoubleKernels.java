package lemniscate.backend.cpu;

import static jdk.incubator.vector.VectorOperators.FMA;
import static lemniscate.backend.cpu.NativeMemory.ALL;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import lemniscate.backend.Activation;
import org.jspecify.annotations.Nullable;

/**
 * {@link Kernels} for double in the Vector API. {@code FloatKernels} is this file with other types;
 * a test compares the two texts. Loops end with one masked round, so that every element goes
 * through the same operations wherever it lies.
 */
final class DoubleKernels implements Kernels {

  // Vectors are loaded and stored where they are used, not by methods of ours: one that has been
  // compiled by itself is too big to be inlined, and then each of its calls allocates a vector.
  static final VectorSpecies<Double> SPECIES = DoubleMath.SPECIES;
  static final int LANES = SPECIES.length();
  static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final ValueLayout.OfDouble LAYOUT = ValueLayout.JAVA_DOUBLE;
  static final long BYTES = LAYOUT.byteSize();

  /** Elements that several loops in a row find in the first-level cache. */
  private static final long BLOCK = 1024;

  static long fullRounds(long from, long to) {
    return to - (to - from) % LANES;
  }

  /** Where a loop's operand begins, of which that many elements are reached. */
  static long address(MemorySegment x, long elements) {
    return NativeMemory.address(x, elements * BYTES);
  }

  @Override
  public void fill(double value, MemorySegment x, long from, long to) {
    long xAt = address(x, to);
    DoubleVector v = DoubleVector.broadcast(SPECIES, value);
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      v.intoMemorySegment(ALL, xAt + i * BYTES, ORDER);
    }
    if (i < to) {
      v.intoMemorySegment(ALL, xAt + i * BYTES, ORDER, SPECIES.indexInRange(0, to - i));
    }
  }

  @Override
  public void scale(double factor, MemorySegment x, long from, long to) {
    long xAt = address(x, to);
    double f = factor;
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      DoubleVector.fromMemorySegment(SPECIES, ALL, xAt + i * BYTES, ORDER)
          .mul(f)
          .intoMemorySegment(ALL, xAt + i * BYTES, ORDER);
    }
    if (i < to) {
      VectorMask<Double> mask = SPECIES.indexInRange(0, to - i);
      DoubleVector.fromMemorySegment(SPECIES, ALL, xAt + i * BYTES, ORDER, mask)
          .mul(f)
          .intoMemorySegment(ALL, xAt + i * BYTES, ORDER, mask);
    }
  }

  @Override
  public void axpy(double factor, MemorySegment x, MemorySegment y, long from, long to) {
    long xAt = address(x, to);
    long yAt = address(y, to);
    DoubleVector f = DoubleVector.broadcast(SPECIES, factor);
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      DoubleVector.fromMemorySegment(SPECIES, ALL, xAt + i * BYTES, ORDER)
          .lanewise(FMA, f, DoubleVector.fromMemorySegment(SPECIES, ALL, yAt + i * BYTES, ORDER))
          .intoMemorySegment(ALL, yAt + i * BYTES, ORDER);
    }
    if (i < to) {
      VectorMask<Double> mask = SPECIES.indexInRange(0, to - i);
      DoubleVector.fromMemorySegment(SPECIES, ALL, xAt + i * BYTES, ORDER, mask)
          .lanewise(
              FMA, f, DoubleVector.fromMemorySegment(SPECIES, ALL, yAt + i * BYTES, ORDER, mask))
          .intoMemorySegment(ALL, yAt + i * BYTES, ORDER, mask);
    }
  }

  @Override
  public void multiply(MemorySegment x, MemorySegment y, long from, long to) {
    long xAt = address(x, to);
    long yAt = address(y, to);
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      DoubleVector.fromMemorySegment(SPECIES, ALL, xAt + i * BYTES, ORDER)
          .mul(DoubleVector.fromMemorySegment(SPECIES, ALL, yAt + i * BYTES, ORDER))
          .intoMemorySegment(ALL, yAt + i * BYTES, ORDER);
    }
    if (i < to) {
      VectorMask<Double> mask = SPECIES.indexInRange(0, to - i);
      DoubleVector.fromMemorySegment(SPECIES, ALL, xAt + i * BYTES, ORDER, mask)
          .mul(DoubleVector.fromMemorySegment(SPECIES, ALL, yAt + i * BYTES, ORDER, mask))
          .intoMemorySegment(ALL, yAt + i * BYTES, ORDER, mask);
    }
  }

  @Override
  public void addRow(MemorySegment bias, MemorySegment y, int columns, long from, long to) {
    long yAt = address(y, to * columns);
    long biasAt = address(bias, columns);
    for (long row = from; row < to; row++) {
      long start = row * columns;
      long i = 0;
      for (long end = fullRounds(0, columns); i < end; i += LANES) {
        DoubleVector.fromMemorySegment(SPECIES, ALL, yAt + (start + i) * BYTES, ORDER)
            .add(DoubleVector.fromMemorySegment(SPECIES, ALL, biasAt + i * BYTES, ORDER))
            .intoMemorySegment(ALL, yAt + (start + i) * BYTES, ORDER);
      }
      if (i < columns) {
        VectorMask<Double> mask = SPECIES.indexInRange(0, columns - i);
        DoubleVector.fromMemorySegment(SPECIES, ALL, yAt + (start + i) * BYTES, ORDER, mask)
            .add(DoubleVector.fromMemorySegment(SPECIES, ALL, biasAt + i * BYTES, ORDER, mask))
            .intoMemorySegment(ALL, yAt + (start + i) * BYTES, ORDER, mask);
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
    long xAt = address(x, (long) rows * columns);
    long outAt = address(out, to);
    double f = factor;
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      DoubleVector sum = DoubleVector.zero(SPECIES);
      for (int row = 0; row < rows; row++) {
        sum =
            sum.add(
                DoubleVector.fromMemorySegment(
                    SPECIES, ALL, xAt + ((long) row * columns + i) * BYTES, ORDER));
      }
      sum.mul(f).intoMemorySegment(ALL, outAt + i * BYTES, ORDER);
    }
    if (i < to) {
      VectorMask<Double> mask = SPECIES.indexInRange(0, to - i);
      DoubleVector sum = DoubleVector.zero(SPECIES);
      for (int row = 0; row < rows; row++) {
        sum =
            sum.add(
                DoubleVector.fromMemorySegment(
                    SPECIES, ALL, xAt + ((long) row * columns + i) * BYTES, ORDER, mask));
      }
      sum.mul(f).intoMemorySegment(ALL, outAt + i * BYTES, ORDER, mask);
    }
  }

  @Override
  public double sumOfSquares(MemorySegment x, long from, long to) {
    long xAt = address(x, to);
    DoubleVector sum = DoubleVector.zero(SPECIES);
    double total = 0;
    long i = from;
    long end = fullRounds(from, to);
    while (i < end) {
      // Short runs in the element type, so that its rounding does not grow with the length.
      long stop = Math.min(end, i + 16L * LANES);
      sum = DoubleVector.zero(SPECIES);
      for (; i < stop; i += LANES) {
        DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, ALL, xAt + i * BYTES, ORDER);
        sum = v.lanewise(FMA, v, sum);
      }
      total += inOrder(sum);
    }
    if (i < to) {
      DoubleVector v =
          DoubleVector.fromMemorySegment(
              SPECIES, ALL, xAt + i * BYTES, ORDER, SPECIES.indexInRange(0, to - i));
      total += inOrder(v.mul(v));
    }
    return total;
  }

  // The order of reduceLanes is unspecified; the same bits need a fixed one.
  private static double inOrder(DoubleVector v) {
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
    DoubleActivations.value(activation, u, h, from, to);
  }

  @Override
  public void activationDerivative(
      Activation activation,
      MemorySegment u,
      MemorySegment h,
      MemorySegment derivative,
      long from,
      long to) {
    DoubleActivations.derivative(activation, u, h, derivative, from, to);
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
    DoubleActivations.difference(activation, u, h, z, difference, derivative, from, to);
  }

  // ---------------------------------------------------------------- predictive coding

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
    if (activation == Activation.TANH && DoubleActivations.tanhAddsUp(z, from, to)) {
      DoubleActivations.tanhError(h, z, displacement, error, gated, from, to);
    } else {
      Kernels.super.predictionError(activation, u, h, z, displacement, error, gated, from, to);
    }
  }

  @Override
  public void subtractAndGate(
      MemorySegment displacement, MemorySegment error, MemorySegment gated, long from, long to) {
    long displacementAt = address(displacement, to);
    long errorAt = address(error, to);
    long gatedAt = address(gated, to);
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      DoubleVector e =
          DoubleVector.fromMemorySegment(SPECIES, ALL, displacementAt + i * BYTES, ORDER)
              .sub(DoubleVector.fromMemorySegment(SPECIES, ALL, errorAt + i * BYTES, ORDER));
      e.intoMemorySegment(ALL, errorAt + i * BYTES, ORDER);
      e.mul(DoubleVector.fromMemorySegment(SPECIES, ALL, gatedAt + i * BYTES, ORDER))
          .intoMemorySegment(ALL, gatedAt + i * BYTES, ORDER);
    }
    if (i < to) {
      VectorMask<Double> mask = SPECIES.indexInRange(0, to - i);
      DoubleVector e =
          DoubleVector.fromMemorySegment(SPECIES, ALL, displacementAt + i * BYTES, ORDER, mask)
              .sub(DoubleVector.fromMemorySegment(SPECIES, ALL, errorAt + i * BYTES, ORDER, mask));
      e.intoMemorySegment(ALL, errorAt + i * BYTES, ORDER, mask);
      e.mul(DoubleVector.fromMemorySegment(SPECIES, ALL, gatedAt + i * BYTES, ORDER, mask))
          .intoMemorySegment(ALL, gatedAt + i * BYTES, ORDER, mask);
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
    long errorAt = address(error, to);
    long backAt = address(back, to);
    if (gate != null) {
      multiply(gate, back, from, to);
    }
    double p = precision;
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      DoubleVector.fromMemorySegment(SPECIES, ALL, errorAt + i * BYTES, ORDER)
          .mul(p)
          .sub(DoubleVector.fromMemorySegment(SPECIES, ALL, backAt + i * BYTES, ORDER))
          .intoMemorySegment(ALL, backAt + i * BYTES, ORDER);
    }
    if (i < to) {
      VectorMask<Double> mask = SPECIES.indexInRange(0, to - i);
      DoubleVector.fromMemorySegment(SPECIES, ALL, errorAt + i * BYTES, ORDER, mask)
          .mul(p)
          .sub(DoubleVector.fromMemorySegment(SPECIES, ALL, backAt + i * BYTES, ORDER, mask))
          .intoMemorySegment(ALL, backAt + i * BYTES, ORDER, mask);
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
    long errorAt = address(error, to);
    long backAt = address(back, to);
    long stateAt = address(state, to);
    if (gate != null) {
      multiply(gate, back, from, to);
    }
    double p = precision;
    DoubleVector r = DoubleVector.broadcast(SPECIES, -rate);
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      DoubleVector gradient =
          DoubleVector.fromMemorySegment(SPECIES, ALL, errorAt + i * BYTES, ORDER)
              .mul(p)
              .sub(DoubleVector.fromMemorySegment(SPECIES, ALL, backAt + i * BYTES, ORDER));
      gradient
          .lanewise(
              FMA, r, DoubleVector.fromMemorySegment(SPECIES, ALL, stateAt + i * BYTES, ORDER))
          .intoMemorySegment(ALL, stateAt + i * BYTES, ORDER);
    }
    if (i < to) {
      VectorMask<Double> mask = SPECIES.indexInRange(0, to - i);
      DoubleVector gradient =
          DoubleVector.fromMemorySegment(SPECIES, ALL, errorAt + i * BYTES, ORDER, mask)
              .mul(p)
              .sub(DoubleVector.fromMemorySegment(SPECIES, ALL, backAt + i * BYTES, ORDER, mask));
      gradient
          .lanewise(
              FMA,
              r,
              DoubleVector.fromMemorySegment(SPECIES, ALL, stateAt + i * BYTES, ORDER, mask))
          .intoMemorySegment(ALL, stateAt + i * BYTES, ORDER, mask);
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
    long errorAt = address(error, to);
    long backAt = address(back, to);
    long derivativeAt = address(derivative, to);
    long gatedAt = address(gated, to);
    double p = precision;
    DoubleVector r = DoubleVector.broadcast(SPECIES, -rate);
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      DoubleVector e = DoubleVector.fromMemorySegment(SPECIES, ALL, errorAt + i * BYTES, ORDER);
      DoubleVector moved =
          e.mul(p)
              .sub(DoubleVector.fromMemorySegment(SPECIES, ALL, backAt + i * BYTES, ORDER))
              .lanewise(FMA, r, e);
      moved.intoMemorySegment(ALL, errorAt + i * BYTES, ORDER);
      moved
          .mul(DoubleVector.fromMemorySegment(SPECIES, ALL, derivativeAt + i * BYTES, ORDER))
          .intoMemorySegment(ALL, gatedAt + i * BYTES, ORDER);
    }
    if (i < to) {
      VectorMask<Double> mask = SPECIES.indexInRange(0, to - i);
      DoubleVector e =
          DoubleVector.fromMemorySegment(SPECIES, ALL, errorAt + i * BYTES, ORDER, mask);
      DoubleVector moved =
          e.mul(p)
              .sub(DoubleVector.fromMemorySegment(SPECIES, ALL, backAt + i * BYTES, ORDER, mask))
              .lanewise(FMA, r, e);
      moved.intoMemorySegment(ALL, errorAt + i * BYTES, ORDER, mask);
      moved
          .mul(DoubleVector.fromMemorySegment(SPECIES, ALL, derivativeAt + i * BYTES, ORDER, mask))
          .intoMemorySegment(ALL, gatedAt + i * BYTES, ORDER, mask);
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
    long targetAt = address(target, to);
    long outputAt = address(output, to);
    long errorAt = address(error, to);
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      DoubleVector.fromMemorySegment(SPECIES, ALL, targetAt + i * BYTES, ORDER)
          .sub(DoubleVector.fromMemorySegment(SPECIES, ALL, outputAt + i * BYTES, ORDER))
          .intoMemorySegment(ALL, errorAt + i * BYTES, ORDER);
    }
    if (i < to) {
      VectorMask<Double> mask = SPECIES.indexInRange(0, to - i);
      DoubleVector.fromMemorySegment(SPECIES, ALL, targetAt + i * BYTES, ORDER, mask)
          .sub(DoubleVector.fromMemorySegment(SPECIES, ALL, outputAt + i * BYTES, ORDER, mask))
          .intoMemorySegment(ALL, errorAt + i * BYTES, ORDER, mask);
    }
    if (shift != null) {
      axpy(-1, shift, error, from, to);
    }
  }

  @Override
  public void exponential(MemorySegment x, long from, long to) {
    DoubleActivations.exponential(x, from, to);
  }

  // ---------------------------------------------------------------- optimisers

  @Override
  public void sgd(double keep, double step, MemorySegment g, MemorySegment w, long from, long to) {
    long gAt = address(g, to);
    long wAt = address(w, to);
    double k = keep;
    DoubleVector s = DoubleVector.broadcast(SPECIES, -step);
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      DoubleVector.fromMemorySegment(SPECIES, ALL, gAt + i * BYTES, ORDER)
          .lanewise(
              FMA, s, DoubleVector.fromMemorySegment(SPECIES, ALL, wAt + i * BYTES, ORDER).mul(k))
          .intoMemorySegment(ALL, wAt + i * BYTES, ORDER);
    }
    if (i < to) {
      VectorMask<Double> mask = SPECIES.indexInRange(0, to - i);
      DoubleVector.fromMemorySegment(SPECIES, ALL, gAt + i * BYTES, ORDER, mask)
          .lanewise(
              FMA,
              s,
              DoubleVector.fromMemorySegment(SPECIES, ALL, wAt + i * BYTES, ORDER, mask).mul(k))
          .intoMemorySegment(ALL, wAt + i * BYTES, ORDER, mask);
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
    long vAt = address(v, to);
    long gAt = address(g, to);
    long wAt = address(w, to);
    double k = keep;
    DoubleVector mu = DoubleVector.broadcast(SPECIES, momentum);
    DoubleVector s = DoubleVector.broadcast(SPECIES, -step);
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      DoubleVector velocity =
          DoubleVector.fromMemorySegment(SPECIES, ALL, vAt + i * BYTES, ORDER)
              .lanewise(
                  FMA, mu, DoubleVector.fromMemorySegment(SPECIES, ALL, gAt + i * BYTES, ORDER));
      velocity.intoMemorySegment(ALL, vAt + i * BYTES, ORDER);
      velocity
          .lanewise(
              FMA, s, DoubleVector.fromMemorySegment(SPECIES, ALL, wAt + i * BYTES, ORDER).mul(k))
          .intoMemorySegment(ALL, wAt + i * BYTES, ORDER);
    }
    if (i < to) {
      VectorMask<Double> mask = SPECIES.indexInRange(0, to - i);
      DoubleVector velocity =
          DoubleVector.fromMemorySegment(SPECIES, ALL, vAt + i * BYTES, ORDER, mask)
              .lanewise(
                  FMA,
                  mu,
                  DoubleVector.fromMemorySegment(SPECIES, ALL, gAt + i * BYTES, ORDER, mask));
      velocity.intoMemorySegment(ALL, vAt + i * BYTES, ORDER, mask);
      velocity
          .lanewise(
              FMA,
              s,
              DoubleVector.fromMemorySegment(SPECIES, ALL, wAt + i * BYTES, ORDER, mask).mul(k))
          .intoMemorySegment(ALL, wAt + i * BYTES, ORDER, mask);
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
      firstMoment(beta1, (1 - beta1), g, m, at, end);
      secondMoment(beta2, (1 - beta2), g, v, at, end);
      adamStep(keep, step, secondCorrection, epsilon, m, v, w, at, end);
    }
  }

  private static void firstMoment(
      double beta, double rest, MemorySegment g, MemorySegment m, long from, long to) {
    long mAt = address(m, to);
    long gAt = address(g, to);
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      DoubleVector.fromMemorySegment(SPECIES, ALL, mAt + i * BYTES, ORDER)
          .mul(beta)
          .add(DoubleVector.fromMemorySegment(SPECIES, ALL, gAt + i * BYTES, ORDER).mul(rest))
          .intoMemorySegment(ALL, mAt + i * BYTES, ORDER);
    }
    if (i < to) {
      VectorMask<Double> mask = SPECIES.indexInRange(0, to - i);
      DoubleVector.fromMemorySegment(SPECIES, ALL, mAt + i * BYTES, ORDER, mask)
          .mul(beta)
          .add(DoubleVector.fromMemorySegment(SPECIES, ALL, gAt + i * BYTES, ORDER, mask).mul(rest))
          .intoMemorySegment(ALL, mAt + i * BYTES, ORDER, mask);
    }
  }

  private static void secondMoment(
      double beta, double rest, MemorySegment g, MemorySegment v, long from, long to) {
    long gAt = address(g, to);
    long vAt = address(v, to);
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      DoubleVector gradient = DoubleVector.fromMemorySegment(SPECIES, ALL, gAt + i * BYTES, ORDER);
      DoubleVector.fromMemorySegment(SPECIES, ALL, vAt + i * BYTES, ORDER)
          .mul(beta)
          .add(gradient.mul(gradient).mul(rest))
          .intoMemorySegment(ALL, vAt + i * BYTES, ORDER);
    }
    if (i < to) {
      VectorMask<Double> mask = SPECIES.indexInRange(0, to - i);
      DoubleVector gradient =
          DoubleVector.fromMemorySegment(SPECIES, ALL, gAt + i * BYTES, ORDER, mask);
      DoubleVector.fromMemorySegment(SPECIES, ALL, vAt + i * BYTES, ORDER, mask)
          .mul(beta)
          .add(gradient.mul(gradient).mul(rest))
          .intoMemorySegment(ALL, vAt + i * BYTES, ORDER, mask);
    }
  }

  private static void adamStep(
      double keep,
      double step,
      double correction,
      double epsilon,
      MemorySegment m,
      MemorySegment v,
      MemorySegment w,
      long from,
      long to) {
    long vAt = address(v, to);
    long wAt = address(w, to);
    long mAt = address(m, to);
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      DoubleVector root =
          DoubleVector.fromMemorySegment(SPECIES, ALL, vAt + i * BYTES, ORDER)
              .mul(correction)
              .sqrt()
              .add(epsilon);
      DoubleVector.fromMemorySegment(SPECIES, ALL, wAt + i * BYTES, ORDER)
          .mul(keep)
          .sub(
              DoubleVector.fromMemorySegment(SPECIES, ALL, mAt + i * BYTES, ORDER)
                  .mul(step)
                  .div(root))
          .intoMemorySegment(ALL, wAt + i * BYTES, ORDER);
    }
    if (i < to) {
      VectorMask<Double> mask = SPECIES.indexInRange(0, to - i);
      // Lanes that are masked out hold zeros: 0/ε is a number.
      DoubleVector root =
          DoubleVector.fromMemorySegment(SPECIES, ALL, vAt + i * BYTES, ORDER, mask)
              .mul(correction)
              .sqrt()
              .add(epsilon);
      DoubleVector.fromMemorySegment(SPECIES, ALL, wAt + i * BYTES, ORDER, mask)
          .mul(keep)
          .sub(
              DoubleVector.fromMemorySegment(SPECIES, ALL, mAt + i * BYTES, ORDER, mask)
                  .mul(step)
                  .div(root))
          .intoMemorySegment(ALL, wAt + i * BYTES, ORDER, mask);
    }
  }

  @Override
  public double get(MemorySegment x, long index) {
    return x.getAtIndex(LAYOUT, index);
  }

  @Override
  public void set(MemorySegment x, long index, double value) {
    x.setAtIndex(LAYOUT, index, value);
  }
}
