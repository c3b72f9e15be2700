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
    return unanswered(name, name, new HeapFloats(values), ExampleShape.flat(features));
  }

  /** Features alone, wherever they lie. */
  static TestSet unanswered(String name, String where, Numbers numbers, ExampleShape shape) {
    Numbers none = new HeapFloats(new float[Math.toIntExact(numbers.length() / shape.size())]);
    return new TestSet(
        Dataset.of(name, Dataset.Source.of(where), numbers, shape.size(), 1, null, none)
            .asImages(shape),
        false);
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
