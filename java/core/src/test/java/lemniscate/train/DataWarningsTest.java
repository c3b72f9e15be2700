package lemniscate.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import lemniscate.config.Config;
import lemniscate.data.DataSplits;
import lemniscate.data.Dataset;
import lemniscate.rule.LearningRule;
import org.junit.jupiter.api.Test;

final class DataWarningsTest {

  private static final int FEATURES = 7;
  private static final int CLASSES = 3;

  private static LearningRule rule(String name) {
    return Experiment.rule(Config.defaults().with("rule", name, "test"));
  }

  private static Dataset labelled(String name, int... labels) {
    return Dataset.ofFloats(name, new float[labels.length * FEATURES], FEATURES, labels, CLASSES);
  }

  private static List<String> of(Dataset train, Dataset test, String rule) {
    return DataWarnings.of(new DataSplits("set", train, test), rule(rule));
  }

  @Test
  void classesOfTestExamplesAlone() {
    Dataset train = labelled("set/train", 0, 0, 1);
    assertThat(of(train, labelled("set/test", 1, 0, 0), "bp")).isEmpty();
    assertThat(of(train, labelled("set/test", 2, 0, 2), "bp"))
        .singleElement()
        .asString()
        .contains("2 of 3 test examples of set", "(2)")
        .doesNotContain("\n");
    assertThat(of(labelled("set/train", 0, 2), labelled("set/test", 0), "bp")).isEmpty();
  }

  private static Dataset targets(int outputs, float... values) {
    return Dataset.ofFloats(
        "set/train", new float[values.length / outputs * FEATURES], FEATURES, values, outputs);
  }

  @Test
  void labelsThatAreFloats() {
    Dataset labels = targets(1, 0, 3, 1, 9);
    assertThat(of(labels, labels, "bp"))
        .singleElement()
        .asString()
        .contains("whole numbers stored as floats", "regression", "astype('int64')");
    Dataset oneHot = targets(3, 0, 1, 0, 0, 0, 1);
    assertThat(of(oneHot, oneHot, "bp"))
        .singleElement()
        .asString()
        .contains("one-hot rows stored as floats", "argmax");
    for (Dataset real :
        List.of(
            targets(1, 0, 3.5f, 1),
            targets(1, -1, 1, 2),
            targets(1, 0, 5000),
            targets(2, 0, 1, 1, 1),
            targets(2, 0, 0, 1, 0))) {
      assertThat(of(real, real, "bp")).isEmpty();
    }
  }

  // Of 200 examples, some differ from the others in one feature.
  private static Dataset varied(int feature, int examples) {
    float[] features = new float[200 * FEATURES];
    Arrays.fill(features, 0.25f);
    Random random = new Random(5);
    for (int i = 0; i < examples; i++) {
      features[i * 7 % 200 * FEATURES + feature] = random.nextFloat();
    }
    int[] labels = new int[200];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = i % CLASSES;
    }
    return Dataset.ofFloats("set/train", features, FEATURES, labels, CLASSES);
  }

  @Test
  void featuresThatARuleReplaces() {
    Dataset used = varied(CLASSES - 1, 40);
    assertThat(of(used, used, "ff"))
        .singleElement()
        .asString()
        .contains("rule ff", "the first 3 features", "20 % of the examples");
    assertThat(of(used, used, "bp")).as("a rule that replaces none").isEmpty();
    Dataset behind = varied(CLASSES, 200);
    assertThat(of(behind, behind, "ff")).as("the first that stays").isEmpty();
    Dataset few = varied(0, 8);
    assertThat(of(few, few, "ff")).as("4 % as in the corner of an image").isEmpty();
  }

  /** A network below the base width is told of that. */
  @Test
  void adviceForNarrowNetworks() {
    Config config =
        SmallRuns.with(SmallRuns.config(), "net.width=7", "param.baseWidth=64", "optim.lr=1e30");
    assertThat(adviceOf(config)).contains("or param.baseWidth 7: it was 64");
    assertThat(adviceOf(SmallRuns.with(config, "param.baseWidth=7")))
        .contains("use a smaller optim.lr")
        .doesNotContain("baseWidth");
    assertThat(adviceOf(SmallRuns.with(config, "param.scheme=sp"))).doesNotContain("baseWidth");
  }

  private static String adviceOf(Config config) {
    Experiment experiment = Experiment.of(config);
    try (var backend = Experiment.openBackend(config, line -> {});
        Trainer trainer =
            new Trainer(backend, experiment.spec(), experiment.data(), experiment.diagnostics())) {
      trainer.run(TrainingListener.NONE, new StopSignal());
      throw new AssertionError("it has not diverged");
    } catch (TrainingDivergedException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
