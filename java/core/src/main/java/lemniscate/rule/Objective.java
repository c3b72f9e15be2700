package lemniscate.rule;

import java.util.List;

/**
 * A scalar function of a network's parameters in plain double precision, independent of every
 * backend: what a rule's gradients are checked against by finite differences.
 */
@FunctionalInterface
public interface Objective {

  /**
   * The value, a mean over the batch.
   *
   * @param parameters one row-major array per parameter, in the order of {@link
   *     lemniscate.network.Network#parameters}
   */
  double value(List<double[]> parameters);
}
