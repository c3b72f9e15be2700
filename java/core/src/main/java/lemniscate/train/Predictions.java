package lemniscate.train;

import java.util.Arrays;

/**
 * What a network answers to n examples.
 *
 * @param outputs numbers for each example: classes, or regression targets
 * @param scores n x outputs, row-major; where classes are told apart the largest of a row is the
 *     answer. With rules that answer by their output, the network's output, before any softmax
 * @param probabilities n x outputs, row-major: the softmax of the scores, where the loss is
 *     cross-entropy; empty elsewhere
 * @param classes n predicted classes, from 0; empty for regression
 * @param evaluation how well they agree with the right answers; NaN where these are not known
 */
public record Predictions(
    int outputs, double[] scores, double[] probabilities, int[] classes, Evaluation evaluation) {

  /** Number of examples. */
  public int examples() {
    return scores.length / outputs;
  }

  /** The scores of an example, from 0; a copy. */
  public double[] scores(int example) {
    return Arrays.copyOfRange(scores, example * outputs, (example + 1) * outputs);
  }

  /** The probabilities of the classes of an example, from 0; a copy, empty where there are none. */
  public double[] probabilities(int example) {
    return probabilities.length == 0
        ? probabilities
        : Arrays.copyOfRange(probabilities, example * outputs, (example + 1) * outputs);
  }
}
