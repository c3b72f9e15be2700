package lemniscate.data;

import java.util.Arrays;
import lemniscate.config.BadInputException;
import lemniscate.tensor.ExampleShape;

/**
 * Examples that a trained network is to answer, with or without the right answers.
 *
 * @param examples of which nothing is trained; without answers their targets are zeros, one each
 * @param answered whether labels or targets are known
 */
public record TestSet(Dataset examples, boolean answered) {

  /** Examples whose labels or targets are known. */
  public static TestSet answered(Dataset examples) {
    return new TestSet(examples, true);
  }

  /**
   * Features alone, as they are before normalisation.
   *
   * @param name for messages
   * @param inputs n rows of equally many numbers, rounded to float32 as all data are
   * @throws BadInputException if there are no rows, they differ in length, or a number is not
   *     finite
   */
  public static TestSet of(String name, double[][] inputs) {
    int features = inputs.length == 0 ? 0 : inputs[0].length;
    if (features == 0) {
      throw new BadInputException(
          name + " hold no numbers, expected at least one example with at least one feature.");
    }
    float[] values = new float[Math.multiplyExact(inputs.length, features)];
    for (int i = 0; i < inputs.length; i++) {
      if (inputs[i].length != features) {
        throw new BadInputException(
            "%s: example %d has %d features, but example 0 has %d; expected the same number in all."
                .formatted(name, i, inputs[i].length, features));
      }
      for (int j = 0; j < features; j++) {
        values[i * features + j] = (float) inputs[i][j];
      }
    }
    return unanswered(name, values, ExampleShape.flat(features));
  }

  static TestSet unanswered(String name, float[] values, ExampleShape shape) {
    float[] none = new float[values.length / shape.size()];
    return new TestSet(
        Dataset.ofFloats(name, values, shape.size(), none, 1).asImages(shape), false);
  }

  static TestSet unanswered(String name, byte[] bytes, ExampleShape shape) {
    float[] none = new float[bytes.length / shape.size()];
    return new TestSet(Dataset.ofBytes(name, bytes, shape.size(), none, 1).asImages(shape), false);
  }

  /**
   * The first examples.
   *
   * @throws BadInputException if there are fewer
   */
  public TestSet first(int count) {
    return new TestSet(examples.subset(count), answered);
  }

  /** The labels; empty without answers, and for regression. */
  public int[] labels() {
    int[] labels = new int[answered && examples.classification() ? examples.size() : 0];
    Arrays.setAll(labels, examples::label);
    return labels;
  }
}
