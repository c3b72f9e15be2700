package lemniscate.rule;

import lemniscate.backend.Operations;
import lemniscate.config.BadInputException;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;

/**
 * The condition numbers of a step's factorisations, one for each layer, and their refusal: a solve
 * with a matrix of condition number above a tenth of the reciprocal unit roundoff has no correct
 * digit left.
 */
public final class Conditions {

  private static final double DIGITS_LEFT = 0.1;

  private final RuleContext context;
  private final String matrix;
  private final boolean damped;
  private final String remedy;
  private final Tensor conditions;
  private final double[] values;
  private final double limit;

  /**
   * Allocates the scalars.
   *
   * @param matrix what is factored, such as {@code the kernel of the activities of layer}
   * @param damped whether something is added to the diagonal of all of them
   * @param remedy for the user
   */
  public Conditions(RuleContext context, String matrix, boolean damped, String remedy) {
    this.context = context;
    this.damped = damped;
    this.matrix = matrix;
    this.remedy = remedy;
    int layers = context.network().spec().layers();
    this.conditions = context.arena().allocateScalars(layers);
    this.values = new double[layers];
    this.limit = DIGITS_LEFT / context.backend().dtype().unitRoundoff();
  }

  /** Enqueues the start of a step. */
  public void reset(Operations ops) {
    ops.fill(conditions, 0);
  }

  /** The scalar that factorisations for layer l raise, l = 1 … L. */
  public Tensor of(int l) {
    return new Tensor(conditions.storage(), conditions.offset() + l - 1, Shape.SCALAR);
  }

  /**
   * Waits for the step and checks it. A NaN passes: the loss will say that the run has diverged.
   *
   * @throws BadInputException naming the first layer whose matrix is too badly conditioned, where
   *     nothing damps it
   * @throws IllConditionedException where the damping was too small: what is inverted has grown
   */
  public void check() {
    context.backend().download(conditions, values);
    for (int l = 1; l <= values.length; l++) {
      double condition = values[l - 1];
      if (condition > limit) {
        String message =
            "%s %d is singular to %s precision: its condition number is at least %.1e, the limit is %.1e. %s"
                .formatted(matrix, l, context.backend().dtype(), condition, limit, remedy);
        if (damped) {
          throw new IllConditionedException(message, l, condition);
        }
        throw new BadInputException(message);
      }
    }
  }
}
