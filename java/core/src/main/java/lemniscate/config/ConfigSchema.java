package lemniscate.config;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toUnmodifiableMap;
import static lemniscate.config.ValueType.bool;
import static lemniscate.config.ValueType.choice;
import static lemniscate.config.ValueType.fraction;
import static lemniscate.config.ValueType.integer;
import static lemniscate.config.ValueType.longInteger;
import static lemniscate.config.ValueType.nonNegative;
import static lemniscate.config.ValueType.oneOrMore;
import static lemniscate.config.ValueType.onlyFalse;
import static lemniscate.config.ValueType.path;
import static lemniscate.config.ValueType.positive;
import static lemniscate.config.ValueType.text;
import static lemniscate.config.ValueType.tree;
import static lemniscate.config.ValueType.zeroOr;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import lemniscate.config.ConfigKey.Presence;
import lemniscate.text.Shown;
import org.jspecify.annotations.Nullable;

/**
 * Every key of the configuration, in the documented order. To add a key, declare it here; the
 * files, the options, the resolved YAML and the docs follow. The keys of a group stand together.
 * Long because it is one table.
 */
public final class ConfigSchema {
  /**
   * Units or channels of the widest layer. Eight times as many (the last stage of resnet18) in an
   * image's every place are still counted right, and refused for the memory that they take.
   */
  public static final int LARGEST_WIDTH = 1 << 24;

  /** Hidden layers of the deepest network; a step through it is recorded in seconds. */
  public static final int LARGEST_DEPTH = 10_000;

  /** Examples of the largest batch. */
  public static final int LARGEST_BATCH = 1 << 20;

  /** Pixels of the longest side of an image. */
  public static final int LARGEST_SIDE = 1 << 14;

  /** Threads of the largest machine. */
  public static final int MOST_THREADS = 1024;

  // Collects the keys in the order of their declaration while this class initialises; see KEYS.
  private static final List<ConfigKey<?>> DECLARED = new ArrayList<>();

  private static final List<RuleDeclaration> RULE_FAMILIES =
      Declarations.find(RuleDeclaration.class, "rule");

