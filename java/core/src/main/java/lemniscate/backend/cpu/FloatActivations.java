package lemniscate.backend.cpu;

import static jdk.incubator.vector.VectorOperators.FMA;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.NEG;
import static lemniscate.backend.cpu.FloatKernels.LANES;
import static lemniscate.backend.cpu.FloatKernels.fullRounds;
import static lemniscate.backend.cpu.FloatKernels.load;
import static lemniscate.backend.cpu.FloatKernels.store;
import static lemniscate.backend.cpu.FloatKernels.tail;

import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import lemniscate.backend.Activation;

/**
 * Activations of float blocks that fit the first-level cache, as short sequences of simple loops. A
 * loop knows no activation and holds at most one tanh: a choice inside a loop, or a longer body, is
 * beyond what the compiler inlines, and then every vector would be an object. {@code
 * DoubleActivations} is this file with other types.
 */
final class FloatActivations {

  private static final float LEAK = (float) Activation.LEAK;
  private static final float SCALE = (float) Activation.GELU_SCALE;
  private static final float CUBIC = (float) Activation.GELU_CUBIC;

  private FloatActivations() {}

  /** h = φ(u); h may be u for all but GELU and SILU. */
  static void value(Activation activation, MemorySegment u, MemorySegment h, long from, long to) {
    switch (activation) {
      case LINEAR -> rectify(1f, u, h, from, to);
      case TANH -> tanh(u, h, from, to);
      case RELU -> rectify(0f, u, h, from, to);
      case LEAKY_RELU -> rectify(LEAK, u, h, from, to);
      case GELU -> {
        geluArgument(u, h, from, to);
        tanh(h, h, from, to);
        onePlusTimesHalfOf(u, h, from, to);
      }
      case SILU -> {
        tanhOfHalf(u, h, from, to);
        onePlusTimesHalfOf(u, h, from, to);
      }
      case SIGMOID -> {
        tanhOfHalf(u, h, from, to);
        onePlusTimesHalf(h, from, to);
      }
    }
  }

  /** derivative = φ′(u), h = φ(u). */
  static void derivative(
      Activation activation,
      MemorySegment u,
      MemorySegment h,
      MemorySegment derivative,
      long from,
      long to) {
    switch (activation) {
      case LINEAR -> step(1f, u, derivative, from, to);
      case TANH -> oneMinusSquare(h, derivative, from, to);
      case RELU -> step(0f, u, derivative, from, to);
      case LEAKY_RELU -> step(LEAK, u, derivative, from, to);
      case GELU -> {
        geluArgument(u, derivative, from, to);
        tanh(derivative, derivative, from, to);
        geluDerivative(u, derivative, from, to);
      }
      case SILU -> {
        tanhOfHalf(u, derivative, from, to);
        onePlusTimesHalf(derivative, from, to);
        siluDerivative(u, derivative, from, to);
      }
      case SIGMOID -> logisticDerivative(h, derivative, from, to);
    }
  }

  /** One loop of a difference. */
  private interface Stage {
    void run(
        MemorySegment u,
        MemorySegment h,
        MemorySegment z,
        MemorySegment difference,
        MemorySegment derivative,
        long from,
        long to);
  }

  /**
   * The loops of each difference, in order. That they are objects called from one place keeps the
   * compiler from inlining them all into one method beyond its limits.
   */
  private static final Map<Activation, Stage[]> DIFFERENCES = new EnumMap<>(Activation.class);

