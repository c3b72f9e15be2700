package lemniscate.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import lemniscate.config.BadInputException;
import org.junit.jupiter.api.Test;

class DatasetTest {
  // 3 examples of 2 byte features, 4 classes.
  private static final Dataset IMAGES =
      Dataset.ofBytes("tiny", DataFiles.bytes(0, 51, 255, 128, 1, 2), 2, new int[] {3, 0, 1}, 4);
  private static final Dataset REGRESSION =
      Dataset.ofFloats("reg", new float[] {1, -2, 3, 5}, 2, new float[] {7, 8, 9, 10, 11, 12}, 3);

  @Test
  void copiesFeaturesAndTargetsToTheOffsetOnly() {
    float[] x = filled(5);
    IMAGES.copyFeatures(1, Normalization.unit(), x, 2);
    // Bytes above 127 are not negative.
    assertThat(x).containsExactly(Float.NaN, Float.NaN, 1f, (float) (128 / 255.0), Float.NaN);

    float[] y = filled(6);
    IMAGES.copyTarget(2, y, 1);
    assertThat(y).containsExactly(Float.NaN, 0f, 1f, 0f, 0f, Float.NaN);

    float[] t = filled(4);
    REGRESSION.copyTarget(1, t, 0);
    assertThat(t).containsExactly(10f, 11f, 12f, Float.NaN);
  }

  @Test
  void copiesARangeInStoredOrder() {
    float[] x = filled(4);
    float[] y = filled(8);
    IMAGES.copyRange(1, 2, Normalization.none(), x, y);
    assertThat(x).containsExactly(255f, 128f, 1f, 2f);
    assertThat(y).containsExactly(1f, 0f, 0f, 0f, 0f, 1f, 0f, 0f);
  }

  @Test
  void tellsItsSizes() {
    assertThat(IMAGES.size()).isEqualTo(3);
    assertThat(IMAGES.features()).isEqualTo(2);
    assertThat(IMAGES.outputs()).isEqualTo(4);
    assertThat(IMAGES.classification()).isTrue();
    assertThat(IMAGES.byteFeatures()).isTrue();
    assertThat(IMAGES.label(0)).isEqualTo(3);
    assertThat(REGRESSION.size()).isEqualTo(2);
    assertThat(REGRESSION.outputs()).isEqualTo(3);
    assertThat(REGRESSION.classification()).isFalse();
    assertThatIllegalStateException().isThrownBy(() -> REGRESSION.label(0));
  }

  @Test
  void lastIsTheEndOfASubsetToo() {
    float[] three = {0, 1, 2, 3, 4, 5, 6, 7};
    Dataset values = Dataset.ofFloats("v", three, 2, new float[] {9, 8, 7, 6}, 1);
    Dataset last = values.subset(3).last(2);
    assertThat(last.size()).isEqualTo(2);
    float[] row = new float[2];
    float[] target = new float[1];
    last.copyFeatures(0, Normalization.none(), row, 0);
    last.copyTarget(1, target, 0);
    assertThat(row).containsExactly(2, 3);
    assertThat(target).containsExactly(7);
    assertThat(values.last(4)).isSameAs(values);
    assertThat(last.sha256()).isNotEqualTo(values.subset(2).sha256());
    assertThat(IMAGES.last(1).label(0)).isEqualTo(IMAGES.label(2));
    assertThatThrownBy(() -> values.last(5)).isInstanceOf(BadInputException.class);
    assertThatThrownBy(() -> values.last(0)).isInstanceOf(BadInputException.class);
  }

  @Test
  void validationTakesThePlaceOfTheTestSet() {
    DataSplits splits = new DataSplits("s", IMAGES, IMAGES.subset(1)).validating(2);
    assertThat(splits.train().size()).isEqualTo(1);
    assertThat(splits.test().size()).isEqualTo(2);
    assertThat(splits.test().label(0)).isEqualTo(IMAGES.label(1));
    assertThatThrownBy(() -> new DataSplits("s", IMAGES, IMAGES).validating(3))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("data.validation is 3, but s has 3 training examples; hold back 1");
  }

  @Test
  void subsetIsTheBeginningAndNothingElseCanBeReached() {
    Dataset two = IMAGES.subset(2);
    assertThat(two.size()).isEqualTo(2);
    assertThat(two.outputs()).isEqualTo(4);
    assertThat(two.label(1)).isZero();
    assertThatThrownBy(() -> two.label(2)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> two.copyFeatures(2, Normalization.none(), new float[2], 0))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThat(two.sha256())
        .isEqualTo(
            Dataset.ofBytes("other name", DataFiles.bytes(0, 51, 255, 128), 2, new int[] {3, 0}, 4)
                .sha256())
        .isNotEqualTo(IMAGES.sha256());
    assertThatThrownBy(() -> IMAGES.subset(4))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("4 examples of tiny")
        .hasMessageContaining("1 to 3");
    assertThatThrownBy(() -> IMAGES.subset(0)).isInstanceOf(BadInputException.class);
  }

  @Test
  void hashIsTheDocumentedOne() throws IOException {
    byte[] image =
        DataFiles.concat(
            DataFiles.ints(1, 1, 3, 2, 4),
            DataFiles.bytes(0, 51, 255, 128, 1, 2),
            DataFiles.ints(3, 0, 1));
    assertThat(IMAGES.sha256()).isEqualTo(ContentHash.of(new ByteArrayInputStream(image)));
    byte[] regression =
        DataFiles.concat(
            DataFiles.ints(0, 0, 2, 2, 3),
            DataFiles.floats(1, -2, 3, 5),
            DataFiles.floats(7, 8, 9, 10, 11, 12));
    assertThat(REGRESSION.sha256()).isEqualTo(ContentHash.of(new ByteArrayInputStream(regression)));
  }

