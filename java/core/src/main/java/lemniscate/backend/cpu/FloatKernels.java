package lemniscate.backend.cpu;

import static jdk.incubator.vector.VectorOperators.FMA;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.NEG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import lemniscate.backend.Activation;
import org.jspecify.annotations.Nullable;

/**
 * {@link Kernels} for float in the Vector API. {@code DoubleKernels} is this file with other types; a
 * test compares the two texts. Loops end with one masked round, so that every element goes through the
 * same operations wherever it lies.
 */
final class FloatKernels implements Kernels {

  private static final VectorSpecies<Float> SPECIES = FloatMath.SPECIES;
  private static final int LANES = SPECIES.length();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final ValueLayout.OfFloat LAYOUT = ValueLayout.JAVA_FLOAT;
  private static final long BYTES = LAYOUT.byteSize();

  private static FloatVector load(MemorySegment x, long i) {
    return FloatVector.fromMemorySegment(SPECIES, x, i * BYTES, ORDER);
  }

  private static FloatVector load(MemorySegment x, long i, VectorMask<Float> mask) {
    return FloatVector.fromMemorySegment(SPECIES, x, i * BYTES, ORDER, mask);
  }

  private static void store(FloatVector v, MemorySegment x, long i) {
    v.intoMemorySegment(x, i * BYTES, ORDER);
  }

  private static void store(FloatVector v, MemorySegment x, long i, VectorMask<Float> mask) {
    v.intoMemorySegment(x, i * BYTES, ORDER, mask);
  }

  private static long fullRounds(long from, long to) {
    return to - (to - from) % LANES;
  }

