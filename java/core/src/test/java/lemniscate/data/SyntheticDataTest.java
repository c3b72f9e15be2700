package lemniscate.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import lemniscate.config.BadInputException;
import org.junit.jupiter.api.Test;

class SyntheticDataTest {
  private static final SyntheticSpec TINY = new SyntheticSpec(2, 1, 3, 2, 5, true);

  private static float[] features(Dataset data, int index) {
    float[] x = new float[data.features()];
    data.copyFeatures(index, Normalization.none(), x, 0);
    return x;
  }

  private static float[] targets(Dataset data, int index) {
    float[] y = new float[data.outputs()];
    data.copyTarget(index, y, 0);
    return y;
  }

  @Test
  void agreesWithAnIndependentImplementation() {
    // From a separate Python implementation of the documented formulas. Its log, cos and tanh may
    // differ in the last bit of a double: far below the rounding to float, 6e-8 relative.
    DataSplits splits = SyntheticData.make("s", TINY, 9);
    near(features(splits.train(), 0), 0.604995608, -0.820917189, -0.186207294);
    near(features(splits.train(), 1), 0.805995345, -0.793230712, 0.763779461);
    near(features(splits.test(), 0), -0.470778763, 0.768368661, -0.0902948678);
    near(targets(splits.train(), 0), -0.4104413542, -0.0512513099);
    near(targets(splits.train(), 1), 0.4567734511, 0.5201451720);
  }

  private static void near(float[] actual, double... expected) {
    assertThat(actual).hasSize(expected.length);
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i]).isEqualTo((float) expected[i], within(1e-7f));
    }
  }

  @Test
  void labelsAreTheArgumentOfTheLargestTarget() {
    SyntheticSpec regression = new SyntheticSpec(200, 50, 7, 5, 11, true);
    SyntheticSpec classes = new SyntheticSpec(200, 50, 7, 5, 11, false);
    Dataset targets = SyntheticData.make("r", regression, 4).test();
    Dataset labels = SyntheticData.make("c", classes, 4).test();
    for (int i = 0; i < 50; i++) {
      float[] y = targets(targets, i);
      for (float other : y) {
        assertThat(y[labels.label(i)]).isGreaterThanOrEqualTo(other);
      }
      assertThat(features(labels, i)).isEqualTo(features(targets, i));
    }
  }

  @Test
  void isAFunctionOfTheSeedAndAPrefixOfLongerOnes() {
    DataSplits a = SyntheticData.make("a", SyntheticSpec.CLASSIFICATION.withSizes(100, 20), 1);
    DataSplits b = SyntheticData.make("b", SyntheticSpec.CLASSIFICATION.withSizes(300, 90), 1);
    DataSplits c = SyntheticData.make("c", SyntheticSpec.CLASSIFICATION.withSizes(100, 20), 2);
    assertThat(b.train().subset(100).sha256()).isEqualTo(a.train().sha256());
    assertThat(b.test().subset(20).sha256()).isEqualTo(a.test().sha256());
    assertThat(c.train().sha256()).isNotEqualTo(a.train().sha256());
    assertThat(features(a.train(), 0)).isNotEqualTo(features(a.test(), 0));
  }

  @Test
  void inputsAreStandardNormalAndEveryClassOccurs() {
    Dataset train = SyntheticData.make("s", SyntheticSpec.CLASSIFICATION, 0).train();
    assertThat(train.size()).isEqualTo(8192);
    double[] moments = train.meanAndDeviation();
    // 262,144 numbers: standard error 1/512 of the mean, 1/724 of the deviation; five of each.
    assertThat(moments[0]).isEqualTo(0, within(0.01));
    assertThat(moments[1]).isEqualTo(1, within(0.007));
    int[] counts = new int[10];
    for (int i = 0; i < train.size(); i++) {
      counts[train.label(i)]++;
    }
    assertThat(Arrays.stream(counts).min().orElseThrow()).isPositive();
  }

  @Test
  void refusesImpossibleSizes() {
    assertThatThrownBy(() -> new SyntheticSpec(0, 1, 1, 2, 1, false))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("0 training examples");
    assertThatThrownBy(() -> new SyntheticSpec(1, 1, 1, 1, 1, false))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("1 classes");
    assertThat(new SyntheticSpec(1, 1, 1, 1, 1, true).outputs()).isEqualTo(1);
    assertThatThrownBy(() -> SyntheticSpec.REGRESSION.withSizes(Integer.MAX_VALUE, 1))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("fewer examples");
  }
}
