package lemniscate.rule;

/**
 * A step had to invert a matrix that its damping does not keep regular: after steps that were too
 * large, activities or weights have grown until the damping is nothing against them.
 */
public final class IllConditionedException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final int layer;
  private final double condition;

  /**
   * Describes the failure.
   *
   * @param layer l, from 1
   * @param condition lower bound of the condition number
   */
  public IllConditionedException(String message, int layer, double condition) {
    super(message);
    this.layer = layer;
    this.condition = condition;
  }

  /** Layer whose matrix it is, from 1. */
  public int layer() {
    return layer;
  }

  /** Lower bound of the condition number; infinite where the matrix is not positive definite. */
  public double condition() {
    return condition;
  }
}
