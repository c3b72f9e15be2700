package lemniscate.train;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lemniscate.backend.Loss;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.data.DataSplits;
import lemniscate.data.Datasets;
import lemniscate.tensor.ExampleShape;

/**
 * What a run's provenance says of its data, for those who do not have them.
 *
 * @param classes whether the answers are classes, of which one is right
 * @param bytes whether the features are bytes; empty where a run of before does not say
 * @param examples number of training examples; empty where it is not said
 * @param classNames names of the classes, where the data have them
 */
record TrainedOn(
    boolean classes, Optional<Boolean> bytes, Optional<Integer> examples, List<String> classNames) {

  // How the features of an example follow each other; runs of before do not say.
  static final String CHANNELS_LAST = "height, width, channels";

  private static final String CLASSES = "classes";
  private static final String TARGETS = "targets";
  private static final String BYTES = "bytes";
  private static final String FLOATS = "floats";

  /** What a provenance keeps of the data. */
  static Map<String, Object> describe(DataSplits data) {
    ExampleShape shape = data.train().shape();
    Map<String, Object> set = new LinkedHashMap<>();
    set.put("name", data.name());
    set.put("train", data.train().size());
    set.put("test", data.test().size());
    set.put("shape", List.of(shape.height(), shape.width(), shape.channels()));
    set.put("order", CHANNELS_LAST);
    set.put("elements", data.train().byteFeatures() ? BYTES : FLOATS);
    set.put("answers", data.train().classification() ? CLASSES : TARGETS);
    set.put("sha256", data.sha256());
    if (!data.classNames().isEmpty()) {
      set.put("classes", data.classNames());
    }
    return set;
  }

  static TrainedOn of(RunDirectory directory, Config config, SafetensorsReader checkpoint) {
    Map<?, ?> set = directory.provenance().get("data") instanceof Map<?, ?> map ? map : Map.of();
    Object answers = set.get("answers");
    boolean classes =
        answers == null
            ? Experiment.loss(config) == Loss.CROSS_ENTROPY
                || !Double.isNaN(CheckpointMetadata.progress(checkpoint).bestTestAccuracy())
            : answers.equals(CLASSES);
    Object elements = set.get("elements");
    Optional<Boolean> bytes =
        elements == null
            ? usualBytes(directory.config().get(ConfigSchema.DATA_NAME))
            : Optional.of(elements.equals(BYTES));
    return new TrainedOn(
        classes,
        bytes,
        set.get("train") instanceof Integer n ? Optional.of(n) : Optional.empty(),
        set.get("classes") instanceof List<?> names
            ? names.stream().map(String::valueOf).toList()
            : List.of());
  }

  // All public sets are images of bytes.
  private static Optional<Boolean> usualBytes(String name) {
    return Datasets.names().contains(name)
        ? Optional.of(
            !name.equals(Datasets.SYNTHETIC) && !name.equals(Datasets.SYNTHETIC_REGRESSION))
        : Optional.empty();
  }

  /**
   * Refuses runs on CIFAR-10 of when its features were kept plane by plane; no contents tell
   * weights of that order.
   *
   * @throws BadInputException for such a run
   */
  static void requireThisOrder(RunDirectory directory) {
    if (directory.provenance().get("data") instanceof Map<?, ?> set
        && "cifar-10".equals(set.get("name"))
        && !CHANNELS_LAST.equals(set.get("order"))) {
      throw new BadInputException(
          directory.path()
              + " was trained on cifar-10 with an image's colours one plane after another, but this"
              + " version reads the colours of a pixel side by side; train it again, or use the"
              + " version that trained it.");
    }
  }
}
