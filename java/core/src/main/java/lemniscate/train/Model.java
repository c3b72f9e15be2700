package lemniscate.train;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import lemniscate.backend.Backend;
import lemniscate.backend.Backends;
import lemniscate.backend.Loss;
import lemniscate.backend.MemoryPlan;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.data.DataRequest;
import lemniscate.data.Dataset;
import lemniscate.data.Normalization;
import lemniscate.data.TestData;
import lemniscate.data.TestSet;
import lemniscate.mup.Parameterization;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.rule.LearningRule;
import lemniscate.tensor.Arena;
import lemniscate.tensor.ExampleShape;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A trained network that answers. It comes from the folder of a run alone; what it was trained on
 * need not be there any more. Inputs are given as they are, and scaled as in training.
 *
 * <pre>{@code
 * try (Model model = Model.load(Path.of("runs/demo"))) {
 *   int[] classes = model.predict(new double[][] {pixels}).classes();
 * }
 * }</pre>
 *
 * <p>Not safe for use from several threads at once.
 */
public final class Model implements AutoCloseable {

  /** Names the newest checkpoint. */
  public static final String NEWEST = "newest";

  /**
   * Names the checkpoint, of those that are kept, that did best when it was written; with {@code
   * train.keepBest} the best of the run.
   */
  public static final String BEST = "best";

  // Of reading a checkpoint while another process writes newer ones.

  private static final Set<ConfigKey<?>> OF_ONE_SET =
      Set.of(
          ConfigSchema.DATA_DIR,
          ConfigSchema.DATA_TRAIN,
          ConfigSchema.DATA_TEST,
          ConfigSchema.DATA_VALIDATION,
          ConfigSchema.DATA_FILES,
          ConfigSchema.DATA_CLASSES,
          ConfigSchema.DATA_SHAPE,
          ConfigSchema.DATA_LABELS,
          ConfigSchema.DATA_TEST_FILE,
          ConfigSchema.DATA_TEST_FRACTION,
          ConfigSchema.DATA_SPLIT_SEED);

  private final Path path;
  private final Path checkpoint;
  private final Config config;
  private final Backend backend;
  private final Arena arena;
  private final Network network;
  private final Evaluator evaluator;
  private final Normalization normalization;
  private final TrainingProgress progress;
  private final TrainedOn trainedOn;

