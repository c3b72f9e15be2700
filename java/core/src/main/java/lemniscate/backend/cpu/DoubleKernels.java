package lemniscate.backend.cpu;

import static jdk.incubator.vector.VectorOperators.FMA;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.NEG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import lemniscate.backend.Activation;
import org.jspecify.annotations.Nullable;

/**
 * {@link Kernels} for double in the Vector API. {@code FloatKernels} is this file with other types; a
 * test compares the two texts. Loops end with one masked round, so that every element goes through the
 * same operations wherever it lies.
 */
final class DoubleKernels implements Kernels {

  private static final VectorSpecies<Double> SPECIES = DoubleMath.SPECIES;
  private static final int LANES = SPECIES.length();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final ValueLayout.OfDouble LAYOUT = ValueLayout.JAVA_DOUBLE;
  private static final long BYTES = LAYOUT.byteSize();

  private static DoubleVector load(MemorySegment x, long i) {
    return DoubleVector.fromMemorySegment(SPECIES, x, i * BYTES, ORDER);
  }

  private static DoubleVector load(MemorySegment x, long i, VectorMask<Double> mask) {
    return DoubleVector.fromMemorySegment(SPECIES, x, i * BYTES, ORDER, mask);
  }

  private static void store(DoubleVector v, MemorySegment x, long i) {
    v.intoMemorySegment(x, i * BYTES, ORDER);
  }

  private static void store(DoubleVector v, MemorySegment x, long i, VectorMask<Double> mask) {
    v.intoMemorySegment(x, i * BYTES, ORDER, mask);
  }

  private static long fullRounds(long from, long to) {
    return to - (to - from) % LANES;
  }

  private static VectorMask<Double> tail(long i, long to) {
    return SPECIES.indexInRange(0, to - i);
  }

