package lemniscate.train;

/**
 * The best evaluation of a run so far: the highest accuracy, of equal ones the lowest loss; for
 * regression the lowest loss. Of evaluations that are equal the first.
 *
 * @param step number of steps done then; −1 before the first evaluation
 * @param accuracy fraction; NaN for regression
 * @param loss mean over the examples
 * @param since evaluations after it
 */
public record BestEvaluation(long step, double accuracy, double loss, int since) {

  /** Before the first evaluation. */
  public static final BestEvaluation NONE = new BestEvaluation(-1, Double.NaN, Double.NaN, 0);

  /**
   * The best one once there is another.
   *
   * @param at number of steps done
   */
  BestEvaluation after(long at, Evaluation evaluation) {
    return step < 0 || isBetter(evaluation.accuracy(), evaluation.loss())
        ? new BestEvaluation(at, evaluation.accuracy(), evaluation.loss(), 0)
        : new BestEvaluation(step, accuracy, loss, since + 1);
  }

  private boolean isBetter(double otherAccuracy, double otherLoss) {
    return otherAccuracy > accuracy || !(otherAccuracy < accuracy) && otherLoss < loss;
  }
}
