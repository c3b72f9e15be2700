package lemniscate.data;

import lemniscate.config.BadInputException;
import lemniscate.config.HeapRoom;

/**
 * What a synthetic set looks like.
 *
 * @param train training examples
 * @param test test examples
 * @param features inputs, each standard normal
 * @param outputs classes, or regression targets
 * @param teacherWidth hidden units of the teacher
 * @param regression true for the teacher's outputs as targets, false for the index of the largest
 *     as label
 */
public record SyntheticSpec(
    int train, int test, int features, int outputs, int teacherWidth, boolean regression) {
  /** Classification: 8192 + 2048 examples, 32 features, 10 classes, a teacher of width 64. */
  public static final SyntheticSpec CLASSIFICATION =
      new SyntheticSpec(8192, 2048, 32, 10, 64, false);

  /** Regression with the same sizes: 10 targets. */
  public static final SyntheticSpec REGRESSION = new SyntheticSpec(8192, 2048, 32, 10, 64, true);

  /**
   * Checks the sizes.
   *
   * @throws BadInputException if one is below 1, classes are fewer than 2, or a split has more
   *     numbers than one array can hold
   */
  public SyntheticSpec {
    atLeast("training examples", train, 1);
    atLeast("test examples", test, 1);
    atLeast("features", features, 1);
    atLeast(regression ? "targets" : "classes", outputs, regression ? 1 : 2);
    atLeast("teacher hidden units", teacherWidth, 1);
    long largest =
        Math.max((long) Math.max(train, test), teacherWidth) * Math.max(features, outputs);
    if (largest > StrictInput.MAX_ARRAY) {
      throw new BadInputException(
          ("a synthetic set with splits of %d and %d examples, %d features, %d outputs and "
                  + "a teacher of width %d has an array of %d numbers, more than the %d that are "
                  + "possible; ask for fewer examples.")
              .formatted(
                  train, test, features, outputs, teacherWidth, largest, StrictInput.MAX_ARRAY));
    }
  }

  /**
   * Refuses a set that the heap has no room for.
   *
   * @throws BadInputException if so
   */
  void requireRoom() {
    long perExample = (long) Float.BYTES * (features + (regression ? outputs : 1));
    long teacher = (long) Double.BYTES * teacherWidth * (features + outputs);
    HeapRoom.require(
        "a synthetic set of %d and %d examples with %d features and %d outputs"
            .formatted(train, test, features, outputs),
        perExample * ((long) train + test) + teacher,
        "fewer examples (data.train, data.test)");
  }

  private static void atLeast(String what, int value, int least) {
    if (value < least) {
      throw new BadInputException(
          "a synthetic set with %d %s: expected at least %d.".formatted(value, what, least));
    }
  }

  /** The same with other split sizes. */
  public SyntheticSpec withSizes(int newTrain, int newTest) {
    return new SyntheticSpec(newTrain, newTest, features, outputs, teacherWidth, regression);
  }
}