  // Data.
  public static final ConfigKey<String> DATA_NAME =
      key(
          Aspect.DATA,
          "data.name",
          "--data",
          text(),
          "fashion-mnist-mini",
          "Name of the data set.");
  public static final ConfigKey<Optional<Path>> DATA_DIR =
      unset(
          Aspect.DATA,
          "data.dir",
          null,
          path(),
          "the usual places",
          "Directory that holds the data sets.");
  public static final ConfigKey<Optional<Integer>> DATA_TRAIN =
      unset(Aspect.DATA, "data.train", null, integer(1), "all", "Training examples used.");
  public static final ConfigKey<Optional<Integer>> DATA_TEST =
      unset(Aspect.DATA, "data.test", null, integer(1), "all", "Test examples used.");
  public static final ConfigKey<Optional<Integer>> DATA_VALIDATION =
      unset(
          Aspect.DATA,
          "data.validation",
          null,
          integer(1),
          "none",
          "Training examples, the last ones, kept out of training and evaluated as the test set.");
  public static final ConfigKey<String> DATA_NORMALIZE =
      key(
          Aspect.DATA,
          "data.normalize",
          null,
          choice("none", "unit", "standard"),
          "standard",
          "Scaling of the inputs: as they are, to [0, 1], or to mean 0 and variance 1.");
  // These are unset by default, so that the hash of a run that does without them stays as it was.
  public static final ConfigKey<Optional<List<Path>>> DATA_FILES =
      unset(
          Aspect.DATA,
          "data.files",
          null,
          oneOrMore(path()),
          "those of MNIST",
          "Files of an idx: or npy: set: images and labels of training, images and labels of"
              + " test.");
  public static final ConfigKey<Optional<Integer>> DATA_CLASSES =
      unset(
          Aspect.DATA,
          "data.classes",
          null,
          integer(1, 65_536),
          "the largest label + 1",
          "Number of classes of an idx:, npz: or npy: set.");
  public static final ConfigKey<Optional<List<Integer>>> DATA_SHAPE =
      unset(
          Aspect.DATA,
          "data.shape",
          null,
          oneOrMore(integer(1, LARGEST_SIDE)),
          "that of the arrays",
          "Height, width and channels of the images of an idx:, npz: or npy: set or a table that"
              + " holds rows of numbers.");
  public static final ConfigKey<Optional<String>> DATA_LABELS =
      unset(
          Aspect.DATA,
          "data.labels",
          null,
          choice("fine", "coarse"),
          "fine",
          "Which labels of cifar-100: 100 fine ones or 20 coarse ones.");
  public static final ConfigKey<Optional<String>> DATA_LABEL =
      unset(
          Aspect.DATA,
          "data.label",
          null,
          text(),
          "label, class, target or y",
          "Column of a table (CSV, TSV) that is to be predicted: its name, or its place from 1.");
  public static final ConfigKey<Optional<List<String>>> DATA_DROP =
      unset(
          Aspect.DATA,
          "data.drop",
          null,
          oneOrMore(text()),
          "none",
          "Columns of a table that are left out, such as numbers of rows: names, or places from"
              + " 1.");
  public static final ConfigKey<Optional<Boolean>> DATA_HEADER =
      unset(
          Aspect.DATA,
          "data.header",
          null,
          bool(),
          "told by the first row",
          "Whether the first row of a table holds the names of its columns.");
  public static final ConfigKey<Optional<String>> DATA_TASK =
      unset(
          Aspect.DATA,
          "data.task",
          null,
          choice("classification", "regression"),
          "told by the label column",
          "Whether the label column of a table holds classes or numbers.");
  public static final ConfigKey<Optional<Path>> DATA_TEST_FILE =
      unset(
          Aspect.DATA,
          "data.testFile",
          null,
          path(),
          "none",
          "Table that holds the test examples, with the same columns.");
  public static final ConfigKey<Optional<Double>> DATA_TEST_FRACTION =
      unset(
          Aspect.DATA,
          "data.testFraction",
          null,
          fraction("(0, 1)"),
          "none",
          "Part of the examples, of each class alike, that are kept for the test, where a set has"
              + " none of its own.");
  public static final ConfigKey<Optional<Long>> DATA_SPLIT_SEED =
      unset(
          Aspect.DATA,
          "data.splitSeed",
          null,
          longInteger(),
          "0",
          "Seed that says which; the seed of the run does not change them.");
  public static final ConfigKey<Optional<List<String>>> DATA_AUGMENT =
      unset(
          Aspect.DATA,
          "data.augment",
          null,
          oneOrMore(choice("crop", "flip")),
          "none",
          "Random changes of training images, others in each epoch: a crop out of the image with a"
              + " black border, a flip from left to right.");
  public static final ConfigKey<Optional<Integer>> DATA_CROP_PADDING =
      unset(
          Aspect.DATA,
          "data.cropPadding",
          null,
          integer(1, LARGEST_SIDE),
          "4",
          "Width of that border, in pixels.");

  // The learning rule.
  public static final ConfigKey<String> RULE =
      key(
          Aspect.RULE,
          "rule",
          "--rule",
          choice(ruleNames(family -> true)),
          "pc",
          "Learning rule: "
              + RULE_FAMILIES.stream().map(RuleDeclaration::title).collect(joining(", "))
              + ".");

  // The parameterisation.
  public static final ConfigKey<String> PARAM_SCHEME =
      key(
          Aspect.PARAMETERISATION,
          "param.scheme",
          "--scheme",
          choice("sp", "ntk", "mup"),
          "mup",
          "How initialisation, multipliers and learning rates follow the width.");
  public static final ConfigKey<Integer> PARAM_BASE_WIDTH =
      key(
          Aspect.PARAMETERISATION,
          "param.baseWidth",
          null,
          integer(1),
          64,
          "Width in units at which the schemes coincide; its hyper-parameters transfer.");
  public static final ConfigKey<String> PARAM_FORM =
      key(
          Aspect.PARAMETERISATION,
          "param.form",
          null,
          choice("relative", "literal"),
          "relative",
          "Scale with width over base width, or with the width itself as in the papers.");
  public static final ConfigKey<Double> PARAM_WEIGHT_SCALE =
      key(
          Aspect.PARAMETERISATION,
          "param.weightScale",
          null,
          positive(),
          1.0,
          "Factor on the initial standard deviation of the weights.");
  public static final ConfigKey<Double> PARAM_OUTPUT_SCALE =
      key(
          Aspect.PARAMETERISATION,
          "param.outputScale",
          null,
          nonNegative(),
          1.0,
          "The same factor for the output layer; 0 starts it at zero.");