  @Test
  void hashCoversMoreThanOneBuffer() throws IOException {
    int n = 40_001; // 160,004 bytes: past two buffers of 65,536 and not a multiple
    float[] x = new float[n];
    int[] labels = new int[n];
    for (int i = 0; i < n; i++) {
      x[i] = i;
      labels[i] = i % 3;
    }
    byte[] expected =
        DataFiles.concat(
            DataFiles.ints(0, 1, n, 1, 3), DataFiles.floats(x), DataFiles.ints(labels));
    assertThat(Dataset.ofFloats("long", x, 1, labels, 3).sha256())
        .isEqualTo(ContentHash.of(new ByteArrayInputStream(expected)));
  }

  @Test
  void refusesWhatCannotBeTrainedOn() {
    assertThatThrownBy(() -> Dataset.ofBytes("bad", DataFiles.bytes(1, 2), 1, new int[] {0, 4}, 4))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("bad: label 4 of example 1")
        .hasMessageContaining("0 to 3");
    assertThatThrownBy(
            () -> Dataset.ofFloats("bad", new float[] {1, 2, 3, Float.NaN}, 2, new int[2], 4))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("feature 1 of example 1 is NaN");
    assertThatThrownBy(
            () ->
                Dataset.ofBytes("bad", new byte[2], 1, new float[] {0, Float.POSITIVE_INFINITY}, 1))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("target 0 of example 1 is Infinity");
    assertThatThrownBy(() -> Dataset.ofBytes("none", new byte[0], 1, new int[0], 4))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("no examples");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Dataset.ofBytes("x", new byte[3], 2, new int[1], 4));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Dataset.ofBytes("x", new byte[4], 2, new int[1], 4));
  }

  @Test
  void splitsMustBelongTogether() {
    assertThatThrownBy(() -> new DataSplits("mixed", IMAGES, REGRESSION))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("mixed")
        .hasMessageContaining("2 byte features and 4 classes")
        .hasMessageContaining("2 float features and 3 regression targets");
    DataSplits splits = new DataSplits("s", IMAGES, IMAGES.subset(1));
    assertThat(splits.sha256())
        .hasSize(64)
        .isNotEqualTo(new DataSplits("s", IMAGES, IMAGES.subset(2)).sha256());
  }

  @Test
  void normalisesByHand() {
    float[] x = filled(2);
    IMAGES.copyFeatures(0, Normalization.none(), x, 0);
    assertThat(x).containsExactly(0f, 51f);
    IMAGES.copyFeatures(0, Normalization.unit(), x, 0);
    assertThat(x).containsExactly(0f, 0.2f);

    // Features 1, -2, 3, 5: mean 7/4; mean of squares 39/4; variance 39/4 - 49/16 = 107/16.
    Normalization standard = Normalization.standard(REGRESSION);
    // Double arithmetic on four small numbers: a few units of 2^-52.
    assertThat(standard.mean()).isEqualTo(1.75, within(1e-15));
    assertThat(standard.scale()).isEqualTo(4 / Math.sqrt(107), within(1e-15));
    REGRESSION.copyFeatures(1, standard, x, 0);
    assertThat(x[0]).isEqualTo((float) (1.25 * 4 / Math.sqrt(107)));
    REGRESSION.copyFeatures(1, Normalization.unit(), x, 0);
    assertThat(x).containsExactly(3f, 5f);

    // Bytes 0, 51, 255, 204: mean 510/4 = 127.5 = 0.5 of 255; in units of 255: 0, .2, 1, .8,
    // variance
    // (.25 + .09 + .25 + .09)/4 = .17.
    Dataset bytes = Dataset.ofBytes("b", DataFiles.bytes(0, 51, 255, 204), 2, new int[] {0, 1}, 2);
    Normalization standardBytes = Normalization.standard(bytes);
    assertThat(standardBytes.mean()).isEqualTo(0.5, within(1e-15));
    assertThat(standardBytes.scale()).isEqualTo(1 / Math.sqrt(0.17), within(1e-14));
    assertThat(standardBytes.apply((byte) 204))
        .isEqualTo((float) (0.3 / Math.sqrt(0.17)), within(1e-7f)); // one rounding to float
  }

  @Test
  void standardUsesOnlyTheSubset() {
    Dataset part = Dataset.ofFloats("p", new float[] {0, 2, 100, 100}, 1, new int[4], 1).subset(2);
    assertThat(Normalization.standard(part)).isEqualTo(Normalization.standard(1, 1));
    Dataset bytes = Dataset.ofBytes("p", DataFiles.bytes(0, 255, 9, 9), 1, new int[4], 1).subset(2);
    assertThat(Normalization.standard(bytes)).isEqualTo(Normalization.standard(0.5, 2));
  }

  @Test
  void normalisationNamesAndErrors() {
    assertThat(Normalization.Kind.of("standard")).isEqualTo(Normalization.Kind.STANDARD);
    assertThat(Normalization.of(Normalization.Kind.NONE, IMAGES))
        .isEqualTo(Normalization.none())
        .isNotEqualTo(Normalization.unit());
    assertThat(Normalization.unit()).hasToString("unit");
    assertThatThrownBy(() -> Normalization.Kind.of("Unit"))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("none, unit, standard");
    Dataset constant = Dataset.ofBytes("flat", DataFiles.bytes(7, 7), 1, new int[2], 1);
    assertThatThrownBy(() -> Normalization.standard(constant))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("flat: all feature values are equal");
    assertThatThrownBy(() -> Normalization.standard(0, 0)).isInstanceOf(BadInputException.class);
  }

  private static float[] filled(int length) {
    float[] out = new float[length];
    Arrays.fill(out, Float.NaN);
    return out;
  }
}