  static {
    Stage tanhOfShift = (u, h, z, d, g, from, to) -> tanh(z, d, from, to);
    Stage tanhOfHalfShift = (u, h, z, d, g, from, to) -> tanhOfHalf(z, d, from, to);
    Stage tanhInPlace = (u, h, z, d, g, from, to) -> tanh(d, d, from, to);
    Stage shifted = (u, h, z, d, g, from, to) -> add(u, z, g, from, to);
    Stage shiftedTanh = (u, h, z, d, g, from, to) -> tanh(g, g, from, to);
    Stage shiftedTanhOfHalf = (u, h, z, d, g, from, to) -> tanhOfHalf(g, g, from, to);
    DIFFERENCES.put(Activation.LINEAR, rectified(1f));
    DIFFERENCES.put(Activation.RELU, rectified(0f));
    DIFFERENCES.put(Activation.LEAKY_RELU, rectified(LEAK));
    DIFFERENCES.put(
        Activation.TANH,
        new Stage[] {
          shifted,
          shiftedTanh,
          tanhOfShift,
          (u, h, z, d, g, from, to) -> tanhDifference(h, d, g, from, to)
        });
    DIFFERENCES.put(
        Activation.SIGMOID,
        new Stage[] {
          shifted,
          shiftedTanhOfHalf,
          tanhOfHalfShift,
          (u, h, z, d, g, from, to) -> sigmoidDifference(h, d, g, from, to)
        });
    DIFFERENCES.put(
        Activation.SILU,
        new Stage[] {
          shifted,
          shiftedTanhOfHalf,
          tanhOfHalfShift,
          (u, h, z, d, g, from, to) -> timesBellOfHalf(u, g, d, from, to),
          (u, h, z, d, g, from, to) -> siluDifference(u, z, d, g, from, to)
        });
    DIFFERENCES.put(
        Activation.GELU,
        new Stage[] {
          (u, h, z, d, g, from, to) -> geluShift(u, z, d, from, to),
          tanhInPlace,
          shifted,
          (u, h, z, d, g, from, to) -> geluArgument(g, g, from, to),
          shiftedTanh,
          (u, h, z, d, g, from, to) -> timesGeluBell(u, g, d, from, to),
          (u, h, z, d, g, from, to) -> geluDifference(u, z, d, g, from, to),
          (u, h, z, d, g, from, to) -> geluShiftedDerivative(u, z, g, from, to)
        });
  }

  private static Stage[] rectified(float slope) {
    return new Stage[] {
      (u, h, z, d, g, from, to) -> rectifiedDifference(slope, u, z, d, g, from, to)
    };
  }

  /**
   * difference = φ(u+z) − φ(u) in the forms of {@link Activation#difference}, derivative = φ′(u+z).
   */
  static void difference(
      Activation activation,
      MemorySegment u,
      MemorySegment h,
      MemorySegment z,
      MemorySegment difference,
      MemorySegment derivative,
      long from,
      long to) {
    for (Stage stage : DIFFERENCES.get(activation)) {
      stage.run(u, h, z, difference, derivative, from, to);
    }
  }

  private static FloatVector bell(FloatVector before, FloatVector after) {
    return before.lanewise(NEG).lanewise(FMA, after, after.broadcast(1f));
  }

  private static FloatVector geluArgument(FloatVector u) {
    FloatVector inner = u.mul(u).lanewise(FMA, u.broadcast(CUBIC), u.broadcast(1f));
    return u.mul(SCALE).mul(inner);
  }

  private static FloatVector geluDerivative(FloatVector u, FloatVector t) {
    FloatVector slope = u.mul(u).lanewise(FMA, u.broadcast(3f * CUBIC), u.broadcast(1f)).mul(SCALE);
    return u.mul(0.5f).mul(bell(t, t)).lanewise(FMA, slope, t.add(1f).mul(0.5f));
  }