  public static final ConfigKey<String> PARAM_DISTRIBUTION =
      key(
          Aspect.PARAMETERISATION,
          "param.distribution",
          null,
          choice("normal", "uniform"),
          "normal",
          "Distribution of the initial weights, whatever their standard deviation.");
  public static final ConfigKey<Double> PARAM_DEPTH_EXPONENT =
      addedKey(
          Aspect.PARAMETERISATION,
          "param.depthExponent",
          null,
          zeroOr(0.5, 1),
          0.5,
          "Under mup, residual branches are divided by their number to this; 0 for not at all.");

  // The network.
  public static final ConfigKey<String> NET_PRESET =
      addedKey(
          Aspect.NETWORK,
          "net.preset",
          "--preset",
          choice("mlp", "resmlp", "lenet", "vgg5", "vgg7", "resnet18"),
          "mlp",
          "The network: fully connected, residual, or one of the known convolutional ones.");
  public static final ConfigKey<Optional<YamlTree.Items>> NET_LAYERS =
      unset(
          Aspect.NETWORK,
          "net.layers",
          null,
          tree("a list of layers, as [{conv: 32}, {pool: max}, {dense: 64}]"),
          "the preset's",
          "The hidden layers from the input on, instead of a preset's.");
  public static final ConfigKey<Integer> NET_WIDTH =
      key(
          Aspect.NETWORK,
          "net.width",
          "--width",
          integer(1, LARGEST_WIDTH),
          256,
          "Units or channels of the first hidden layer; others keep their proportion to it.");
  public static final ConfigKey<Integer> NET_DEPTH =
      key(
          Aspect.NETWORK,
          "net.depth",
          "--depth",
          integer(1, LARGEST_DEPTH),
          2,
          "Hidden layers of mlp and behind lenet's convolutions, blocks of resmlp, or of a stage.");
  public static final ConfigKey<String> NET_ACTIVATION =
      key(
          Aspect.NETWORK,
          "net.activation",
          "--activation",
          choice("linear", "tanh", "relu", "leaky-relu", "gelu", "silu", "sigmoid"),
          "tanh",
          "Activation of the hidden layers.");
  public static final ConfigKey<Boolean> NET_BIAS =
      key(Aspect.NETWORK, "net.bias", null, bool(), false, "Whether layers have biases.");

  static {
    retired(
        Aspect.NETWORK,
        "net.residual",
        onlyFalse("use net.preset resmlp for a residual network"),
        false);
  }

  public static final ConfigKey<String> NET_NORM =
      key(
          Aspect.NETWORK,
          "net.norm",
          null,
          choice("none", "batch", "example"),
          "none",
          "Norm that hidden activities are divided by: none, of the whole batch, of each example.");

  // The loss.
  public static final ConfigKey<String> LOSS =
      key(
          Aspect.LOSS,
          "loss",
          "--loss",
          choice("mse", "ce"),
          "mse",
          "Mean squared error or cross-entropy.");

  // The optimiser.
  public static final ConfigKey<String> OPTIM_NAME =
      key(Aspect.OPTIMISER, "optim.name", null, Declarations.optimizer(), "sgd", "Optimiser.");
  public static final ConfigKey<Optional<Double>> OPTIM_LR =
      unset(
          Aspect.OPTIMISER,
          "optim.lr",
          "--lr",
          positive(),
          "the default of the rule and optimiser",
          "Learning rate at the base width.");

  static {
    declareKeys(Declarations.optimizers(), true);
  }

  public static final ConfigKey<Double> OPTIM_WEIGHT_DECAY =
      key(
          Aspect.OPTIMISER,
          "optim.weightDecay",
          null,
          nonNegative(),
          0.0,
          "Coefficient of weight decay.");
  public static final ConfigKey<String> OPTIM_DECAY =
      key(
          Aspect.OPTIMISER,
          "optim.decay",
          null,
          choice("decoupled", "coupled", "independent"),
          "decoupled",
          "Whether decay acts on the weight alone, at the learning rate, is part of the gradient"
              + " and its momentum, or acts at a rate of its own that follows the schedule alone,"
              + " as it does with adamw and muon where this is left out.");
  public static final ConfigKey<String> OPTIM_SCHEDULE =
      key(
          Aspect.SCHEDULE,
          "optim.schedule",
          null,
          Declarations.schedule(),
          "constant",
          "How the learning rate changes over the steps.");

  static {
    declareKeys(Declarations.schedules(), true);
    declareKeys(Declarations.optimizers(), false);
    declareKeys(Declarations.schedules(), false);
  }

