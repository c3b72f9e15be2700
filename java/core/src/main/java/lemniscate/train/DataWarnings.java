package lemniscate.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import lemniscate.data.DataSplits;
import lemniscate.data.Dataset;
import lemniscate.data.Datasets;
import lemniscate.data.Normalization;
import lemniscate.rule.LearningRule;

/** What data most likely was not meant to be, or loses, a line each. */
final class DataWarnings {

  /** Examples that are looked at, evenly over the set; it may have millions. */
  private static final int LOOKED_AT = 2000;

  /** Share of examples above which features that are replaced are worth a line. */
  private static final double WORTH_A_LINE = 0.05;

  /** Targets that are no more different numbers than this may be labels. */
  private static final int MOST_CLASSES = 1000;

  private static final int SHOWN = 5;

  private DataWarnings() {}

  /** The lines for data that a rule is to learn. */
  static List<String> of(DataSplits data, LearningRule rule) {
    List<String> warnings = new ArrayList<>();
    if (data.train().classification()) {
      // Labels that a teacher drew are right, however few there are of them.
      if (!data.name().equals(Datasets.SYNTHETIC)) {
        unseenClasses(data, warnings);
      }
    } else {
      labelsAmongTargets(data.train(), warnings);
    }
    replacedFeatures(data.train(), rule, warnings);
    return warnings;
  }

  private static void unseenClasses(DataSplits data, List<String> warnings) {
    boolean[] seen = new boolean[data.train().outputs()];
    for (int i = 0; i < data.train().size(); i++) {
      seen[data.train().label(i)] = true;
    }
    boolean[] unseen = new boolean[seen.length];
    int examples = 0;
    for (int i = 0; i < data.test().size(); i++) {
      int label = data.test().label(i);
      if (!seen[label]) {
        unseen[label] = true;
        examples++;
      }
    }
    if (examples > 0) {
      warnings.add(
          "%d of %d test examples of %s are of classes that no training example is of (%s), which cannot be learned; check the labels, or data.train."
              .formatted(
                  examples,
                  data.test().size(),
                  data.name(),
                  shortened(IntStream.range(0, unseen.length).filter(c -> unseen[c]).toArray())));
    }
  }

  private static String shortened(int[] classes) {
    String first =
        Arrays.stream(classes)
            .limit(SHOWN)
            .mapToObj(Integer::toString)
            .collect(Collectors.joining(", "));
    return classes.length <= SHOWN ? first : first + " and " + (classes.length - SHOWN) + " more";
  }

  private static void labelsAmongTargets(Dataset train, List<String> warnings) {
    float[] target = new float[train.outputs()];
    boolean whole = train.outputs() == 1;
    boolean oneHot = train.outputs() > 1;
    for (int i : lookedAt(train)) {
      train.copyTarget(i, target, 0);
      whole &= target[0] >= 0 && target[0] < MOST_CLASSES && target[0] == Math.rint(target[0]);
      oneHot &= isOneHot(target);
    }
    if (whole || oneHot) {
      warnings.add(
          "targets of %s are %s stored as floats, and so taken for regression; if they are class labels, store them as integers: %s."
              .formatted(
                  train.name(),
                  whole ? "whole numbers" : "one-hot rows",
                  whole ? "y.astype('int64')" : "y.argmax(1)"));
    }
  }

  private static boolean isOneHot(float[] row) {
    int ones = 0;
    for (float value : row) {
      if (value == 1) {
        ones++;
      } else if (value != 0) {
        return false;
      }
    }
    return ones == 1;
  }

  private static void replacedFeatures(Dataset train, LearningRule rule, List<String> warnings) {
    int replaced = rule.replacedFeatures(train.outputs());
    if (replaced == 0 || replaced > train.features()) {
      return;
    }
    int[] examples = lookedAt(train);
    float[][] rows = new float[examples.length][];
    float[] features = new float[train.features()];
    for (int i = 0; i < examples.length; i++) {
      train.copyFeatures(examples[i], Normalization.none(), features, 0);
      rows[i] = Arrays.copyOf(features, replaced);
    }
    boolean[] used = new boolean[examples.length];
    for (int j = 0; j < replaced; j++) {
      float usual = usual(rows, j);
      for (int i = 0; i < rows.length; i++) {
        used[i] |= rows[i][j] != usual;
      }
    }
    double share =
        (double) IntStream.range(0, used.length).filter(i -> used[i]).count() / used.length;
    if (share > WORTH_A_LINE) {
      warnings.add(
          "rule %s puts the label in the place of the first %d features, and %d %% of the examples of %s hold something there, which is lost; put %d constant features before the others."
              .formatted(rule.name(), replaced, Math.round(100 * share), train.name(), replaced));
    }
  }

  // The number that most rows have in a column.
  private static float usual(float[][] rows, int column) {
    float[] sorted = new float[rows.length];
    for (int i = 0; i < rows.length; i++) {
      sorted[i] = rows[i][column];
    }
    Arrays.sort(sorted);
    float usual = sorted[0];
    int longest = 0;
    int length = 0;
    for (int i = 0; i < sorted.length; i++) {
      length = i > 0 && sorted[i] == sorted[i - 1] ? length + 1 : 1;
      if (length > longest) {
        longest = length;
        usual = sorted[i];
      }
    }
    return usual;
  }

  private static int[] lookedAt(Dataset set) {
    int count = Math.min(set.size(), LOOKED_AT);
    return IntStream.range(0, count).map(i -> (int) ((long) i * set.size() / count)).toArray();
  }
}
