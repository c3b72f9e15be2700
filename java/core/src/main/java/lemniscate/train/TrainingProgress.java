package lemniscate.train;

/**
 * Where a run stands, apart from its tensors: with them, all that is needed to go on. Shuffles and
 * learning rates are functions of seed and step, so no state of a random generator is part of it.
 *
 * @param step number of steps done
 * @param updates number of parameter updates done (several a step in incremental predictive coding)
 * @param epochLossSum sum of the batch losses since the epoch began
 * @param trainLoss mean batch loss of the last finished epoch; NaN before the first
 * @param testLoss at the last evaluation; NaN before the first
 * @param testAccuracy at the last evaluation; NaN before the first and for regression
 * @param bestTestAccuracy of all evaluations; NaN before the first and for regression
 * @param trainingSeconds time spent on steps
 * @param seconds wall-clock time
 * @param best of all evaluations
 */
public record TrainingProgress(
    long step,
    long updates,
    double epochLossSum,
    double trainLoss,
    double testLoss,
    double testAccuracy,
    double bestTestAccuracy,
    double trainingSeconds,
    double seconds,
    BestEvaluation best) {

  /** Before the first step. */
  public static final TrainingProgress START =
      new TrainingProgress(
          0, 0, 0, Double.NaN, Double.NaN, Double.NaN, Double.NaN, 0, 0, BestEvaluation.NONE);
}
