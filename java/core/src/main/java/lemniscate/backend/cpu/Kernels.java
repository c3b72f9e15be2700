package lemniscate.backend.cpu;

import java.lang.foreign.MemorySegment;
import lemniscate.backend.Activation;
import lemniscate.backend.Window;
import org.jspecify.annotations.Nullable;

/**
 * Elementwise loops over off-heap memory of one element type. A segment covers one tensor from its
 * first element; {@code from} (inclusive) and {@code to} (exclusive) are element indices, so that a
 * range can be given to each thread. Nothing here allocates once compiled.
 */
interface Kernels {

  void fill(double value, MemorySegment x, long from, long to);

  /**
   * x = deviation times the normals of a {@link lemniscate.random.NormalStream}, bit for bit,
   * element i being normal i.
   */
  void normals(long seed, long stream, double deviation, MemorySegment x, long from, long to);

  /** x *= factor. */
  void scale(double factor, MemorySegment x, long from, long to);

  /** x += value. */
  void shift(double value, MemorySegment x, long from, long to);

  /** y += factor x. */
  void axpy(double factor, MemorySegment x, MemorySegment y, long from, long to);

  /** y *= x. */
  void multiply(MemorySegment x, MemorySegment y, long from, long to);

  /** y = −1, 0 or 1 as x is; NaN stays NaN. */
  void sign(MemorySegment x, MemorySegment y, long from, long to);

  /** y[row, :] += bias, for rows {@code from} … {@code to}. */
  void addRow(MemorySegment bias, MemorySegment y, int columns, long from, long to);

  /** y[row, :] = factors x[row, :], for rows {@code from} … {@code to}; y may be x. */
  void multiplyRow(
      MemorySegment factors, MemorySegment x, MemorySegment y, int columns, long from, long to);

  /** out[c] = factor Σ_row x[row, c] for columns {@code from} … {@code to}. */
  void columnSum(
      double factor, MemorySegment x, int rows, int columns, MemorySegment out, long from, long to);

  /** Σ x, in float64 as all sums. */
  double sum(MemorySegment x, long from, long to);

  /** Σ x². */
  double sumOfSquares(MemorySegment x, long from, long to);

  /** Σ (x − mean)². */
  double sumOfSquaredDeviations(double mean, MemorySegment x, long from, long to);

  /** Σ (x + move)². */
  double sumOfMovedSquares(MemorySegment x, MemorySegment move, long from, long to);

  /** Σ ((x + move)² − x²), without subtracting nearly equal numbers. */
  double sumOfChange(MemorySegment x, MemorySegment move, long from, long to);

  void activation(Activation activation, MemorySegment u, MemorySegment h, long from, long to);

  /** u[row, :] += bias, h = φ(u), for rows {@code from} … {@code to}. */
  void activate(
      Activation activation,
      MemorySegment u,
      MemorySegment bias,
      MemorySegment h,
      int columns,
      long from,
      long to);

  /** derivative = φ′(u), with h = φ(u). */
  void activationDerivative(
      Activation activation,
      MemorySegment u,
      MemorySegment h,
      MemorySegment derivative,
      long from,
      long to);

  /** gated = φ′(u) ∘ displacement, with h = φ(u). */
  void gate(
      Activation activation,
      MemorySegment u,
      MemorySegment h,
      MemorySegment displacement,
      MemorySegment gated,
      long from,
      long to);

  /** difference = φ(u+z) − φ(u), derivative = φ′(u+z). */
  void activationDifference(
      Activation activation,
      MemorySegment u,
      MemorySegment h,
      MemorySegment z,
      MemorySegment difference,
      MemorySegment derivative,
      long from,
      long to);

  /** error = displacement − (φ(u+z) − φ(u)), gated = error ∘ φ′(u+z), with h = φ(u). */
  void predictionError(
      Activation activation,
      MemorySegment u,
      MemorySegment h,
      MemorySegment z,
      MemorySegment displacement,
      MemorySegment error,
      MemorySegment gated,
      long from,
      long to);

  /** back = precision error − gate back; without gate, gate is 1. */
  void stateGradient(
      double precision,
      MemorySegment error,
      @Nullable MemorySegment gate,
      MemorySegment back,
      long from,
      long to);