  @Override
  public void fill(double value, MemorySegment x, long from, long to) {
    DoubleVector v = DoubleVector.broadcast(SPECIES, value);
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
    double f = factor;
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      store(load(x, i).mul(f), x, i);
    }
    if (i < to) {
      VectorMask<Double> mask = tail(i, to);
      store(load(x, i, mask).mul(f), x, i, mask);
    }
  }

  @Override
  public void axpy(double factor, MemorySegment x, MemorySegment y, long from, long to) {
    DoubleVector f = DoubleVector.broadcast(SPECIES, factor);
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      store(load(x, i).lanewise(FMA, f, load(y, i)), y, i);
    }
    if (i < to) {
      VectorMask<Double> mask = tail(i, to);
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
      VectorMask<Double> mask = tail(i, to);
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
        VectorMask<Double> mask = tail(i, columns);
        store(load(y, start + i, mask).add(load(bias, i, mask)), y, start + i, mask);
      }
    }
  }

  @Override
  public void columnSum(
      double factor, MemorySegment x, int rows, int columns, MemorySegment out, long from, long to) {
    double f = factor;
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      DoubleVector sum = DoubleVector.zero(SPECIES);
      for (int row = 0; row < rows; row++) {
        sum = sum.add(load(x, (long) row * columns + i));
      }
      store(sum.mul(f), out, i);
    }
    if (i < to) {
      VectorMask<Double> mask = tail(i, to);
      DoubleVector sum = DoubleVector.zero(SPECIES);
      for (int row = 0; row < rows; row++) {
        sum = sum.add(load(x, (long) row * columns + i, mask));
      }
      store(sum.mul(f), out, i, mask);
    }
  }

  @Override
  public double sumOfSquares(MemorySegment x, long from, long to) {
    DoubleVector sum = DoubleVector.zero(SPECIES);
    double total = 0;
    long i = from;
    long end = fullRounds(from, to);
    while (i < end) {
      // Short runs in the element type, so that its rounding does not grow with the length.
      long stop = Math.min(end, i + 16L * LANES);
      sum = DoubleVector.zero(SPECIES);
      for (; i < stop; i += LANES) {
        DoubleVector v = load(x, i);
        sum = v.lanewise(FMA, v, sum);
      }
      total += inOrder(sum);
    }
    if (i < to) {
      DoubleVector v = load(x, i, tail(i, to));
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

  private static DoubleVector logistic(DoubleVector u) {
    return DoubleMath.tanh(u.mul(0.5)).add(1.0).mul(0.5);
  }

  private static DoubleVector geluArgument(DoubleVector u) {
    DoubleVector square = u.mul(u);
    DoubleVector inner =
        square.lanewise(
            FMA, u.broadcast(Activation.GELU_CUBIC), u.broadcast(1.0));
    return u.mul(Activation.GELU_SCALE).mul(inner);
  }

  private static DoubleVector value(Activation activation, DoubleVector u) {
    return switch (activation) {
      case LINEAR -> u;
      case TANH -> DoubleMath.tanh(u);
      // Not max(u, 0): NaN must stay NaN, and does because it is not below zero.
      case RELU -> u.blend(0.0, u.compare(LT, 0.0));
      case LEAKY_RELU ->
          u.blend(
              u.mul(Activation.LEAK),
              u.compare(LT, 0.0));
      case GELU -> u.mul(0.5).mul(DoubleMath.tanh(geluArgument(u)).add(1.0));
      case SILU -> u.mul(logistic(u));
      case SIGMOID -> logistic(u);
    };
  }

  private static DoubleVector derivative(Activation activation, DoubleVector u, DoubleVector h) {
    return switch (activation) {
      case LINEAR -> u.broadcast(1.0);
      case TANH -> h.lanewise(NEG).lanewise(FMA, h, h.broadcast(1.0));
      case RELU -> u.broadcast(0.0).blend(1.0, u.compare(GT, 0.0));
      case LEAKY_RELU -> u.broadcast(Activation.LEAK).blend(1.0, u.compare(GT, 0.0));
      case GELU -> geluDerivative(u, DoubleMath.tanh(geluArgument(u)));
      case SILU -> siluDerivative(u, logistic(u));
      case SIGMOID -> h.mul(h.broadcast(1.0).sub(h));
    };
  }

  private static DoubleVector geluDerivative(DoubleVector u, DoubleVector t) {
    DoubleVector slope =
        u.mul(u)
            .lanewise(FMA, u.broadcast((3 * Activation.GELU_CUBIC)), u.broadcast(1.0))
            .mul(Activation.GELU_SCALE);
    DoubleVector bell = t.lanewise(NEG).lanewise(FMA, t, t.broadcast(1.0));
    return u.mul(0.5).mul(bell).lanewise(FMA, slope, t.add(1.0).mul(0.5));
  }

  private static DoubleVector siluDerivative(DoubleVector u, DoubleVector s) {
    return u.mul(s).lanewise(FMA, s.broadcast(1.0).sub(s), s);
  }

  @Override
  public void activation(
      Activation activation, MemorySegment u, MemorySegment h, long from, long to) {
    switch (activation) {
      case LINEAR -> activationLoop(Activation.LINEAR, u, h, from, to);
      case TANH -> activationLoop(Activation.TANH, u, h, from, to);
      case RELU -> activationLoop(Activation.RELU, u, h, from, to);
      case LEAKY_RELU -> activationLoop(Activation.LEAKY_RELU, u, h, from, to);
      case GELU -> activationLoop(Activation.GELU, u, h, from, to);
      case SILU -> activationLoop(Activation.SILU, u, h, from, to);
      case SIGMOID -> activationLoop(Activation.SIGMOID, u, h, from, to);
    }
  }

  private static void activationLoop(
      Activation activation, MemorySegment u, MemorySegment h, long from, long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      store(value(activation, load(u, i)), h, i);
    }
    if (i < to) {
      VectorMask<Double> mask = tail(i, to);
      store(value(activation, load(u, i, mask)), h, i, mask);
    }
  }

  @Override
  public void activationDerivative(
      Activation activation,
      MemorySegment u,
      MemorySegment h,
      MemorySegment derivative,
      long from,
      long to) {
    switch (activation) {
      case LINEAR -> derivativeLoop(Activation.LINEAR, u, h, derivative, from, to);
      case TANH -> derivativeLoop(Activation.TANH, u, h, derivative, from, to);
      case RELU -> derivativeLoop(Activation.RELU, u, h, derivative, from, to);
      case LEAKY_RELU -> derivativeLoop(Activation.LEAKY_RELU, u, h, derivative, from, to);
      case GELU -> derivativeLoop(Activation.GELU, u, h, derivative, from, to);
      case SILU -> derivativeLoop(Activation.SILU, u, h, derivative, from, to);
      case SIGMOID -> derivativeLoop(Activation.SIGMOID, u, h, derivative, from, to);
    }
  }

  private static void derivativeLoop(
      Activation activation,
      MemorySegment u,
      MemorySegment h,
      MemorySegment derivative,
      long from,
      long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      store(derivative(activation, load(u, i), load(h, i)), derivative, i);
    }
    if (i < to) {
      VectorMask<Double> mask = tail(i, to);
      store(derivative(activation, load(u, i, mask), load(h, i, mask)), derivative, i, mask);
    }
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
    switch (activation) {
      case LINEAR -> differenceLoop(Activation.LINEAR, u, h, z, difference, derivative, from, to);
      case TANH -> differenceLoop(Activation.TANH, u, h, z, difference, derivative, from, to);
      case RELU -> differenceLoop(Activation.RELU, u, h, z, difference, derivative, from, to);
      case LEAKY_RELU -> differenceLoop(Activation.LEAKY_RELU, u, h, z, difference, derivative, from, to);
      case GELU -> differenceLoop(Activation.GELU, u, h, z, difference, derivative, from, to);
      case SILU -> differenceLoop(Activation.SILU, u, h, z, difference, derivative, from, to);
      case SIGMOID -> differenceLoop(Activation.SIGMOID, u, h, z, difference, derivative, from, to);
    }
  }

  private static void differenceLoop(
      Activation activation,
      MemorySegment u,
      MemorySegment h,
      MemorySegment z,
      MemorySegment difference,
      MemorySegment derivative,
      long from,
      long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      DoubleVector u0 = load(u, i);
      DoubleVector h0 = load(h, i);
      DoubleVector dz = load(z, i);
      DoubleVector shared = sharedTerm(activation, u0, dz);
      store(difference(activation, u0, h0, dz, shared), difference, i);
      store(shiftedDerivative(activation, u0, dz, shared), derivative, i);
    }
    if (i < to) {
      VectorMask<Double> mask = tail(i, to);
      DoubleVector u0 = load(u, i, mask);
      DoubleVector h0 = load(h, i, mask);
      DoubleVector dz = load(z, i, mask);
      DoubleVector shared = sharedTerm(activation, u0, dz);
      store(difference(activation, u0, h0, dz, shared), difference, i, mask);
      store(shiftedDerivative(activation, u0, dz, shared), derivative, i, mask);
    }
  }

  // The transcendental at u + z, which difference and derivative both need.
  private static DoubleVector sharedTerm(Activation activation, DoubleVector u, DoubleVector z) {
    return switch (activation) {
      case LINEAR -> u;
      case RELU, LEAKY_RELU -> u.add(z);
      case TANH -> DoubleMath.tanh(u.add(z));
      case GELU -> DoubleMath.tanh(geluArgument(u.add(z)));
      case SILU, SIGMOID -> DoubleMath.tanh(u.add(z).mul(0.5));
    };
  }

  // The forms of Activation.difference.
  private static DoubleVector difference(
      Activation activation, DoubleVector u, DoubleVector h, DoubleVector z, DoubleVector shared) {
    return switch (activation) {
      case LINEAR -> z;
      case TANH -> tanhDifference(h, shared, z);
      case RELU -> piecewiseDifference(u, z, shared, 0.0);
      case LEAKY_RELU -> piecewiseDifference(u, z, shared, Activation.LEAK);
      case GELU -> geluDifference(u, z, shared);
      case SILU ->
          u.lanewise(
              FMA,
              tanhDifference(DoubleMath.tanh(u.mul(0.5)), shared, z.mul(0.5)).mul(0.5),
              z.mul(shared.add(1.0).mul(0.5)));
      case SIGMOID ->
          tanhDifference(h.add(h).sub(1.0), shared, z.mul(0.5)).mul(0.5);
    };
  }

  // tanh(a + z) - tanh(a) from both values.
  private static DoubleVector tanhDifference(DoubleVector before, DoubleVector after, DoubleVector z) {
    DoubleVector bell = before.lanewise(NEG).lanewise(FMA, after, after.broadcast(1.0));
    return DoubleMath.tanh(z).mul(bell);
  }

  private static DoubleVector piecewiseDifference(
      DoubleVector u, DoubleVector z, DoubleVector sum, double slope) {
    VectorMask<Double> before = u.compare(GT, 0.0);
    VectorMask<Double> after = sum.compare(GT, 0.0);
    DoubleVector rising = sum.sub(u.mul(slope));
    DoubleVector falling = sum.mul(slope).sub(u);
    return z.mul(slope)
        .blend(z, before.and(after))
        .blend(rising, after.andNot(before))
        .blend(falling, before.andNot(after));
  }

  private static DoubleVector geluDifference(DoubleVector u, DoubleVector z, DoubleVector after) {
    DoubleVector cubic =
        u.mul(u).mul(3.0).lanewise(FMA, u.broadcast(1.0), u.mul(z).mul(3.0)).add(z.mul(z));
    DoubleVector shift =
        cubic
            .lanewise(FMA, u.broadcast(Activation.GELU_CUBIC), u.broadcast(1.0))
            .mul(z)
            .mul(Activation.GELU_SCALE);
    DoubleVector before = DoubleMath.tanh(geluArgument(u));
    DoubleVector own = z.mul(after.add(1.0)).mul(0.5);
    return u.mul(0.5).lanewise(FMA, tanhDifference(before, after, shift), own);
  }

  private static DoubleVector shiftedDerivative(
      Activation activation, DoubleVector u, DoubleVector z, DoubleVector shared) {
    return switch (activation) {
      case LINEAR, RELU, LEAKY_RELU -> derivative(activation, shared, shared);
      case TANH -> derivative(activation, shared, shared);
      case GELU -> geluDerivative(u.add(z), shared);
      case SILU -> siluDerivative(u.add(z), shared.add(1.0).mul(0.5));
      case SIGMOID -> derivative(activation, shared, shared.add(1.0).mul(0.5));
    };
  }

  // ---------------------------------------------------------------- predictive coding

  @Override
  public void subtractAndGate(
      MemorySegment displacement, MemorySegment error, MemorySegment gated, long from, long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      DoubleVector e = load(displacement, i).sub(load(error, i));
      store(e, error, i);
      store(e.mul(load(gated, i)), gated, i);
    }
    if (i < to) {
      VectorMask<Double> mask = tail(i, to);
      DoubleVector e = load(displacement, i, mask).sub(load(error, i, mask));
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
    double p = precision;
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      store(load(error, i).mul(p).sub(load(back, i)), back, i);
    }
    if (i < to) {
      VectorMask<Double> mask = tail(i, to);
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
    double p = precision;
    DoubleVector r = DoubleVector.broadcast(SPECIES, -rate);
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      DoubleVector gradient = load(error, i).mul(p).sub(load(back, i));
      store(gradient.lanewise(FMA, r, load(state, i)), state, i);
    }
    if (i < to) {
      VectorMask<Double> mask = tail(i, to);
      DoubleVector gradient = load(error, i, mask).mul(p).sub(load(back, i, mask));
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
    double p = precision;
    DoubleVector r = DoubleVector.broadcast(SPECIES, -rate);
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      DoubleVector e = load(error, i);
      DoubleVector moved = e.mul(p).sub(load(back, i)).lanewise(FMA, r, e);
      store(moved, error, i);
      store(moved.mul(load(derivative, i)), gated, i);
    }
    if (i < to) {
      VectorMask<Double> mask = tail(i, to);
      DoubleVector e = load(error, i, mask);
      DoubleVector moved = e.mul(p).sub(load(back, i, mask)).lanewise(FMA, r, e);
      store(moved, error, i, mask);
      store(moved.mul(load(derivative, i, mask)), gated, i, mask);
    }
  }

  @Override
  public void exponential(MemorySegment x, long from, long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      store(DoubleMath.exp(load(x, i)), x, i);
    }
    if (i < to) {
      VectorMask<Double> mask = tail(i, to);
      store(DoubleMath.exp(load(x, i, mask)), x, i, mask);
    }
  }

  // ---------------------------------------------------------------- optimisers

  @Override
  public void sgd(
      double keep, double step, MemorySegment g, MemorySegment w, long from, long to) {
    double k = keep;
    DoubleVector s = DoubleVector.broadcast(SPECIES, -step);
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      store(load(g, i).lanewise(FMA, s, load(w, i).mul(k)), w, i);
    }
    if (i < to) {
      VectorMask<Double> mask = tail(i, to);
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
    double k = keep;
    DoubleVector mu = DoubleVector.broadcast(SPECIES, momentum);
    DoubleVector s = DoubleVector.broadcast(SPECIES, -step);
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      DoubleVector velocity = load(v, i).lanewise(FMA, mu, load(g, i));
      store(velocity, v, i);
      store(velocity.lanewise(FMA, s, load(w, i).mul(k)), w, i);
    }
    if (i < to) {
      VectorMask<Double> mask = tail(i, to);
      DoubleVector velocity = load(v, i, mask).lanewise(FMA, mu, load(g, i, mask));
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
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      DoubleVector gradient = load(g, i);
      DoubleVector first =
          load(m, i).mul(beta1).add(gradient.mul((1 - beta1)));
      DoubleVector second =
          load(v, i).mul(beta2).add(gradient.mul(gradient).mul((1 - beta2)));
      store(first, m, i);
      store(second, v, i);
      DoubleVector root = second.mul(secondCorrection).sqrt().add(epsilon);
      store(load(w, i).mul(keep).sub(first.mul(step).div(root)), w, i);
    }
    if (i < to) {
      VectorMask<Double> mask = tail(i, to);
      DoubleVector gradient = load(g, i, mask);
      DoubleVector first =
          load(m, i, mask).mul(beta1).add(gradient.mul((1 - beta1)));
      DoubleVector second =
          load(v, i, mask).mul(beta2).add(gradient.mul(gradient).mul((1 - beta2)));
      store(first, m, i, mask);
      store(second, v, i, mask);
      DoubleVector root = second.mul(secondCorrection).sqrt().add(epsilon);
      store(load(w, i, mask).mul(keep).sub(first.mul(step).div(root)), w, i, mask);
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
