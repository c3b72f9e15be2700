package lemniscate.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import lemniscate.config.BadInputException;
import org.junit.jupiter.api.Test;

class TestSplitTest {
  /** Example i has the feature i; 50 are of class 0, 30 of class 1, one of class 2. */
  private static final Dataset WHOLE = Dataset.ofFloats("whole", ramp(81), 1, labels(50, 30, 1), 3);

  private static float[] ramp(int n) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = i;
    }
    return values;
  }

  private static int[] labels(int... counts) {
    return IntStream.range(0, counts.length)
        .flatMap(c -> IntStream.generate(() -> c).limit(counts[c]))
        .toArray();
  }

  private static DataSplits split(Dataset whole, double fraction, long seed) {
    return TestSplit.of("set", whole, new SplitOptions(null, fraction, seed), List.of(), List.of());
  }

  private static float[] features(Dataset data) {
    float[] all = new float[data.size()];
    for (int i = 0; i < all.length; i++) {
      data.copyFeatures(i, Normalization.none(), all, i);
    }
    return all;
  }

  private static long count(Dataset data, int label) {
    return IntStream.range(0, data.size()).filter(i -> data.label(i) == label).count();
  }

  @Test
  void keepsTheShareOfEachClassAndAllExamples() {
    DataSplits splits = split(WHOLE, 0.2, 5);
    assertThat(count(splits.test(), 0)).isBetween(9L, 11L);
    assertThat(count(splits.test(), 1)).isBetween(5L, 7L);
    // The only one of its class is trained on.
    assertThat(count(splits.test(), 2)).isZero();
    assertThat(splits.test().size()).isEqualTo(16);
    float[] both = new float[81];
    System.arraycopy(features(splits.train()), 0, both, 0, splits.train().size());
    System.arraycopy(features(splits.test()), 0, both, splits.train().size(), 16);
    assertThat(features(splits.train())).isSorted();
    assertThat(features(splits.test())).isSorted();
    assertThat(both).containsExactlyInAnyOrder(ramp(81));
  }

  @Test
  void dependsOnItsSeedAlone() {
    assertThat(split(WHOLE, 0.2, 5).sha256()).isEqualTo(split(WHOLE, 0.2, 5).sha256());
    assertThat(split(WHOLE, 0.2, 5).sha256()).isNotEqualTo(split(WHOLE, 0.2, 6).sha256());
    // From the definition, by an independent program: no version may change the choice, or runs
    // could not be resumed.
    assertThat(features(split(WHOLE, 0.06, 5).test())).containsExactly(29, 43, 44, 70);
  }

  @Test
  void aSelectionIsTheSameAsACopy() {
    Dataset selected = WHOLE.select("some", new int[] {3, 4, 5, 52, 51, 80});
    Dataset copied =
        Dataset.ofFloats(
            "some", new float[] {3, 4, 5, 52, 51, 80}, 1, new int[] {0, 0, 0, 1, 1, 2}, 3);
    assertThat(selected.sha256()).isEqualTo(copied.sha256());
    assertThat(Normalization.standard(selected)).isEqualTo(Normalization.standard(copied));
    assertThat(selected.last(2).sha256()).isEqualTo(copied.last(2).sha256());
    assertThat(selected.subset(4).sha256()).isEqualTo(copied.subset(4).sha256());
    assertThat(selected.select("few", new int[] {5, 1}).label(0)).isEqualTo(2);
  }

  @Test
  void refusesEmptySplitsAndNoFraction() {
    assertThatThrownBy(() -> split(WHOLE, 0.001, 0))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("0 for the test");
    assertThatThrownBy(() -> TestSplit.of("set", WHOLE, SplitOptions.NONE, List.of(), List.of()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("data.testFraction");
    // However much is asked for, each class keeps one to learn from.
    assertThat(split(WHOLE, 0.999, 0).train().size()).isEqualTo(3);
  }
}