  // Training.
  public static final ConfigKey<Integer> TRAIN_BATCH =
      key(
          Aspect.TRAINING,
          "train.batch",
          "--batch",
          integer(1, LARGEST_BATCH),
          128,
          "Examples in a batch.");
  public static final ConfigKey<Integer> TRAIN_EPOCHS =
      key(
          Aspect.TRAINING,
          "train.epochs",
          "--epochs",
          integer(1),
          5,
          "Passes over the training examples.");
  public static final ConfigKey<Optional<Integer>> TRAIN_STEPS =
      unset(
          Aspect.TRAINING,
          "train.steps",
          "--steps",
          integer(1),
          "train.epochs decides",
          "Training steps.");
  public static final ConfigKey<Integer> TRAIN_LOG_EVERY =
      key(
          Aspect.OUTPUT,
          "train.logEvery",
          null,
          integer(1),
          10,
          "Steps between two lines of metrics.");
  public static final ConfigKey<Optional<Integer>> TRAIN_CHECKPOINT_EVERY =
      unset(
          Aspect.OUTPUT,
          "train.checkpointEvery",
          null,
          integer(1),
          "once an epoch",
          "Steps between two checkpoints.");
  public static final ConfigKey<Integer> TRAIN_KEEP_CHECKPOINTS =
      key(
          Aspect.OUTPUT,
          "train.keepCheckpoints",
          null,
          integer(1, 1_000_000),
          2,
          "Checkpoints kept, the newest.");

  public static final ConfigKey<Optional<List<String>>> TRAIN_LOG =
      unset(
          Aspect.OUTPUT,
          "train.log",
          "--log",
          oneOrMore(choice("tensorboard", "csv", "mlflow")),
          "metrics.jsonl alone",
          "What metrics are written as beside: event files of TensorBoard, a table, a run on an"
              + " MLflow server.");
  public static final ConfigKey<Optional<Integer>> TRAIN_STOP_AFTER =
      unset(
          Aspect.STOPPING,
          "train.stopAfter",
          null,
          integer(1),
          "never",
          "Evaluations in a row that find nothing better, after which training ends; needs"
              + " data.validation.");
  public static final ConfigKey<Boolean> TRAIN_KEEP_BEST =
      addedKey(
          Aspect.OUTPUT,
          "train.keepBest",
          null,
          bool(),
          false,
          "Whether the checkpoint of the best evaluation is kept beside the newest; needs"
              + " data.validation.");

  public static final ConfigKey<Optional<Path>> TRAIN_INIT =
      unset(
          Aspect.INITIALISATION,
          "train.init",
          "--init",
          path(),
          "drawn",
          "Safetensors file with the weights that training starts from: a checkpoint, an export, or"
              + " the state of a PyTorch network.");
  public static final ConfigKey<Optional<List<String>>> TRAIN_INIT_MAP =
      unset(
          Aspect.INITIALISATION,
          "train.initMap",
          "--init-map",
          oneOrMore(text()),
          "found by names and shapes",
          "Which tensor is which parameter: layer1.weight=fc1.weight, ..., or a YAML file of such"
              + " pairs; parameters that are left out stay drawn.");
  public static final ConfigKey<Optional<String>> TRAIN_INIT_SHA256 =
      unset(
          Aspect.INITIALISATION,
          "train.initSha256",
          null,
          text(),
          "any",
          "SHA-256 that the file must have; written into the configuration of a run.");

  // What is measured.
  public static final ConfigKey<Optional<List<String>>> METRICS_ANGLE_TO =
      unset(
          Aspect.MEASUREMENT,
          "metrics.angleTo",
          null,
          oneOrMore(choice(ruleNames(RuleDeclaration::isComparable))),
          "none",
          "Rules to whose updates the angle is measured, at the start and after every epoch.");
  public static final ConfigKey<Boolean> METRICS_FEEDBACK =
      key(
          Aspect.MEASUREMENT,
          "metrics.feedback",
          null,
          bool(),
          false,
          "Whether the rule's feedback weights are measured as often: norms, angles to the"
              + " weights.");

  public static final ConfigKey<Optional<Boolean>> METRICS_REACH =
      unset(
          Aspect.MEASUREMENT,
          "metrics.reach",
          null,
          bool(),
          "where pc may lose it: more than 8 units",
          "Whether the share of units that get credit is measured, at the start, after 10 and 100"
              + " steps and every epoch; costs a step and a pass of bp each time.");