  // On one side of the kink slope times z; across it nothing cancels.
  private static FloatVector rectifiedDifference(
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

  private static void tanh(MemorySegment x, MemorySegment out, long from, long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      store(FloatMath.tanh(load(x, i)), out, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      store(FloatMath.tanh(load(x, i, mask)), out, i, mask);
    }
  }

  private static void tanhOfHalf(MemorySegment x, MemorySegment out, long from, long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      store(FloatMath.tanh(load(x, i).mul(0.5f)), out, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      store(FloatMath.tanh(load(x, i, mask).mul(0.5f)), out, i, mask);
    }
  }

  private static void add(MemorySegment x, MemorySegment y, MemorySegment out, long from, long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      store(load(x, i).add(load(y, i)), out, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      store(load(x, i, mask).add(load(y, i, mask)), out, i, mask);
    }
  }

  // x = (1 + x)/2: the logistic function from tanh of the halved argument.
  private static void onePlusTimesHalf(MemorySegment x, long from, long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      store(load(x, i).add(1f).mul(0.5f), x, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      store(load(x, i, mask).add(1f).mul(0.5f), x, i, mask);
    }
  }

  private static void geluArgument(MemorySegment u, MemorySegment out, long from, long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      FloatVector x = load(u, i);
      store(geluArgument(x), out, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      FloatVector x = load(u, i, mask);
      store(geluArgument(x), out, i, mask);
    }
  }

  // Not a maximum: NaN stays NaN because it is not below zero.
  private static void rectify(float slope, MemorySegment u, MemorySegment h, long from, long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      FloatVector x = load(u, i);
      store(x.blend(x.mul(slope), x.compare(LT, 0f)), h, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      FloatVector x = load(u, i, mask);
      store(x.blend(x.mul(slope), x.compare(LT, 0f)), h, i, mask);
    }
  }

  private static void step(float slope, MemorySegment u, MemorySegment out, long from, long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      FloatVector x = load(u, i);
      store(x.broadcast(slope).blend(1f, x.compare(GT, 0f)), out, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      FloatVector x = load(u, i, mask);
      store(x.broadcast(slope).blend(1f, x.compare(GT, 0f)), out, i, mask);
    }
  }

  private static void oneMinusSquare(MemorySegment h, MemorySegment out, long from, long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      FloatVector t = load(h, i);
      store(t.lanewise(NEG).lanewise(FMA, t, t.broadcast(1f)), out, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      FloatVector t = load(h, i, mask);
      store(t.lanewise(NEG).lanewise(FMA, t, t.broadcast(1f)), out, i, mask);
    }
  }

  private static void logisticDerivative(MemorySegment s, MemorySegment out, long from, long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      FloatVector x = load(s, i);
      store(x.mul(x.broadcast(1f).sub(x)), out, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      FloatVector x = load(s, i, mask);
      store(x.mul(x.broadcast(1f).sub(x)), out, i, mask);
    }
  }

  // s = s + u s (1 − s), with s the logistic function of u.
  private static void siluDerivative(MemorySegment u, MemorySegment s, long from, long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      FloatVector x = load(s, i);
      store(load(u, i).mul(x).lanewise(FMA, x.broadcast(1f).sub(x), x), s, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      FloatVector x = load(s, i, mask);
      store(load(u, i, mask).mul(x).lanewise(FMA, x.broadcast(1f).sub(x), x), s, i, mask);
    }
  }

  // In place of t, the tanh inside.
  private static void geluDerivative(MemorySegment u, MemorySegment t, long from, long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      store(geluDerivative(load(u, i), load(t, i)), t, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      store(geluDerivative(load(u, i, mask), load(t, i, mask)), t, i, mask);
    }
  }

  // From tanh z in difference and tanh(u+z) in derivative.
  private static void tanhDifference(
      MemorySegment h, MemorySegment difference, MemorySegment derivative, long from, long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      FloatVector after = load(derivative, i);
      store(load(difference, i).mul(bell(load(h, i), after)), difference, i);
      store(bell(after, after), derivative, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      FloatVector after = load(derivative, i, mask);
      store(load(difference, i, mask).mul(bell(load(h, i, mask), after)), difference, i, mask);
      store(bell(after, after), derivative, i, mask);
    }
  }

  // From tanh(z/2) in difference and tanh((u+z)/2) in derivative.
  private static void sigmoidDifference(
      MemorySegment h, MemorySegment difference, MemorySegment derivative, long from, long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      FloatVector after = load(derivative, i);
      FloatVector s = load(h, i);
      store(load(difference, i).mul(bell(s.add(s).sub(1f), after)).mul(0.5f), difference, i);
      FloatVector s1 = after.add(1f).mul(0.5f);
      store(s1.mul(s1.broadcast(1f).sub(s1)), derivative, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      FloatVector after = load(derivative, i, mask);
      FloatVector s = load(h, i, mask);
      store(
          load(difference, i, mask).mul(bell(s.add(s).sub(1f), after)).mul(0.5f),
          difference,
          i,
          mask);
      FloatVector s1 = after.add(1f).mul(0.5f);
      store(s1.mul(s1.broadcast(1f).sub(s1)), derivative, i, mask);
    }
  }

  // t = u (1 + t)/2.
  private static void onePlusTimesHalfOf(MemorySegment u, MemorySegment t, long from, long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      store(load(t, i).add(1f).mul(load(u, i)).mul(0.5f), t, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      store(load(t, i, mask).add(1f).mul(load(u, i, mask)).mul(0.5f), t, i, mask);
    }
  }

  // x = x (1 − tanh(u/2) after).
  private static void timesBellOfHalf(
      MemorySegment u, MemorySegment after, MemorySegment x, long from, long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      FloatVector before = FloatMath.tanh(load(u, i).mul(0.5f));
      store(load(x, i).mul(bell(before, load(after, i))), x, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      FloatVector before = FloatMath.tanh(load(u, i, mask).mul(0.5f));
      store(load(x, i, mask).mul(bell(before, load(after, i, mask))), x, i, mask);
    }
  }

  // x = x (1 − t after), t the tanh inside the activation of u.
  private static void timesGeluBell(
      MemorySegment u, MemorySegment after, MemorySegment x, long from, long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      FloatVector before = FloatMath.tanh(geluArgument(load(u, i)));
      store(load(x, i).mul(bell(before, load(after, i))), x, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      FloatVector before = FloatMath.tanh(geluArgument(load(u, i, mask)));
      store(load(x, i, mask).mul(bell(before, load(after, i, mask))), x, i, mask);
    }
  }

  // From the change of the inner tanh in difference and the shifted tanh in derivative.
  private static void siluDifference(
      MemorySegment u,
      MemorySegment z,
      MemorySegment difference,
      MemorySegment derivative,
      long from,
      long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      FloatVector after = load(derivative, i);
      FloatVector x = load(u, i);
      FloatVector dz = load(z, i);
      FloatVector s1 = after.add(1f).mul(0.5f);
      FloatVector moved = load(difference, i);
      store(x.mul(0.5f).lanewise(FMA, moved, dz.mul(s1)), difference, i);
      store(x.add(dz).mul(s1).lanewise(FMA, s1.broadcast(1f).sub(s1), s1), derivative, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      FloatVector after = load(derivative, i, mask);
      FloatVector x = load(u, i, mask);
      FloatVector dz = load(z, i, mask);
      FloatVector s1 = after.add(1f).mul(0.5f);
      FloatVector moved = load(difference, i, mask);
      store(x.mul(0.5f).lanewise(FMA, moved, dz.mul(s1)), difference, i, mask);
      store(x.add(dz).mul(s1).lanewise(FMA, s1.broadcast(1f).sub(s1), s1), derivative, i, mask);
    }
  }

  // By how much the argument of the tanh inside moves when u moves by z.
  private static void geluShift(
      MemorySegment u, MemorySegment z, MemorySegment out, long from, long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      FloatVector x = load(u, i);
      FloatVector dz = load(z, i);
      FloatVector cubic = x.mul(x).add(x.mul(dz)).mul(3f).add(dz.mul(dz));
      store(cubic.lanewise(FMA, x.broadcast(CUBIC), x.broadcast(1f)).mul(dz).mul(SCALE), out, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      FloatVector x = load(u, i, mask);
      FloatVector dz = load(z, i, mask);
      FloatVector cubic = x.mul(x).add(x.mul(dz)).mul(3f).add(dz.mul(dz));
      store(
          cubic.lanewise(FMA, x.broadcast(CUBIC), x.broadcast(1f)).mul(dz).mul(SCALE),
          out,
          i,
          mask);
    }
  }

  // From the change of the inner tanh in difference and the shifted tanh in derivative.
  private static void geluDifference(
      MemorySegment u,
      MemorySegment z,
      MemorySegment difference,
      MemorySegment derivative,
      long from,
      long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      FloatVector after = load(derivative, i);
      FloatVector x = load(u, i);
      FloatVector moved = load(difference, i);
      store(
          x.mul(0.5f).lanewise(FMA, moved, load(z, i).mul(after.add(1f)).mul(0.5f)), difference, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      FloatVector after = load(derivative, i, mask);
      FloatVector x = load(u, i, mask);
      FloatVector moved = load(difference, i, mask);
      store(
          x.mul(0.5f).lanewise(FMA, moved, load(z, i, mask).mul(after.add(1f)).mul(0.5f)),
          difference,
          i,
          mask);
    }
  }

  private static void rectifiedDifference(
      float slope,
      MemorySegment u,
      MemorySegment z,
      MemorySegment difference,
      MemorySegment derivative,
      long from,
      long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      FloatVector x = load(u, i);
      FloatVector dz = load(z, i);
      FloatVector sum = x.add(dz);
      store(rectifiedDifference(x, dz, sum, slope), difference, i);
      store(x.broadcast(slope).blend(1f, sum.compare(GT, 0f)), derivative, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      FloatVector x = load(u, i, mask);
      FloatVector dz = load(z, i, mask);
      FloatVector sum = x.add(dz);
      store(rectifiedDifference(x, dz, sum, slope), difference, i, mask);
      store(x.broadcast(slope).blend(1f, sum.compare(GT, 0f)), derivative, i, mask);
    }
  }

  private static void geluShiftedDerivative(
      MemorySegment u, MemorySegment z, MemorySegment t, long from, long to) {
    long i = from;
    for (long end = fullRounds(from, to); i < end; i += LANES) {
      store(geluDerivative(load(u, i).add(load(z, i)), load(t, i)), t, i);
    }
    if (i < to) {
      VectorMask<Float> mask = tail(i, to);
      store(geluDerivative(load(u, i, mask).add(load(z, i, mask)), load(t, i, mask)), t, i, mask);
    }
  }
}
