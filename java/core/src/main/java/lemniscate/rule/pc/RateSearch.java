package lemniscate.rule.pc;

import java.util.List;
import lemniscate.backend.Backend;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.backend.Plan;
import lemniscate.rule.RuleContext;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The largest eigenvalue of the states' Hessian at the feed-forward pass, by power iteration for
 * each example of the batch. The Hessian is Gauss-Newton there, since hidden errors are 0; what the
 * output unit's own curvature adds is left out, and the loss counts as that of squared errors,
 * whose curvature that of cross-entropy does not exceed.
 *
 * <p>H D is the gradient of F at displacements so small that nothing but first order is left, with
 * the output's error set to −z_L alone: displacement form has no cancellation that would hide it.
 * So a product is a step of the relaxation itself, and what a backend knows of that holds here.
 */
public final class RateSearch implements AutoCloseable {

  /** Iterations of a search, after which the eigenvalue is a few per cent low. */
  static final int ITERATIONS = 12;

  /** Part of the largest stable step that is taken: what the iterations miss, and room to grow. */
  static final double SAFETY = 0.9;

  /** Updates from one search to the next, in which weights hardly grow. */
  static final int PERIOD = 100;

  /** Length of the vector of all displacements: its square is far from both ends of float32. */
  private static final double LENGTH = 0x1p-40;

  // Streams below 2³² belong to the network's weights.
  private static final long FIRST_STREAM = 1L << 32;

  private final RuleContext context;
  private final PcLayers layers;
  private final Tensor source;
  private final Tensor factor;
  private final Tensor square;
  private final Tensor ones;
  private final Tensor quotients;
  private @Nullable Plans plans;

  /**
   * The parts of the loop.
   *
   * @param start feed-forward pass, random displacements, their square
   * @param measure their square alone
   * @param product scales the displacements and multiplies them
   * @param advance takes the product for the displacements, and its square
   * @param quotients D · H D and D · D of each example
   */
  private record Plans(Plan start, Plan measure, Plan product, Plan advance, Plan quotients) {}

  /**
   * Allocates.
   *
   * @param layers whose states it moves
   * @param source of the batch; copied where it is not the layers' own
   */
  RateSearch(RuleContext context, PcLayers layers, Tensor source) {
    this.context = context;
    this.source = source;
    this.layers = layers;
    Arena arena = context.arena();
    Tensor scalars = arena.allocateScalars(2);
    this.factor = scalars.element(0);
    this.square = scalars.element(1);
    int widest = 1;
    for (int l = 1; l < layers.last(); l++) {
      widest = Math.max(widest, layers.displacement(l).columns());
    }
    this.ones = arena.allocate(new Shape(widest, 1));
    this.quotients = arena.allocate(new Shape(2 * context.batch(), 1));
  }

  /** The largest eigenvalue over the examples of the batch. */
  double largest() {
    double largest = Double.NaN;
    for (double value : eigenvalues(null, ITERATIONS)) {
      // An example without any quotient has displacements too small beside those of another.
      if (!(largest >= value) && !Double.isNaN(value)) {
        largest = value;
      }
    }
    return largest;
  }

  /**
   * Rayleigh quotients of the last iterate, for each example.
   *
   * @param start displacements of units 1 … L−1 to start from, or null for random ones
   */
  double[] eigenvalues(@Nullable List<double[]> start, int iterations) {
    Backend backend = context.backend();
    if (plans == null) {
      plans = record();
    }
    Plans recorded = plans;
    recorded.start().run();
    if (start != null) {
      for (int l = 1; l < layers.last(); l++) {
        backend.upload(start.get(l - 1), layers.displacement(l));
      }
      recorded.measure().run();
    }
    for (int i = 0; i < iterations; i++) {
      if (i > 0) {
        recorded.advance().run();
      }
      backend.setScalar(LENGTH / Math.sqrt(backend.scalar(square)), factor);
      recorded.product().run();
    }
    recorded.quotients().run();
    double[] sums = backend.read(quotients);
    double[] values = new double[context.batch()];
    for (int b = 0; b < values.length; b++) {
      values[b] = sums[b] / sums[values.length + b];
    }
    return values;
  }

  private Plans record() {
    Backend backend = context.backend();
    int last = layers.last();
    Plan start =
        backend.record(
            ops -> {
              if (!source.isSameView(layers.forward().input())) {
                ops.copy(source, layers.forward().input());
              }
              layers.feedForward(ops);
              ops.fill(ones, 1);
              for (int l = 1; l < last; l++) {
                ops.randomNormal(context.seed(), FIRST_STREAM + l, 1, layers.displacement(l));
              }
              measure(ops);
            });
    Plan measure = backend.record(this::measure);
    Plan product =
        backend.record(
            ops -> {
              for (int l = 1; l < last; l++) {
                ops.copy(layers.displacement(l), layers.back(l));
                ops.fill(layers.displacement(l), 0);
                ops.axpy(1, factor, layers.back(l), layers.displacement(l));
              }
              layers.hessianProduct(ops);
            });
    Plan advance =
        backend.record(
            ops -> {
              for (int l = 1; l < last; l++) {
                ops.copy(layers.back(l), layers.displacement(l));
              }
              measure(ops);
            });
    Plan quotient = backend.record(this::quotients);
    return new Plans(start, measure, product, advance, quotient);
  }

  private void measure(Operations ops) {
    for (int l = 1; l < layers.last(); l++) {
      ops.sumOfSquares(1, layers.displacement(l), l > 1, square);
    }
  }

  // Brought to length 1, and errors, which are renewed before anybody reads them, are the room.
  private void quotients(Operations ops) {
    int batch = context.batch();
    for (int l = 1; l < layers.last(); l++) {
      Tensor displacement = layers.displacement(l);
      Tensor product = layers.back(l);
      Tensor room = layers.storedError(l);
      ops.scale(1 / LENGTH, displacement);
      ops.scale(1 / LENGTH, product);
      Tensor column = ones.rows(0, displacement.columns());
      double former = l > 1 ? 1 : 0;
      ops.copy(displacement, room);
      ops.multiply(product, room);
      ops.gemm(new Gemm(1, room, false, column, false, former, quotients.rows(0, batch)));
      ops.copy(displacement, room);
      ops.multiply(displacement, room);
      ops.gemm(new Gemm(1, room, false, column, false, former, quotients.rows(batch, batch)));
    }
  }

  @Override
  public void close() {
    if (plans != null) {
      plans.start().close();
      plans.measure().close();
      plans.product().close();
      plans.advance().close();
      plans.quotients().close();
    }
  }
}
