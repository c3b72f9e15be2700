package lemniscate.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import lemniscate.backend.Activation;
import lemniscate.backend.Window;
import lemniscate.random.NormalStream;
import lemniscate.tensor.DType;
import org.jspecify.annotations.Nullable;

/**
 * {@link Kernels} one element at a time: where there are no loops in C, and their twin in tests.
 * Long because it has every loop once.
 */
final class ScalarKernels implements Kernels {

  /** Up to here Taylor's polynomial of tanh to x⁹ has a remainder below an eighth of an ulp. */
  private static final float SMALL = 0.25f;

  private static final float T9 = 62f / 2835;
  private static final float T7 = -17f / 315;
  private static final float T5 = 2f / 15;
  private static final float T3 = -1f / 3;

  /** From here on the tanh of a float is 1. */
  private static final double SATURATED = 9;

  /** Normals that are made at a time. */
  private static final long BLOCK = 1024;

  private final boolean single;

  ScalarKernels(DType dtype) {
    this.single = dtype == DType.FLOAT32;
  }

  @Override
  public double get(MemorySegment x, long i) {
    return single
        ? x.getAtIndex(ValueLayout.JAVA_FLOAT, i)
        : x.getAtIndex(ValueLayout.JAVA_DOUBLE, i);
  }

  @Override
  public void set(MemorySegment x, long i, double value) {
    if (single) {
      x.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) value);
    } else {
      x.setAtIndex(ValueLayout.JAVA_DOUBLE, i, value);
    }
  }

  @Override
  public void normals(
      long seed, long stream, double deviation, MemorySegment x, long from, long to) {
    NormalStream normals = new NormalStream(seed, stream);
    double[] block = new double[(int) Math.min(BLOCK, to - from)];
    for (long at = from; at < to; at += block.length) {
      int count = (int) Math.min(block.length, to - at);
      normals.fill(at, block, 0, count);
      for (int i = 0; i < count; i++) {
        set(x, at + i, deviation * block[i]);
      }
    }
  }

  @Override
  public void fill(double value, MemorySegment x, long from, long to) {
    for (long i = from; i < to; i++) {
      set(x, i, value);
    }
  }

  @Override
  public void scale(double factor, MemorySegment x, long from, long to) {
    for (long i = from; i < to; i++) {
      set(x, i, factor * get(x, i));
    }
  }

  @Override
  public void shift(double value, MemorySegment x, long from, long to) {
    for (long i = from; i < to; i++) {
      set(x, i, get(x, i) + value);
    }
  }

  @Override
  public void axpy(double factor, MemorySegment x, MemorySegment y, long from, long to) {
    for (long i = from; i < to; i++) {
      set(y, i, get(y, i) + factor * get(x, i));
    }
  }

  @Override
  public void multiply(MemorySegment x, MemorySegment y, long from, long to) {
    for (long i = from; i < to; i++) {
      set(y, i, get(x, i) * get(y, i));
    }
  }

  @Override
  public void sign(MemorySegment x, MemorySegment y, long from, long to) {
    for (long i = from; i < to; i++) {
      set(y, i, Math.signum(get(x, i)));
    }
  }

  @Override
  public void addRow(MemorySegment bias, MemorySegment y, int columns, long from, long to) {
    for (long row = from; row < to; row++) {
      for (int c = 0; c < columns; c++) {
        set(y, row * columns + c, get(y, row * columns + c) + get(bias, c));
      }
    }
  }

  @Override
  public void multiplyRow(
      MemorySegment factors, MemorySegment x, MemorySegment y, int columns, long from, long to) {
    for (long row = from; row < to; row++) {
      for (int c = 0; c < columns; c++) {
        set(y, row * columns + c, get(factors, c) * get(x, row * columns + c));
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
    for (long c = from; c < to; c++) {
      double sum = 0;
      for (int row = 0; row < rows; row++) {
        sum += get(x, (long) row * columns + c);
      }
      set(out, c, factor * sum);
    }
  }

  @Override
  public double sum(MemorySegment x, long from, long to) {
    double sum = 0;
    for (long i = from; i < to; i++) {
      sum += get(x, i);
    }
    return sum;
  }

  @Override
  public double sumOfSquaredDeviations(double mean, MemorySegment x, long from, long to) {
    double sum = 0;
    for (long i = from; i < to; i++) {
      double v = get(x, i) - mean;
      sum += v * v;
    }
    return sum;
  }

  @Override
  public double sumOfMovedSquares(MemorySegment x, MemorySegment move, long from, long to) {
    double sum = 0;
    for (long i = from; i < to; i++) {
      double v = get(x, i) + get(move, i);
      sum += v * v;
    }
    return sum;
  }

  @Override
  public double sumOfChange(MemorySegment x, MemorySegment move, long from, long to) {
    double sum = 0;
    for (long i = from; i < to; i++) {
      double by = get(move, i);
      sum += by * (2 * get(x, i) + by);
    }
    return sum;
  }

  @Override
  public double sumOfSquares(MemorySegment x, long from, long to) {
    double sum = 0;
    for (long i = from; i < to; i++) {
      double v = get(x, i);
      sum += v * v;
    }
    return sum;
  }

  @Override
  public void activation(
      Activation activation, MemorySegment u, MemorySegment h, long from, long to) {
    if (activation == Activation.TANH) {
      tanhValues(u, h, from, to);
      return;
    }
    for (long i = from; i < to; i++) {
      set(h, i, activation.value(get(u, i)));
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
    for (long i = from; i < to; i++) {
      set(derivative, i, derivative(activation, get(u, i), get(h, i)));
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
    for (long i = from; i < to; i++) {
      double before = get(u, i);
      double shift = get(z, i);
      set(difference, i, activation.difference(before, shift));
      set(derivative, i, activation.derivative(before + shift));
    }
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
    addRow(bias, u, columns, from, to);
    activation(activation, u, h, from * columns, to * columns);
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
    for (long i = from; i < to; i++) {
      set(gated, i, derivative(activation, get(u, i), get(h, i)) * get(displacement, i));
    }
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
    if (activation == Activation.TANH) {
      tanhError(u, h, z, displacement, error, gated, from, to);
      return;
    }
    for (long i = from; i < to; i++) {
      double before = get(u, i);
      double move = get(z, i);
      set(error, i, get(displacement, i) - activation.difference(before, move));
      set(gated, i, get(error, i) * activation.derivative(before + move));
    }
  }

  // tanh(u+z) = (h + tanh z)/(1 + h tanh z) while z is small, as in C.
  private void tanhError(
      MemorySegment u,
      MemorySegment h,
      MemorySegment z,
      MemorySegment displacement,
      MemorySegment error,
      MemorySegment gated,
      long from,
      long to) {
    if (single) {
      tanhError32(u, h, z, displacement, error, gated, from, to);
      return;
    }
    for (long i = from; i < to; i++) {
      double before = get(h, i);
      double t = Math.tanh(get(z, i));
      double after = Math.tanh(get(u, i) + get(z, i));
      set(error, i, get(displacement, i) - t * (1 - before * after));
      set(gated, i, get(error, i) * (1 - after * after));
    }
  }

  // With nothing that depends on the element type, and in float, whose quotients take less time.
  private void tanhError32(
      MemorySegment u,
      MemorySegment h,
      MemorySegment z,
      MemorySegment displacement,
      MemorySegment error,
      MemorySegment gated,
      long from,
      long to) {
    for (long i = from; i < to; i++) {
      float before = h.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      float move = z.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      float t;
      float after;
      if (Math.abs(move) <= SMALL) {
        float s = move * move;
        t = move + move * s * (T3 + s * (T5 + s * (T7 + s * T9)));
        after = (before + t) / (1 + before * t);
      } else {
        t = (float) tanh(move);
        after = (float) tanh(u.getAtIndex(ValueLayout.JAVA_FLOAT, i) + move);
      }
      float e = displacement.getAtIndex(ValueLayout.JAVA_FLOAT, i) - t * (1 - before * after);
      error.setAtIndex(ValueLayout.JAVA_FLOAT, i, e);
      gated.setAtIndex(ValueLayout.JAVA_FLOAT, i, e * (1 - after * after));
    }
  }

  // A loop of its own, which calls nothing that is compiled for other activations too.
  private void tanhValues(MemorySegment u, MemorySegment h, long from, long to) {
    for (long i = from; i < to; i++) {
      set(h, i, tanh(get(u, i)));
    }
  }

  private static double derivative(Activation activation, double u, double h) {
    return activation == Activation.TANH ? 1 - h * h : activation.derivative(u);
  }

  // In float a quotient of polynomials, good to 3 ulp; Math.tanh takes several times its time.
  private double tanh(double x) {
    if (!single) {
      return Math.tanh(x);
    }
    if (Math.abs(x) > SATURATED) {
      return Math.signum(x);
    }
    double s = x * x;
    double p = -2.76076847742355e-16 * s + 2.00018790482477e-13;
    p = p * s - 8.60467152213735e-11;
    p = p * s + 5.12229709037114e-08;
    p = p * s + 1.48572235717979e-05;
    p = p * s + 6.37261928875436e-04;
    p = p * s + 4.89352455891786e-03;
    double q = 1.19825839466702e-06 * s + 1.18534705686654e-04;
    q = q * s + 2.26843463243900e-03;
    q = q * s + 4.89352518554385e-03;
    return x * p / q;
  }

  @Override
  public void stateGradient(
      double precision,
      MemorySegment error,
      @Nullable MemorySegment gate,
      MemorySegment back,
      long from,
      long to) {
    for (long i = from; i < to; i++) {
      double down = gate == null ? get(back, i) : get(gate, i) * get(back, i);
      set(back, i, precision * get(error, i) - down);
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
    for (long i = from; i < to; i++) {
      double down = gate == null ? get(back, i) : get(gate, i) * get(back, i);
      set(state, i, get(state, i) - rate * (precision * get(error, i) - down));
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
    for (long i = from; i < to; i++) {
      double e = get(error, i);
      set(error, i, e - rate * (precision * e - get(back, i)));
      set(gated, i, get(error, i) * get(derivative, i));
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
    for (long i = from; i < to; i++) {
      double moved = shift == null ? 0 : get(shift, i);
      set(error, i, (get(target, i) - get(output, i)) - moved);
    }
  }

  @Override
  public void exponential(MemorySegment x, long from, long to) {
    for (long i = from; i < to; i++) {
      set(x, i, Math.exp(get(x, i)));
    }
  }

  @Override
  public void softmax(MemorySegment x, MemorySegment out, int columns, long from, long to) {
    for (long start = from * columns; start < to * columns; start += columns) {
      double max = Double.NEGATIVE_INFINITY;
      for (long i = start; i < start + columns; i++) {
        max = Math.max(max, get(x, i));
      }
      double sum = 0;
      for (long i = start; i < start + columns; i++) {
        set(out, i, Math.exp(get(x, i) - max));
        sum += get(out, i);
      }
      scale(1 / sum, out, start, start + columns);
    }
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
    double loss = 0;
    for (long start = from * columns; start < to * columns; start += columns) {
      double max = Double.NEGATIVE_INFINITY;
      for (long i = start; i < start + columns; i++) {
        max = Math.max(max, logit(output, shift, i));
      }
      double sum = 0;
      for (long i = start; i < start + columns; i++) {
        set(error, i, Math.exp(logit(output, shift, i) - max));
        sum += get(error, i);
      }
      double logSum = Math.log(sum);
      for (long i = start; i < start + columns; i++) {
        double wanted = get(target, i);
        if (summed && wanted != 0) {
          // Both may be large and close: they are subtracted first.
          loss += wanted * ((max - logit(output, shift, i)) + logSum);
        }
        set(error, i, wanted - get(error, i) / sum);
      }
    }
    return loss;
  }

  private double logit(MemorySegment output, @Nullable MemorySegment shift, long i) {
    return shift == null ? get(output, i) : get(output, i) + get(shift, i);
  }

  @Override
  public void sgd(double keep, double step, MemorySegment g, MemorySegment w, long from, long to) {
    for (long i = from; i < to; i++) {
      set(w, i, keep * get(w, i) - step * get(g, i));
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
    for (long i = from; i < to; i++) {
      set(v, i, momentum * get(v, i) + get(g, i));
      set(w, i, keep * get(w, i) - step * get(v, i));
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
    for (long i = from; i < to; i++) {
      double gradient = get(g, i);
      set(m, i, beta1 * get(m, i) + (1 - beta1) * gradient);
      set(v, i, beta2 * get(v, i) + (1 - beta2) * gradient * gradient);
      double root = Math.sqrt(get(v, i) * secondCorrection) + epsilon;
      set(w, i, keep * get(w, i) - step * get(m, i) / root);
    }
  }

  // 0 where the mean is not taken away.
  private double mean(boolean taken, MemorySegment x, long first, int columns) {
    return taken ? sum(x, first, first + columns) / columns : 0;
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
    for (long row = from; row < to; row++) {
      long first = row * columns;
      double mean = mean(centred, x, first, columns);
      double squares = sumOfSquaredDeviations(mean, x, first, first + columns);
      double spread = Math.sqrt(squares / columns + epsilon);
      set(deviation, row, spread);
      for (long i = first; i < first + columns; i++) {
        set(normal, i, spread == 0 ? 0 : (get(x, i) - mean) / spread);
      }
    }
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
    for (long row = from; row < to; row++) {
      long first = row * columns;
      double mean = mean(centred, z, first, columns);
      double before = get(deviation, row);
      double sum = 0;
      for (long i = first; i < first + columns; i++) {
        double move = get(z, i) - mean;
        sum += move * (2 * before * get(normal, i) + move);
      }
      double change = sum / columns;
      // Rounding may take a variance that was all but 0 below it.
      double after = Math.sqrt(Math.max(0, before * before + change));
      double along = before + after == 0 ? 0 : change / (before + after);
      set(movedDeviation, row, after);
      for (long i = first; i < first + columns; i++) {
        double at = get(normal, i);
        set(difference, i, after == 0 ? -at : (get(z, i) - mean - at * along) / after);
      }
    }
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
    for (long row = from; row < to; row++) {
      long first = row * columns;
      double mean = mean(centred, d, first, columns);
      double along = 0;
      for (long i = first; i < first + columns; i++) {
        along += get(d, i) * get(normal, i) / columns;
      }
      double spread = get(deviation, row);
      for (long i = first; i < first + columns; i++) {
        double left = get(d, i) - mean - get(normal, i) * along;
        set(back, i, spread == 0 ? 0 : left / spread);
      }
    }
  }

  /** What is done for the values of a pixel that a place sees. */
  @FunctionalInterface
  private interface Sight {

    /**
     * Called for pixels inside the image.
     *
     * @param place number of the place in the batch
     * @param slot number of the pixel in the window
     * @param pixel where its first channel lies
     */
    void of(long place, int slot, long pixel);
  }

  // Place by place, in the order of their pixels.
  private static void eachPixel(Window window, long from, long to, Sight sight) {
    int height = window.image().height();
    int width = window.image().width();
    int channels = window.image().channels();
    for (long b = from; b < to; b++) {
      for (int place = 0; place < window.places(); place++) {
        int top = place / window.placesAcross() * window.stride() - window.padding();
        int left = place % window.placesAcross() * window.stride() - window.padding();
        for (int slot = 0; slot < window.pixels(); slot++) {
          int y = top + slot / window.width();
          int x = left + slot % window.width();
          if (y >= 0 && y < height && x >= 0 && x < width) {
            sight.of(b * window.places() + place, slot, ((b * height + y) * width + x) * channels);
          }
        }
      }
    }
  }

  private void clear(Window window, MemorySegment images, long from, long to) {
    fill(0, images, from * window.image().size(), to * window.image().size());
  }

  @Override
  public void patches(Window window, MemorySegment x, MemorySegment patches, long from, long to) {
    int channels = window.image().channels();
    int patch = window.patch();
    long each = (long) window.places() * patch;
    fill(0, patches, from * each, to * each);
    eachPixel(
        window,
        from,
        to,
        (place, slot, pixel) -> {
          for (int c = 0; c < channels; c++) {
            set(patches, place * patch + slot * channels + c, get(x, pixel + c));
          }
        });
  }

  @Override
  public void sumPatches(
      Window window, MemorySegment patches, MemorySegment x, long from, long to) {
    int channels = window.image().channels();
    int patch = window.patch();
    clear(window, x, from, to);
    eachPixel(
        window,
        from,
        to,
        (place, slot, pixel) -> {
          for (int c = 0; c < channels; c++) {
            add(x, pixel + c, get(patches, place * patch + slot * channels + c));
          }
        });
  }

  private void add(MemorySegment x, long i, double value) {
    set(x, i, get(x, i) + value);
  }

  @Override
  public void averagePool(Window window, MemorySegment x, MemorySegment y, long from, long to) {
    int channels = window.image().channels();
    long each = (long) window.places() * channels;
    fill(0, y, from * each, to * each);
    eachPixel(
        window,
        from,
        to,
        (place, slot, pixel) -> {
          for (int c = 0; c < channels; c++) {
            add(y, place * channels + c, get(x, pixel + c));
          }
        });
    scale(1.0 / window.pixels(), y, from * each, to * each);
  }

  @Override
  public void averagePoolBack(
      Window window, MemorySegment d, MemorySegment back, long from, long to) {
    int channels = window.image().channels();
    double share = 1.0 / window.pixels();
    clear(window, back, from, to);
    eachPixel(
        window,
        from,
        to,
        (place, slot, pixel) -> {
          for (int c = 0; c < channels; c++) {
            add(back, pixel + c, share * get(d, place * channels + c));
          }
        });
  }

  @Override
  public void maxPool(
      Window window, MemorySegment x, MemorySegment y, MemorySegment slots, long from, long to) {
    int channels = window.image().channels();
    eachPixel(
        window,
        from,
        to,
        (place, slot, pixel) -> {
          for (int c = 0; c < channels; c++) {
            raise(slot, get(x, pixel + c), place * channels + c, y, slots);
          }
        });
  }

  // To a value that is higher, or the first.
  private void raise(int slot, double value, long at, MemorySegment most, MemorySegment slots) {
    if (slot == 0 || value > get(most, at)) {
      set(most, at, value);
      set(slots, at, slot);
    }
  }

  @Override
  public void maxPoolDifference(
      Window window,
      MemorySegment x,
      MemorySegment y,
      MemorySegment z,
      MemorySegment difference,
      MemorySegment slots,
      long from,
      long to) {
    int channels = window.image().channels();
    eachPixel(
        window,
        from,
        to,
        (place, slot, pixel) -> {
          for (int c = 0; c < channels; c++) {
            long at = place * channels + c;
            double moved = get(z, pixel + c) - (get(y, at) - get(x, pixel + c));
            raise(slot, moved, at, difference, slots);
          }
        });
  }

  @Override
  public void maxPoolBack(
      Window window, MemorySegment slots, MemorySegment d, MemorySegment back, long from, long to) {
    int channels = window.image().channels();
    clear(window, back, from, to);
    eachPixel(
        window,
        from,
        to,
        (place, slot, pixel) -> {
          for (int c = 0; c < channels; c++) {
            long at = place * channels + c;
            if (get(slots, at) == slot) {
              add(back, pixel + c, get(d, at));
            }
          }
        });
  }
}