  // Those of the rules.
  static {
    RULE_FAMILIES.forEach(family -> DECLARED.addAll(family.keys()));
  }

  // The machine.
  public static final ConfigKey<String> BACKEND =
      key(
          Aspect.DEVICE,
          "backend",
          "--backend",
          choice("auto", "cpu", "cuda", "nd4j", "reference"),
          "auto",
          "What computes; 'auto' takes the best that is usable here.");
  public static final ConfigKey<String> PRECISION =
      key(
          Aspect.MACHINE,
          "precision",
          "--precision",
          choice("fp32", "fp64", "tf32", "bf16"),
          "fp32",
          "Number format of the arithmetic.");
  public static final ConfigKey<Optional<Integer>> THREADS =
      unset(
          Aspect.MACHINE,
          "threads",
          "--threads",
          integer(1, MOST_THREADS),
          "OMP_NUM_THREADS, SLURM_CPUS_PER_TASK, or all",
          "Threads of the CPU.");
  public static final ConfigKey<Optional<Path>> BLAS =
      unset(
          Aspect.MACHINE,
          "blas",
          "--blas",
          path(),
          "the bundled OpenBLAS",
          "A BLAS library to load instead.");
  public static final ConfigKey<Long> SEED =
      key(Aspect.SEED, "seed", "--seed", longInteger(), 0L, "Seed of everything random.");
  public static final ConfigKey<Optional<Path>> OUT =
      unset(
          Aspect.OUTPUT,
          "out",
          "--out",
          path(),
          "runs/<generated>",
          "Directory that the run writes.");

  // The backend on the CPU.
  public static final ConfigKey<String> CPU_PRODUCTS =
      key(
          Aspect.MACHINE,
          "cpu.products",
          null,
          choice("auto", "panels", "packed-blas", "blas"),
          "auto",
          "How a relaxation multiplies by its weights: laid out once for our own loops or by the"
              + " library (MKL), or each time.");

  // The CUDA device.
  public static final ConfigKey<Integer> CUDA_DEVICE =
      key(
          Aspect.DEVICE,
          "cuda.device",
          null,
          integer(0),
          0,
          "Number of the device, as nvidia-smi counts them.");
  public static final ConfigKey<Boolean> CUDA_CHECKED =
      key(
          Aspect.DEVICE,
          "cuda.checked",
          null,
          bool(),
          false,
          "Whether each launch is waited for, so that a failure names its kernel. Slow.");
  public static final ConfigKey<Optional<Path>> CUDA_BLAS =
      unset(
          Aspect.MACHINE,
          "cuda.blas",
          null,
          path(),
          "what is found",
          "The libcublas.so of CUDA 12 or 13.");

  /** All keys and those of earlier versions, which files may have and hashes always do. */
  static final List<ConfigKey<?>> WITH_RETIRED = List.copyOf(DECLARED);

  /** All keys, in the documented order. */
  public static final List<ConfigKey<?>> KEYS =
      DECLARED.stream().filter(key -> key.presence() != Presence.RETIRED).toList();

  private static final Map<String, ConfigKey<?>> BY_NAME =
      WITH_RETIRED.stream().collect(toUnmodifiableMap(ConfigKey::name, Function.identity()));

  private ConfigSchema() {}

  /** The families of learning rules that were found, in the order of their register. */
  public static List<RuleDeclaration> ruleFamilies() {
    return RULE_FAMILIES;
  }

  /** The rules that a key belongs to; empty for one that all rules have. */
  public static List<String> rulesOf(ConfigKey<?> key) {
    return RULE_FAMILIES.stream()
        .filter(family -> family.keys().contains(key))
        .findFirst()
        .map(RuleDeclaration::names)
        .orElse(List.of());
  }

  /** Whether a configuration chooses something that a key belongs to. */
  static boolean isOfChosen(ConfigKey<?> key, Config config) {
    return owns(RULE_FAMILIES, config.get(RULE), key)
        || owns(Declarations.optimizers(), config.get(OPTIM_NAME), key)
        || owns(Declarations.schedules(), config.get(OPTIM_SCHEDULE), key);
  }

  private static boolean owns(List<? extends Declaration> all, String chosen, ConfigKey<?> key) {
    return all.stream().anyMatch(one -> one.names().contains(chosen) && one.keys().contains(key));
  }

  /** Everything that brings keys. */
  static List<Declaration> declarations() {
    return Stream.of(RULE_FAMILIES, Declarations.optimizers(), Declarations.schedules())
        .<Declaration>flatMap(List::stream)
        .toList();
  }

