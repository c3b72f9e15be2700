package lemniscate.optim;

import lemniscate.tensor.Shape;

/**
 * A tensor that an optimiser needs for a parameter; it starts at zero.
 *
 * @param name as in checkpoints, after the parameter's: "firstMoment"
 * @param kept whether an update reads what an earlier one left, so that checkpoints hold it
 */
public record OptimizerTensor(String name, Shape shape, boolean kept) {

  /** One that lasts from update to update. */
  public static OptimizerTensor state(String name, Shape shape) {
    return new OptimizerTensor(name, shape, true);
  }

  /** One that an update writes before it reads it. */
  public static OptimizerTensor scratch(String name, Shape shape) {
    return new OptimizerTensor(name, shape, false);
  }
}