  private static VectorMask<Float> tail(long i, long to) {
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
      double factor, MemorySegment x, int rows, int columns, MemorySegment out, long from, long to) {
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

  private static FloatVector logistic(FloatVector u) {
    return FloatMath.tanh(u.mul(0.5f)).add(1f).mul(0.5f);
  }

  private static FloatVector geluArgument(FloatVector u) {
    FloatVector square = u.mul(u);
    FloatVector inner =
        square.lanewise(
            FMA, u.broadcast((float) Activation.GELU_CUBIC), u.broadcast(1f));
    return u.mul((float) Activation.GELU_SCALE).mul(inner);
  }

  private static FloatVector value(Activation activation, FloatVector u) {
    return switch (activation) {
      case LINEAR -> u;
      case TANH -> FloatMath.tanh(u);
      // Not max(u, 0): NaN must stay NaN, and does because it is not below zero.
      case RELU -> u.blend(0f, u.compare(LT, 0f));
      case LEAKY_RELU ->
          u.blend(
              u.mul((float) Activation.LEAK),
              u.compare(LT, 0f));
      case GELU -> u.mul(0.5f).mul(FloatMath.tanh(geluArgument(u)).add(1f));
      case SILU -> u.mul(logistic(u));
      case SIGMOID -> logistic(u);
    };
  }

  private static FloatVector derivative(Activation activation, FloatVector u, FloatVector h) {
    return switch (activation) {
      case LINEAR -> u.broadcast(1f);
      case TANH -> h.lanewise(NEG).lanewise(FMA, h, h.broadcast(1f));
      case RELU -> u.broadcast(0f).blend(1f, u.compare(GT, 0f));
      case LEAKY_RELU -> u.broadcast((float) Activation.LEAK).blend(1f, u.compare(GT, 0f));
      case GELU -> geluDerivative(u, FloatMath.tanh(geluArgument(u)));
      case SILU -> siluDerivative(u, logistic(u));
      case SIGMOID -> h.mul(h.broadcast(1f).sub(h));
    };
  }

  private static FloatVector geluDerivative(FloatVector u, FloatVector t) {
    FloatVector slope =
        u.mul(u)
            .lanewise(FMA, u.broadcast((float) (3 * Activation.GELU_CUBIC)), u.broadcast(1f))
            .mul((float) Activation.GELU_SCALE);
    FloatVector bell = t.lanewise(NEG).lanewise(FMA, t, t.broadcast(1f));
    return u.mul(0.5f).mul(bell).lanewise(FMA, slope, t.add(1f).mul(0.5f));
  }

  private static FloatVector siluDerivative(FloatVector u, FloatVector s) {
    return u.mul(s).lanewise(FMA, s.broadcast(1f).sub(s), s);
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
      VectorMask<Float> mask = tail(i, to);
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
      VectorMask<Float> mask = tail(i, to);
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
      FloatVector u0 = load(u, i);
      FloatVector h0 = load(h, i);
      FloatVector dz = load(z, i);
      FloatVector shared = sharedTerm(activation, u0, dz);
      store(difference(activation, u0, h0, dz, shared), difference, i);
      store(shiftedDerivative(activation, u0, dz, shared), derivative, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      FloatVector u0 = load(u, i, mask);
      FloatVector h0 = load(h, i, mask);
      FloatVector dz = load(z, i, mask);
      FloatVector shared = sharedTerm(activation, u0, dz);
      store(difference(activation, u0, h0, dz, shared), difference, i, mask);
      store(shiftedDerivative(activation, u0, dz, shared), derivative, i, mask);
    }
  }

  // The transcendental at u + z, which difference and derivative both need.
  private static FloatVector sharedTerm(Activation activation, FloatVector u, FloatVector z) {
    return switch (activation) {
      case LINEAR -> u;
      case RELU, LEAKY_RELU -> u.add(z);
      case TANH -> FloatMath.tanh(u.add(z));
      case GELU -> FloatMath.tanh(geluArgument(u.add(z)));
      case SILU, SIGMOID -> FloatMath.tanh(u.add(z).mul(0.5f));
    };
  }

  // The forms of Activation.difference.
  private static FloatVector difference(
      Activation activation, FloatVector u, FloatVector h, FloatVector z, FloatVector shared) {
    return switch (activation) {
      case LINEAR -> z;
      case TANH -> tanhDifference(h, shared, z);
      case RELU -> piecewiseDifference(u, z, shared, 0f);
      case LEAKY_RELU -> piecewiseDifference(u, z, shared, (float) Activation.LEAK);
      case GELU -> geluDifference(u, z, shared);
      case SILU ->
          u.lanewise(
              FMA,
              tanhDifference(FloatMath.tanh(u.mul(0.5f)), shared, z.mul(0.5f)).mul(0.5f),
              z.mul(shared.add(1f).mul(0.5f)));
      case SIGMOID ->
          tanhDifference(h.add(h).sub(1f), shared, z.mul(0.5f)).mul(0.5f);
    };
  }

  // tanh(a + z) - tanh(a) from both values.
  private static FloatVector tanhDifference(FloatVector before, FloatVector after, FloatVector z) {
    FloatVector bell = before.lanewise(NEG).lanewise(FMA, after, after.broadcast(1f));
    return FloatMath.tanh(z).mul(bell);
  }

  private static FloatVector piecewiseDifference(
      FloatVector u, FloatVector z, FloatVector sum, float slope) {
    VectorMask<Float> before = u.compare(GT, 0f);
    VectorMask<Float> after = sum.compare(GT, 0f);
    FloatVector rising = sum.sub(u.mul(slope));
    FloatVector falling = sum.mul(slope).sub(u);
    return z.mul(slope)
        .blend(z, before.and(after))
        .blend(rising, after.andNot(before))
        .blend(falling, before.andNot(after));
  }

  private static FloatVector geluDifference(FloatVector u, FloatVector z, FloatVector after) {
    FloatVector cubic =
        u.mul(u).mul(3f).lanewise(FMA, u.broadcast(1f), u.mul(z).mul(3f)).add(z.mul(z));
    FloatVector shift =
        cubic
            .lanewise(FMA, u.broadcast((float) Activation.GELU_CUBIC), u.broadcast(1f))
            .mul(z)
            .mul((float) Activation.GELU_SCALE);
    FloatVector before = FloatMath.tanh(geluArgument(u));
    FloatVector own = z.mul(after.add(1f)).mul(0.5f);
    return u.mul(0.5f).lanewise(FMA, tanhDifference(before, after, shift), own);
  }

  private static FloatVector shiftedDerivative(
      Activation activation, FloatVector u, FloatVector z, FloatVector shared) {
    return switch (activation) {
      case LINEAR, RELU, LEAKY_RELU -> derivative(activation, shared, shared);
      case TANH -> derivative(activation, shared, shared);
      case GELU -> geluDerivative(u.add(z), shared);
      case SILU -> siluDerivative(u.add(z), shared.add(1f).mul(0.5f));
      case SIGMOID -> derivative(activation, shared, shared.add(1f).mul(0.5f));
    };
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
  public void exponential(MemorySegment x, long from, long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      store(FloatMath.exp(load(x, i)), x, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      store(FloatMath.exp(load(x, i, mask)), x, i, mask);
    }
  }

  // ---------------------------------------------------------------- optimisers

  @Override
  public void sgd(
      double keep, double step, MemorySegment g, MemorySegment w, long from, long to) {
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
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      FloatVector gradient = load(g, i);
      FloatVector first =
          load(m, i).mul((float) beta1).add(gradient.mul((float) (1 - beta1)));
      FloatVector second =
          load(v, i).mul((float) beta2).add(gradient.mul(gradient).mul((float) (1 - beta2)));
      store(first, m, i);
      store(second, v, i);
      FloatVector root = second.mul((float) secondCorrection).sqrt().add((float) epsilon);
      store(load(w, i).mul((float) keep).sub(first.mul((float) step).div(root)), w, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      FloatVector gradient = load(g, i, mask);
      FloatVector first =
          load(m, i, mask).mul((float) beta1).add(gradient.mul((float) (1 - beta1)));
      FloatVector second =
          load(v, i, mask).mul((float) beta2).add(gradient.mul(gradient).mul((float) (1 - beta2)));
      store(first, m, i, mask);
      store(second, v, i, mask);
      FloatVector root = second.mul((float) secondCorrection).sqrt().add((float) epsilon);
      store(load(w, i, mask).mul((float) keep).sub(first.mul((float) step).div(root)), w, i, mask);
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