  // The keys of a group stand together.
  private static void declareKeys(List<? extends Declaration> all, boolean ofGroupOptim) {
    all.stream()
        .flatMap(one -> one.keys().stream())
        .filter(key -> key.group().equals("optim") == ofGroupOptim)
        .distinct()
        .forEach(DECLARED::add);
  }

  private static String[] ruleNames(Predicate<RuleDeclaration> wanted) {
    return Declarations.names(RULE_FAMILIES.stream().filter(wanted).toList());
  }

  /** The key of that dotted name, if there is one. */
  public static Optional<ConfigKey<?>> find(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }

  /**
   * The key of that dotted name.
   *
   * @param source where the name was given, for the error: "run.yaml:3", "--set"
   * @throws BadInputException if there is none, with the nearest valid name
   */
  public static ConfigKey<?> key(String name, String source) {
    ConfigKey<?> key = BY_NAME.get(name);
    if (key != null) {
      return key;
    }
    if (isGroup(name)) {
      throw new BadInputException(
          "%s: %s is a group of keys; expected one of them: %s. Write for example %s."
              .formatted(
                  source,
                  Shown.quoted(name),
                  String.join(", ", leaves(name)),
                  Shown.quoted(name + "." + leaves(name).getFirst())));
    }
    List<String> names =
        Stream.concat(
                KEYS.stream().map(ConfigKey::name),
                name.contains(".")
                    ? Stream.empty()
                    : KEYS.stream().map(ConfigKey::group).filter(g -> !g.isEmpty()).distinct())
            .toList();
    String nearest =
        Spelling.nearestDotted(name, names).stream().map(Shown::quoted).collect(joining(", "));
    throw new BadInputException(
        "%s: unknown key %s; expected a key of the configuration, the nearest is %s. Correct or"
                .formatted(source, Shown.quoted(name), nearest)
            + " remove it.");
  }

  /** The table of all keys for the docs, in Markdown. */
  public static String markdownTable() {
    return "| Key | Option | Value | Default | Meaning |\n| --- | --- | --- | --- | --- |\n"
        + KEYS.stream().map(ConfigSchema::markdownRow).collect(joining());
  }

  /** Whether {@code name} is the part before the dot of some key. */
  static boolean isGroup(String name) {
    return KEYS.stream().anyMatch(key -> !name.isEmpty() && key.group().equals(name));
  }

  /** The keys of a group, without its name. */
  static List<String> leaves(String group) {
    return KEYS.stream().filter(key -> key.group().equals(group)).map(ConfigKey::leaf).toList();
  }

  private static String markdownRow(ConfigKey<?> key) {
    return "| `%s` | `%s` | %s | %s | %s |\n"
        .formatted(
            key.name(),
            key.options().getFirst(),
            key.type().expected(),
            key.defaultText().replace("<", "&lt;"),
            key.description());
  }

  private static <T> ConfigKey<T> key(
      Aspect aspect,
      String name,
      @Nullable String option,
      ValueType<T> type,
      T defaultValue,
      String description) {
    return declare(
        new ConfigKey<>(
            aspect, name, option, type, defaultValue, null, description, Presence.ALWAYS));
  }

  // Came when there were runs already: part of those that set it, so that their hashes stay.
  private static <T> ConfigKey<T> addedKey(
      Aspect aspect,
      String name,
      @Nullable String option,
      ValueType<T> type,
      T defaultValue,
      String description) {
    return declare(
        new ConfigKey<>(
            aspect, name, option, type, defaultValue, null, description, Presence.WHERE_SET));
  }

  private static <T> ConfigKey<Optional<T>> unset(
      Aspect aspect,
      String name,
      @Nullable String option,
      ValueType<T> type,
      String meaning,
      String description) {
    return declare(
        new ConfigKey<>(
            aspect,
            name,
            option,
            type.optional(),
            Optional.empty(),
            meaning,
            description,
            Presence.ALWAYS));
  }

  // Takes no other value than the one that all its runs had.
  private static <T> void retired(Aspect aspect, String name, ValueType<T> type, T value) {
    declare(
        new ConfigKey<>(
            aspect, name, null, type, value, null, "No longer used.", Presence.RETIRED));
  }

  private static <T> ConfigKey<T> declare(ConfigKey<T> key) {
    DECLARED.add(key);
    return key;
  }
}