  /** state −= rate (precision error − gate back). */
  void relaxState(
      double precision,
      MemorySegment error,
      @Nullable MemorySegment gate,
      MemorySegment back,
      double rate,
      MemorySegment state,
      long from,
      long to);

  /** error −= rate (precision error − back), gated = error derivative. */
  void relaxError(
      double precision,
      MemorySegment back,
      MemorySegment derivative,
      double rate,
      MemorySegment error,
      MemorySegment gated,
      long from,
      long to);

  /** error = (target − output) − shift; without shift, shift is 0. */
  void residual(
      MemorySegment target,
      MemorySegment output,
      @Nullable MemorySegment shift,
      MemorySegment error,
      long from,
      long to);

  /** x = exp(x). */
  void exponential(MemorySegment x, long from, long to);

  /** Rows of out = softmax of those of x; out may be x. */
  void softmax(MemorySegment x, MemorySegment out, int columns, long from, long to);

  /**
   * Rows of error = target − softmax(output + shift); without shift, shift is 0.
   *
   * @param summed whether the loss is wanted
   * @return Σ −target ln softmax(output + shift) over the rows; 0 where it is not wanted
   */
  double crossEntropy(
      boolean summed,
      MemorySegment output,
      @Nullable MemorySegment shift,
      MemorySegment target,
      MemorySegment error,
      int columns,
      long from,
      long to);

  /** w = keep w − step g. */
  void sgd(double keep, double step, MemorySegment g, MemorySegment w, long from, long to);

  /** v = momentum v + g, w = keep w − step v. */
  void momentum(
      double keep,
      double step,
      double momentum,
      MemorySegment g,
      MemorySegment v,
      MemorySegment w,
      long from,
      long to);

  /**
   * m = β₁m + (1−β₁)g, v = β₂v + (1−β₂)g², w = keep w − step m/(√(v correction) + ε); {@code step}
   * already holds the first moment's correction.
   */
  void adam(
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
      long to);

  /**
   * Rows of normal = c(x) / deviation, with deviation = √(mean c(x)² + epsilon), where c takes the
   * mean away or nothing.
   */
  void standardize(
      boolean centred,
      double epsilon,
      MemorySegment x,
      MemorySegment normal,
      MemorySegment deviation,
      int columns,
      long from,
      long to);

  /** Rows of difference = by how much those of normal move when z is added to x. */
  void standardizedDifference(
      boolean centred,
      MemorySegment normal,
      MemorySegment deviation,
      MemorySegment z,
      MemorySegment difference,
      MemorySegment movedDeviation,
      int columns,
      long from,
      long to);

  /** Rows of back = (c(d) − normal mean(d normal)) / deviation. */
  void standardizeBack(
      boolean centred,
      MemorySegment normal,
      MemorySegment deviation,
      MemorySegment d,
      MemorySegment back,
      int columns,
      long from,
      long to);

  /** The patches of images {@code from} … {@code to}, as all that follow. */
  void patches(Window window, MemorySegment x, MemorySegment patches, long from, long to);

  /** x = the sums of the patches that see a pixel. */
  void sumPatches(Window window, MemorySegment patches, MemorySegment x, long from, long to);

  /** y = means over the windows. */
  void averagePool(Window window, MemorySegment x, MemorySegment y, long from, long to);

  /** back = the shares of the windows that see a pixel. */
  void averagePoolBack(Window window, MemorySegment d, MemorySegment back, long from, long to);

  /** y = maxima over the windows, slot = where the first of them was. */
  void maxPool(
      Window window, MemorySegment x, MemorySegment y, MemorySegment slot, long from, long to);

  /** difference = max (z − (y − x)) over the windows, slot = where the first of them was. */
  void maxPoolDifference(
      Window window,
      MemorySegment x,
      MemorySegment y,
      MemorySegment z,
      MemorySegment difference,
      MemorySegment slot,
      long from,
      long to);

  /** back = the d of the windows that have chosen a pixel. */
  void maxPoolBack(
      Window window, MemorySegment slot, MemorySegment d, MemorySegment back, long from, long to);

  /** Element {@code index} as a double. */
  double get(MemorySegment x, long index);

  /** Sets element {@code index}. */
  void set(MemorySegment x, long index, double value);
}
