package lemniscate.rule.ff;

import java.util.Arrays;
import lemniscate.backend.Backend;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;

/**
 * Draws the units of a layer to a common mean activity, so that none falls silent and none does all
 * the work: with the running mean m_j of positive activity, 2 λ (mean(m) − m_j) is added to the
 * displacement of positive rows. It acts in front of the activation at the end of a unit, or silent
 * rectifiers would not feel it. Channels of an image are units, and its places are rows.
 */
final class PeerNormalization {

  /** Share of the past in the running mean. */
  private static final double MEMORY = 0.9;

  private final double strength;
  private final int units;
  private final Tensor mean;
  private final Tensor pull;
  private final Tensor common;
  private final Tensor ones;

  PeerNormalization(Backend backend, Arena arena, double strength, int units) {
    this.strength = strength;
    this.units = units;
    Shape row = new Shape(1, units);
    this.mean = arena.allocate(row);
    this.pull = arena.allocate(row);
    this.ones = arena.allocate(row);
    this.common = arena.allocate(Shape.SCALAR);
    float[] one = new float[units];
    Arrays.fill(one, 1);
    backend.upload(one, ones);
  }

  /**
   * Enqueues a step.
   *
   * @param positive activities of the positive rows
   * @param displacement of the positive rows, at the pre-activations; added to
   */
  void record(Operations ops, Tensor positive, Tensor displacement) {
    ops.columnSum((1 - MEMORY) / positive.rows(), positive, pull);
    ops.scale(MEMORY, mean);
    ops.axpy(1, pull, mean);
    ops.gemm(Gemm.forward(1.0 / units, mean, ones, common));
    ops.copy(mean, pull);
    ops.gemm(new Gemm(2 * strength, common, false, ones, false, -2 * strength, pull));
    ops.addRow(pull, displacement);
  }

  /** m of shape (1, n). */
  Tensor mean() {
    return mean;
  }

  /** What the last step added to each positive row. */
  Tensor pull() {
    return pull;
  }
}