  private Model(
      Path path, Config config, Backend backend, SafetensorsReader file, TrainedOn trainedOn) {
    this.path = path;
    this.checkpoint = file.file();
    this.config = config;
    this.backend = backend;
    this.trainedOn = trainedOn;
    this.progress = CheckpointMetadata.progress(file);
    this.normalization =
        CheckpointMetadata.normalization(
            file, Normalization.Kind.of(config.get(ConfigSchema.DATA_NORMALIZE)));
    CheckpointMetadata.Ends ends = CheckpointMetadata.ends(file);
    NetworkSpec spec = Architecture.of(config, ends.input(), ends.outputs());
    MemoryPlan.requireFits(
        backend.memory(),
        spec.size().width(),
        width -> bytes(backend, config, spec.withHiddenWidth(width)));
    this.arena = backend.newArena();
    try {
      Buffers buffers = Buffers.allocate(backend, arena, config, spec);
      this.network = buffers.network();
      this.evaluator = buffers.evaluator();
      Checkpoint.restoreWeights(file, backend, network);
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  private static long bytes(Backend backend, Config config, NetworkSpec spec) {
    return MemoryPlan.bytes(
        backend,
        counting -> {
          try (Arena room = counting.newArena()) {
            Buffers.allocate(counting, room, config, spec).evaluator().close();
          }
        });
  }

  /** What lies in memory. */
  private record Buffers(Network network, Evaluator evaluator) {
    static Buffers allocate(Backend backend, Arena arena, Config config, NetworkSpec spec) {
      LearningRule rule = Experiment.rule(config);
      Parameterization parameterization =
          Experiment.parameterization(config, rule, Experiment.optimizer(config));
      Network network =
          Network.create(backend, arena, spec, parameterization, config.get(ConfigSchema.SEED));
      int batch = config.get(ConfigSchema.TRAIN_BATCH);
      return new Buffers(
          network, new Evaluator(backend, arena, network, rule, Experiment.loss(config), batch));
    }
  }

  /**
   * Loads the newest checkpoint of a run, on the run's backend where that is usable here, else on
   * the best that is.
   *
   * @param run folder of the run
   * @throws BadInputException if there is no run, or no checkpoint that can be read
   */
  public static Model load(Path run) {
    return load(run, NEWEST, Map.of(), line -> {});
  }

  /**
   * Loads a checkpoint of a run.
   *
   * @param run folder of the run
   * @param which {@link #NEWEST}, {@link #BEST}, the number of a step, or the path of a file
   * @param changes keys of data, device and machine that differ from the run's configuration, by
   *     dotted name. Another {@code data.name} leaves out what else the run says of its data
   * @param log told of what is chosen, a line each
   * @throws BadInputException if there is no run, or no such checkpoint that can be read
   */
  public static Model load(
      Path run, String which, Map<String, String> changes, Consumer<String> log) {
    RunDirectory directory = RunDirectory.read(run);
    TrainedOn.requireThisOrder(directory);
    Config config = changed(ConfigHistory.of(directory).current(), changes).checked();
    try (SafetensorsReader file = ChosenCheckpoint.open(directory, which)) {
      Backend backend = openBackend(config, changes, log);
      try {
        Model model = new Model(run, config, backend, file, TrainedOn.of(directory, config, file));
        log.accept("weights from " + file.file());
        return model;
      } catch (RuntimeException | Error e) {
        backend.close();
        throw e;
      }
    }
  }

  private static Config changed(Config own, Map<String, String> changes) {
    Config config =
        own.with(ConfigSchema.DATA_AUGMENT, Optional.empty(), "model")
            .with(ConfigSchema.DATA_CROP_PADDING, Optional.empty(), "model");
    if (changes.containsKey(ConfigSchema.DATA_NAME.name())) {
      for (ConfigKey<?> key : OF_ONE_SET) {
        config = config.with(key.name(), "unset", "model");
      }
    }
    for (Map.Entry<String, String> change : changes.entrySet()) {
      config = config.with(change.getKey(), change.getValue(), "--" + change.getKey());
    }
    return config;
  }

  // A run moves between machines: what it was trained on need not be here.
  private static Backend openBackend(
      Config config, Map<String, String> changes, Consumer<String> log) {
    String name = config.get(ConfigSchema.BACKEND);
    boolean here =
        changes.containsKey(ConfigSchema.BACKEND.name())
            || name.equals(Backends.AUTO)
            || Backends.providers().stream()
                .anyMatch(
                    provider -> provider.name().equals(name) && provider.availability().usable());
    if (here) {
      return Experiment.openBackend(config, log);
    }
    log.accept("backend " + name + ", which the run used, is not usable here");
    Config other = config.with(ConfigSchema.BACKEND, Backends.AUTO, "model");
    Precision precision = Experiment.precision(config);
    if (precision == Precision.TF32 || precision == Precision.BF16) {
      other = other.with(ConfigSchema.PRECISION, Precision.FP32.configName(), "model");
    }
    return Experiment.openBackend(other, log);
  }

  // ---------------------------------------------------------------- answers

  /**
   * Answers examples.
   *
   * @param inputs n rows of features as they were before the scaling of training: of images height,
   *     width and channel after each other, of byte/255 where training had bytes
   * @throws BadInputException if the rows are not of the network's size, or a number is not finite
   */
  public Predictions predict(double[][] inputs) {
    return predict(TestSet.of("inputs", inputs));
  }

  /**
   * Answers examples in the memory of this model's {@link #backend}.
   *
   * @param inputs (n, features), as in {@link #predict(double[][])}
   */
  public Predictions predict(Tensor inputs) {
    double[][] rows = new double[inputs.rows()][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = backend.read(inputs.rows(i, 1));
    }
    return predict(rows);
  }

  /**
   * Answers the examples of a file or a folder of images, as {@link TestData} reads them.
   *
   * @throws BadInputException if it cannot be read, or holds examples of another shape
   */
  public Predictions predict(Path file) {
    return predict(TestData.read(file, dataEnds()));
  }

  /**
   * Answers examples.
   *
   * @throws BadInputException if they are of another shape than the network reads, or their answers
   *     of another kind than it gives
   */
  public Predictions predict(TestSet set) {
    return evaluator.predict(checked(set), normalization, classifies());
  }

  /**
   * Loss and accuracy over examples with answers.
   *
   * @throws BadInputException as {@link #predict(TestSet)}, or without answers
   */
  public Evaluation evaluate(TestSet set) {
    if (!set.answered()) {
      throw new BadInputException(
          "%s has no labels or targets, so nothing can be measured on it; expected an array y beside the inputs, or --labels FILE. Without them, use predict."
              .formatted(set.examples().name()));
    }
    return evaluator.evaluate(checked(set).examples(), normalization);
  }

  /**
   * The test examples of the run's own data, or of what its changes name.
   *
   * @param labels file of labels beside a file of inputs; null for none
   * @throws BadInputException if they cannot be read
   */
  public TestSet testSet(@Nullable Path labels) {
    DataRequest request = Experiment.dataRequest(config);
    return TestData.load(request, labels, dataEnds());
  }

  private TestData.Ends dataEnds() {
    List<String> names = trainedOn.classNames();
    if (names.isEmpty() && classifies()) {
      names = IntStream.range(0, outputs()).mapToObj(Integer::toString).toList();
    }
    return new TestData.Ends(input().size(), outputs(), names);
  }

  private TestSet checked(TestSet set) {
    Dataset data = set.examples();
    ExampleShape expected = network.spec().input().shape();
    boolean same =
        data.features() == expected.size()
            && (data.shape().equals(expected) || data.shape().isFlat() || expected.isFlat());
    if (!same) {
      throw new BadInputException(
          "%s has examples of %s, but the network of %s takes %s; expected the shape that it was trained on."
              .formatted(data.name(), data.shape(), path, expected));
    }
    if (set.answered() && data.outputs() != outputs()) {
      throw new BadInputException(
          "%s has %d %s, but the network of %s gives %d; expected as many%s."
              .formatted(
                  data.name(),
                  data.outputs(),
                  data.classification() ? "classes" : "targets an example",
                  path,
                  outputs(),
                  data.classification() || !classifies() ? "" : ", or class labels as integers"));
    }
    if (set.answered() && !data.classification() && loss() == Loss.CROSS_ENTROPY) {
      throw new BadInputException(
          "%s has targets that are no integers, but the network of %s was trained to tell classes apart; expected class labels as integers."
              .formatted(data.name(), path));
    }
    return new TestSet(data.asImages(expected), set.answered());
  }

  /**
   * What about some examples may be another than in training; usually nothing.
   *
   * @throws BadInputException as {@link #predict(TestSet)}
   */
  public Optional<String> warning(TestSet set) {
    boolean bytes = checked(set).examples().byteFeatures();
    return trainedOn.bytes().filter(trained -> trained != bytes).map(trained -> mismatch(bytes));
  }

  private String mismatch(boolean bytes) {
    boolean raw = normalization.kind() == Normalization.Kind.NONE;
    if (bytes) {
      return "the run was trained on numbers, these are bytes: they are taken "
          + (raw ? "as they are" : "divided by 255")
          + ", which training's were only if they had been saved so";
    }
    return "the run was trained on bytes, these are numbers: they are taken as "
        + (raw ? "they are, 0 to 255" : "bytes divided by 255 already, 0 to 1");
  }

  // ---------------------------------------------------------------- what it is

  /** Whether its outputs are classes, of which one is the answer. */
  public boolean classifies() {
    return trainedOn.classes();
  }

  /** Whether its answer is the network's feed-forward pass, and nothing beside it. */
  public boolean isPlain() {
    return evaluator.isPlain();
  }

  /** What it was trained on, as far as is known. */
  TrainedOn trainedOn() {
    return trainedOn;
  }

  /** Shape of an example. */
  public ExampleShape input() {
    return network.spec().input().shape();
  }

  /** Number of outputs: classes, or targets. */
  public int outputs() {
    return network.spec().outputs();
  }

  /** Loss that it was trained with. */
  public Loss loss() {
    return Experiment.loss(config);
  }

  /** What is done to its inputs. */
  public Normalization normalization() {
    return normalization;
  }

  /** The network in memory. */
  public Network network() {
    return network;
  }

  /** Where it runs. */
  public Backend backend() {
    return backend;
  }

  /** The run's configuration with the changes. */
  public Config config() {
    return config;
  }

  /** Where the run stood at the checkpoint. */
  public TrainingProgress progress() {
    return progress;
  }

  /** Passes over the training examples at the checkpoint; NaN where their number is not known. */
  public double epochs() {
    return trainedOn
        .examples()
        .map(
            count ->
                (double) progress.step()
                    / Math.max(1, count / config.get(ConfigSchema.TRAIN_BATCH)))
        .orElse(Double.NaN);
  }

  /** Folder of the run. */
  public Path path() {
    return path;
  }

  /** File of the weights. */
  public Path checkpoint() {
    return checkpoint;
  }

  @Override
  public void close() {
    evaluator.close();
    arena.close();
    backend.close();
  }
}
