package lemniscate.rule.pepita;

import java.util.List;
import lemniscate.backend.Backend;
import lemniscate.backend.Operations;
import lemniscate.config.BadInputException;
import lemniscate.network.NetworkSpec;
import lemniscate.random.NormalStream;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Tensor;

/**
 * The matrix F of shape (n_0, n_L) that carries the output error to the input. Its entries have
 * standard deviation σ = scale · √(2/n_0), whatever the widths of the hidden layers.
 *
 * @param kind distribution of the entries
 * @param scale factor, positive; 0.05 as published
 */
public record Projection(Kind kind, double scale) {

  /** Streams of the seed: this one for uniform entries, this plus l for the factor of layer l. */
  private static final long FIRST_STREAM = 1L << 33;

  /** Distribution of the entries. */
  public enum Kind {
    /** Uniform around 0. */
    UNIFORM,
    /**
     * F = B_1 ⋯ B_L with B_l of shape (n_{l−1}, n_l) and normal entries of one deviation, such that
     * F has the shape of the transposed product of the weights.
     */
    NORMAL
  }

  /** Checks the scale. */
  public Projection {
    if (!(scale > 0) || Double.isInfinite(scale)) {
      throw new BadInputException(
          "pepita.projectionScale " + scale + ": expected a positive number, such as 0.05.");
    }
  }

  /** {@return σ for a number of inputs} */
  public double deviation(int inputs) {
    return scale * Math.sqrt(2.0 / inputs);
  }

  /** Draws F into a tensor of shape (n_0, n_L). */
  void draw(Backend backend, NetworkSpec spec, long seed, Tensor projection) {
    switch (kind) {
      case UNIFORM -> drawUniform(backend, spec, seed, projection);
      case NORMAL -> drawNormal(backend, spec, seed, projection);
    }
  }

  private void drawUniform(Backend backend, NetworkSpec spec, long seed, Tensor projection) {
    // A uniform on (−b, b) has deviation b/√3.
    double bound = Math.sqrt(3) * deviation(spec.inputs());
    NormalStream stream = new NormalStream(seed, FIRST_STREAM);
    double[] values = new double[Math.toIntExact(projection.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = bound * (2 * stream.uniform(i) - 1);
    }
    backend.upload(values, projection);
  }

  private void drawNormal(Backend backend, NetworkSpec spec, long seed, Tensor projection) {
    try (Arena scratch = backend.newArena()) {
      FactorisedProjection factors = new FactorisedProjection(scratch, spec, projection);
      backend.run(ops -> drawFactors(ops, spec, seed, factors));
    }
  }

  /** Enqueues the draws of all factors and their product. */
  void drawFactors(Operations ops, NetworkSpec spec, long seed, FactorisedProjection factors) {
    double std = factorDeviation(spec.widths());
    for (int l = 1; l <= spec.layers(); l++) {
      ops.randomNormal(seed, FIRST_STREAM + l, std, factors.factor(l));
    }
    factors.multiply(ops);
  }

  /**
   * The deviation (σ/√(n_1 ⋯ n_{L−1}))^{1/L} of the entries of every factor.
   *
   * @param widths n_0 … n_L
   */
  double factorDeviation(List<Integer> widths) {
    int layers = widths.size() - 1;
    double paths = 1;
    for (int l = 1; l < layers; l++) {
      paths *= widths.get(l);
    }
    return Math.pow(deviation(widths.getFirst()) / Math.sqrt(paths), 1.0 / layers);
  }
}
