package lemniscate.config;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toUnmodifiableMap;
import static lemniscate.config.ValueType.bool;
import static lemniscate.config.ValueType.choice;
import static lemniscate.config.ValueType.fraction;
import static lemniscate.config.ValueType.integer;
import static lemniscate.config.ValueType.longInteger;
import static lemniscate.config.ValueType.nonNegative;
import static lemniscate.config.ValueType.number;
import static lemniscate.config.ValueType.oneOrMore;
import static lemniscate.config.ValueType.onlyFalse;
import static lemniscate.config.ValueType.path;
import static lemniscate.config.ValueType.positive;
import static lemniscate.config.ValueType.text;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Every key of the configuration, in the documented order. To add a key, declare it here; the
 * files, the options, the resolved YAML and the docs follow. The keys of a group stand together.
 */
public final class ConfigSchema {
  // Collects the keys in the order of their declaration while this class initialises; see KEYS.
  private static final List<ConfigKey<?>> DECLARED = new ArrayList<>();

  private static final String[] RULES = {
    "bp", "pc", "tp", "gnt", "fa", "dfa", "drtp", "pepita", "ff"
  };

  // Of one network function: Forward-Forward trains another, of inputs that carry labels.
  private static final String[] COMPARABLE_RULES = {
    "bp", "pc", "tp", "gnt", "fa", "dfa", "drtp", "pepita"
  };

  // Data.
  public static final ConfigKey<String> DATA_NAME =
      key("data.name", "--data", text(), "fashion-mnist-mini", "Name of the data set.");
  public static final ConfigKey<Optional<Path>> DATA_DIR =
      unset("data.dir", null, path(), "the usual places", "Directory that holds the data sets.");
  public static final ConfigKey<Optional<Integer>> DATA_TRAIN =
      unset("data.train", null, integer(1), "all", "Training examples used.");
  public static final ConfigKey<Optional<Integer>> DATA_TEST =
      unset("data.test", null, integer(1), "all", "Test examples used.");
  public static final ConfigKey<Optional<Integer>> DATA_VALIDATION =
      unset(
          "data.validation",
          null,
          integer(1),
          "none",
          "Training examples, the last ones, kept out of training and evaluated as the test set.");
  public static final ConfigKey<String> DATA_NORMALIZE =
      key(
          "data.normalize",
          null,
          choice("none", "unit", "standard"),
          "standard",
          "Scaling of the inputs: as they are, to [0, 1], or to mean 0 and variance 1.");

  // The learning rule.
  public static final ConfigKey<String> RULE =
      key(
          "rule",
          "--rule",
          choice(RULES),
          "pc",
          "Learning rule: backpropagation, predictive coding, target propagation, Gauss-Newton"
              + " targets, feedback alignment (layer by layer, direct, of targets), PEPITA,"
              + " Forward-Forward.");

  // The parameterisation.
  public static final ConfigKey<String> PARAM_SCHEME =
      key(
          "param.scheme",
          "--scheme",
          choice("sp", "ntk", "mup"),
          "mup",
          "How initialisation, multipliers and learning rates follow the width.");
  public static final ConfigKey<Integer> PARAM_BASE_WIDTH =
      key(
          "param.baseWidth",
          null,
          integer(1),
          64,
          "Width in units at which the schemes coincide; its hyper-parameters transfer.");
  public static final ConfigKey<String> PARAM_FORM =
      key(
          "param.form",
          null,
          choice("relative", "literal"),
          "relative",
          "Scale with width over base width, or with the width itself as in the papers.");
  public static final ConfigKey<Double> PARAM_WEIGHT_SCALE =
      key(
          "param.weightScale",
          null,
          positive(),
          1.0,
          "Factor on the initial standard deviation of the weights.");
  public static final ConfigKey<Double> PARAM_OUTPUT_SCALE =
      key(
          "param.outputScale",
          null,
          nonNegative(),
          1.0,
          "The same factor for the output layer; 0 starts it at zero.");

  public static final ConfigKey<String> PARAM_DISTRIBUTION =
      key(
          "param.distribution",
          null,
          choice("normal", "uniform"),
          "normal",
          "Distribution of the initial weights, whatever their standard deviation.");

  // The network.
  public static final ConfigKey<Integer> NET_WIDTH =
      key("net.width", "--width", integer(1), 256, "Units in each hidden layer.");
  public static final ConfigKey<Integer> NET_DEPTH =
      key("net.depth", "--depth", integer(1), 2, "Number of hidden layers.");
  public static final ConfigKey<String> NET_ACTIVATION =
      key(
          "net.activation",
          "--activation",
          choice("linear", "tanh", "relu", "leaky-relu", "gelu", "silu", "sigmoid"),
          "tanh",
          "Activation of the hidden layers.");
  public static final ConfigKey<Boolean> NET_BIAS =
      key("net.bias", null, bool(), false, "Whether layers have biases.");
  public static final ConfigKey<Boolean> NET_RESIDUAL =
      key(
          "net.residual",
          null,
          onlyFalse("residual networks are not available in this version"),
          false,
          "Whether hidden layers have skip connections.");

  public static final ConfigKey<String> NET_NORM =
      key(
          "net.norm",
          null,
          choice("none", "batch", "example"),
          "none",
          "Norm that hidden activities are divided by: none, of the whole batch, of each example.");

  // The loss.
  public static final ConfigKey<String> LOSS =
      key("loss", "--loss", choice("mse", "ce"), "mse", "Mean squared error or cross-entropy.");

  // The optimiser.
  public static final ConfigKey<String> OPTIM_NAME =
      key("optim.name", null, choice("sgd", "momentum", "adam"), "sgd", "Optimiser.");
  public static final ConfigKey<Optional<Double>> OPTIM_LR =
      unset(
          "optim.lr",
          "--lr",
          positive(),
          "the default of the rule and optimiser",
          "Learning rate at the base width.");
  public static final ConfigKey<Double> OPTIM_MOMENTUM =
      key("optim.momentum", null, fraction("[0, 1)"), 0.9, "Momentum of 'momentum'.");
  public static final ConfigKey<Double> OPTIM_BETA1 =
      key("optim.beta1", null, fraction("[0, 1)"), 0.9, "Adam's decay of the mean gradient.");
  public static final ConfigKey<Double> OPTIM_BETA2 =
      key("optim.beta2", null, fraction("[0, 1)"), 0.999, "Adam's decay of the squared gradient.");
  public static final ConfigKey<Double> OPTIM_EPSILON =
      key("optim.epsilon", null, positive(), 1e-8, "Adam's addend to the root of that mean.");
  public static final ConfigKey<Double> OPTIM_WEIGHT_DECAY =
      key("optim.weightDecay", null, nonNegative(), 0.0, "Coefficient of weight decay.");
  public static final ConfigKey<String> OPTIM_DECAY =
      key(
          "optim.decay",
          null,
          choice("decoupled", "coupled"),
          "decoupled",
          "Whether decay acts on the weight alone, or is part of the gradient and its momentum.");
  public static final ConfigKey<String> OPTIM_SCHEDULE =
      key(
          "optim.schedule",
          null,
          choice("constant", "linear-warmup", "cosine", "step"),
          "constant",
          "How the learning rate changes over the steps.");
  public static final ConfigKey<Integer> OPTIM_WARMUP_STEPS =
      key("optim.warmupSteps", null, integer(0), 0, "Steps of linear rise to the learning rate.");
  public static final ConfigKey<Optional<Integer>> OPTIM_STEP_EVERY =
      unset(
          "optim.stepEvery",
          null,
          integer(1),
          "required by schedule 'step' without optim.stepEpochs",
          "Steps between the drops of schedule 'step'.");
  public static final ConfigKey<Optional<List<Integer>>> OPTIM_STEP_EPOCHS =
      unset(
          "optim.stepEpochs",
          null,
          oneOrMore(integer(1)),
          "optim.stepEvery decides",
          "Epochs after which schedule 'step' drops.");
  public static final ConfigKey<Double> OPTIM_STEP_FACTOR =
      key(
          "optim.stepFactor",
          null,
          fraction("(0, 1]"),
          0.1,
          "Factor on the learning rate at each drop of schedule 'step'.");
  public static final ConfigKey<Double> OPTIM_FINAL_FACTOR =
      key(
          "optim.finalFactor",
          null,
          fraction("[0, 1]"),
          0.0,
          "End of schedule 'cosine', as a fraction of the learning rate.");

  // Training.
  public static final ConfigKey<Integer> TRAIN_BATCH =
      key("train.batch", "--batch", integer(1), 128, "Examples in a batch.");
  public static final ConfigKey<Integer> TRAIN_EPOCHS =
      key("train.epochs", "--epochs", integer(1), 5, "Passes over the training examples.");
  public static final ConfigKey<Optional<Integer>> TRAIN_STEPS =
      unset("train.steps", "--steps", integer(1), "train.epochs decides", "Training steps.");
  public static final ConfigKey<Integer> TRAIN_LOG_EVERY =
      key("train.logEvery", null, integer(1), 10, "Steps between two lines of metrics.");
  public static final ConfigKey<Optional<Integer>> TRAIN_CHECKPOINT_EVERY =
      unset(
          "train.checkpointEvery",
          null,
          integer(1),
          "once an epoch",
          "Steps between two checkpoints.");
  public static final ConfigKey<Integer> TRAIN_KEEP_CHECKPOINTS =
      key("train.keepCheckpoints", null, integer(1), 2, "Checkpoints kept, the newest.");

  // What is measured.
  public static final ConfigKey<Optional<List<String>>> METRICS_ANGLE_TO =
      unset(
          "metrics.angleTo",
          null,
          oneOrMore(choice(COMPARABLE_RULES)),
          "none",
          "Rules to whose updates the angle is measured, at the start and after every epoch.");
  public static final ConfigKey<Boolean> METRICS_FEEDBACK =
      key(
          "metrics.feedback",
          null,
          bool(),
          false,
          "Whether the rule's feedback weights are measured as often: norms, angles to the weights.");

  // Predictive coding.
  public static final ConfigKey<String> PC_SCHEME =
      key(
          "pc.scheme",
          null,
          choice("fpa", "si", "jacobi", "zil", "ipc", "equilibrium"),
          "jacobi",
          "How the states relax and when the weights learn.");
  public static final ConfigKey<Integer> PC_STEPS =
      key("pc.steps", null, integer(1), 20, "Relaxation steps for a batch.");
  public static final ConfigKey<Double> PC_RATE =
      key("pc.rate", null, positive(), 0.1, "Step size of the relaxation.");
  public static final ConfigKey<List<Double>> PC_GAMMA =
      key(
          "pc.gamma",
          null,
          oneOrMore(positive()),
          List.of(1.0),
          "Precision of the hidden layers: one for all, or one for each.");
  public static final ConfigKey<Double> PC_GAMMA_LAST =
      key(
          "pc.gammaLast",
          null,
          positive(),
          1.0,
          "Precision of the output layer, before its width scaling.");
  public static final ConfigKey<Double> PC_GAMMA_EXPONENT =
      key(
          "pc.gammaExponent",
          null,
          number(),
          0.0,
          "Exponent g of that width scaling: gammaLast divided by width to the g.");
  public static final ConfigKey<String> PC_WEIGHTING =
      key(
          "pc.weighting",
          null,
          choice("unweighted", "energy"),
          "unweighted",
          "Whether the precisions also weigh the updates of the weights.");
  public static final ConfigKey<String> PC_CONVENTION =
      key(
          "pc.convention",
          null,
          choice("a", "b"),
          "b",
          "Prediction of a layer from the state v below: W f(v) for a, f(W v) for b.");
  public static final ConfigKey<Double> PC_TOLERANCE =
      key(
          "pc.tolerance",
          null,
          positive(),
          1e-6,
          "Threshold of convergence at which scheme 'equilibrium' stops.");
  public static final ConfigKey<Integer> PC_MAX_STEPS =
      key("pc.maxSteps", null, integer(1), 10_000, "Most steps of scheme 'equilibrium'.");

  // Target propagation.
  public static final ConfigKey<String> TP_VARIANT =
      key(
          "tp.variant",
          null,
          choice("tp", "dtp", "ddtp", "drl", "ldrl", "fixed"),
          "dtp",
          "Plain, difference, direct, with difference or local reconstruction, with fixed feedback.");
  public static final ConfigKey<Optional<String>> TP_FEEDBACK =
      unset(
          "tp.feedback",
          null,
          choice("ridge", "learned", "pinv", "transpose", "random"),
          "the variant's: ridge; learned for ddtp, drl, ldrl; random for fixed",
          "Where the feedback maps come from.");
  public static final ConfigKey<String> TP_ACTIVATION =
      key(
          "tp.activation",
          null,
          choice("linear", "tanh"),
          "linear",
          "Activation of learned or random feedback maps.");
  public static final ConfigKey<Integer> TP_HIDDEN_UNITS =
      key(
          "tp.hiddenUnits",
          null,
          integer(0),
          0,
          "Units of the fixed random layer in the maps of 'ddtp'; 0 for linear ones.");
  public static final ConfigKey<Optional<Double>> TP_FEEDBACK_SCALE =
      unset(
          "tp.feedbackScale",
          null,
          nonNegative(),
          "1; 0 for ldrl",
          "Factor on the initial standard deviation of feedback weights.");
  public static final ConfigKey<List<Double>> TP_DAMPING =
      key(
          "tp.damping",
          null,
          oneOrMore(nonNegative()),
          List.of(0.1),
          "Damping of 'ridge' and 'pinv': one for all, or for ridge one for each layer from 2.");
  public static final ConfigKey<Double> TP_TARGET_STEP =
      key("tp.targetStep", null, positive(), 1.0, "Output target: this much of the output error.");
  public static final ConfigKey<Double> TP_NOISE =
      key("tp.noise", null, positive(), 0.1, "Standard deviation of the reconstructed noise.");
  public static final ConfigKey<Integer> TP_ITERATIONS =
      key("tp.iterations", null, integer(1), 5, "Steps of feedback training for a batch.");
  public static final ConfigKey<Integer> TP_WARMUP_EPOCHS =
      key("tp.warmupEpochs", null, integer(0), 0, "Epochs at the start that train feedback alone.");
  public static final ConfigKey<String> TP_FEEDBACK_OPTIMIZER =
      key(
          "tp.feedbackOptimizer",
          null,
          choice("sgd", "momentum", "adam"),
          "sgd",
          "Optimiser of the feedback; its coefficients are those under optim.");
  public static final ConfigKey<Optional<Double>> TP_FEEDBACK_LR =
      unset(
          "tp.feedbackLr",
          null,
          positive(),
          "the default of the variant and optimiser",
          "Learning rate of the feedback at the base width.");
  public static final ConfigKey<Double> TP_FEEDBACK_DECAY =
      key(
          "tp.feedbackDecay",
          null,
          nonNegative(),
          0.0,
          "Weight of half the squared norm of the maps in the feedback's loss.");

  // Gauss-Newton targets.
  public static final ConfigKey<Double> GNT_DAMPING =
      key(
          "gnt.damping",
          null,
          nonNegative(),
          1e-3,
          "Added to J J' at the base width; 0 for exact targets.");
  public static final ConfigKey<Double> GNT_TARGET_STEP =
      key("gnt.targetStep", null, positive(), 1.0, "Output target: this much of the output error.");

  // Feedback alignment.
  public static final ConfigKey<Optional<Double>> FEEDBACK_SCALE =
      unset(
          "feedback.scale",
          null,
          positive(),
          "1; 0.1 for an unbounded activation",
          "Factor on the standard deviation of the fixed weights of 'fa', 'dfa' and 'drtp'.");

  // PEPITA.
  public static final ConfigKey<String> PEPITA_VARIANT =
      key(
          "pepita.variant",
          null,
          choice("modulated", "forward", "hebbian", "tl", "afa"),
          "modulated",
          "Which products of the two passes make an update.");
  public static final ConfigKey<String> PEPITA_SIGN =
      key(
          "pepita.sign",
          null,
          choice("minus", "plus"),
          "minus",
          "Sign with which the projected output error f - y enters the input.");
  public static final ConfigKey<String> PEPITA_PROJECTION =
      key(
          "pepita.projection",
          null,
          choice("uniform", "normal"),
          "uniform",
          "Entries of that projection: uniform, or a product of normal matrices, one a layer.");
  public static final ConfigKey<Optional<Double>> PEPITA_PROJECTION_SCALE =
      unset(
          "pepita.projectionScale",
          null,
          positive(),
          "0.05; 1 for variant tl",
          "Their standard deviation over the square root of 2/inputs.");
  public static final ConfigKey<Double> PEPITA_DROPOUT =
      key(
          "pepita.dropout",
          null,
          fraction("[0, 1)"),
          0.0,
          "Probability that a hidden unit is silent in both passes.");

  public static final ConfigKey<String> PEPITA_SIGNAL =
      key(
          "pepita.signal",
          null,
          choice("error", "sign"),
          "error",
          "What enters the input: the output error, or its sign through a tenth of the projection.");
  public static final ConfigKey<Integer> PEPITA_MIRROR_EVERY =
      key(
          "pepita.mirrorEvery",
          null,
          integer(0),
          0,
          "Epochs between two in which the projection mirrors the weights; 0 for none.");
  public static final ConfigKey<Integer> PEPITA_MIRROR_WARMUP_EPOCHS =
      key(
          "pepita.mirrorWarmupEpochs",
          null,
          integer(0),
          0,
          "Epochs at the start in which it does nothing else.");
  public static final ConfigKey<Double> PEPITA_MIRROR_LR =
      key(
          "pepita.mirrorLr",
          null,
          positive(),
          0.1,
          "Learning rate of the mirroring at the base width.");
  public static final ConfigKey<Double> PEPITA_MIRROR_DECAY =
      key("pepita.mirrorDecay", null, nonNegative(), 0.5, "Weight decay of the mirroring.");
  // Forward-Forward.
  public static final ConfigKey<String> FF_GOODNESS =
      key(
          "ff.goodness",
          null,
          choice("sum", "mean"),
          "sum",
          "Whether the logit of a layer is the sum or the mean of its squared activities.");
  public static final ConfigKey<Double> FF_THRESHOLD =
      key(
          "ff.threshold",
          null,
          positive(),
          0.5,
          "Goodness of a unit that is neither right nor wrong.");
  public static final ConfigKey<String> FF_NORMALIZATION =
      key(
          "ff.normalization",
          null,
          choice("rms", "l2"),
          "rms",
          "What a layer brings to 1 in its input: the root mean square, or the Euclidean length.");
  public static final ConfigKey<Double> FF_PEER_NORMALIZATION =
      key(
          "ff.peerNormalization",
          null,
          nonNegative(),
          0.03,
          "How strongly units are drawn to the mean activity of their layer.");
  public static final ConfigKey<Integer> FF_EPOCHS_PER_LAYER =
      key(
          "ff.epochsPerLayer",
          null,
          integer(0),
          0,
          "Epochs that each hidden layer trains alone; 0 to train all at a time.");
  public static final ConfigKey<String> FF_PREDICTION =
      key(
          "ff.prediction",
          null,
          choice("goodness", "probe"),
          "goodness",
          "A class is chosen by the goodness under each label, or by the linear readout.");
  public static final ConfigKey<Double> FF_LABEL_SCALE =
      key(
          "ff.labelScale",
          null,
          positive(),
          10.0,
          "Value of the feature that stands for the label.");
  public static final ConfigKey<Double> FF_PROBE_RATE =
      key("ff.probeRate", null, positive(), 1.0, "Factor on the readout's gradient.");

  // The machine.
  public static final ConfigKey<String> BACKEND =
      key(
          "backend",
          "--backend",
          choice("auto", "cpu", "cuda", "nd4j", "reference"),
          "auto",
          "What computes; 'auto' takes the best that is usable here.");
  public static final ConfigKey<String> PRECISION =
      key(
          "precision",
          "--precision",
          choice("fp32", "fp64", "tf32", "bf16"),
          "fp32",
          "Number format of the arithmetic.");
  public static final ConfigKey<Optional<Integer>> THREADS =
      unset("threads", "--threads", integer(1), "all", "Threads of the CPU.");
  public static final ConfigKey<Optional<Path>> BLAS =
      unset("blas", "--blas", path(), "the bundled OpenBLAS", "A BLAS library to load instead.");
  public static final ConfigKey<Long> SEED =
      key("seed", "--seed", longInteger(), 0L, "Seed of everything random.");
  public static final ConfigKey<Optional<Path>> OUT =
      unset("out", "--out", path(), "runs/<generated>", "Directory that the run writes.");

  // The backend on the CPU.
  public static final ConfigKey<String> CPU_PRODUCTS =
      key(
          "cpu.products",
          null,
          choice("auto", "panels", "packed-blas", "blas"),
          "auto",
          "How a relaxation multiplies by its weights: laid out once for our own loops or by the"
              + " library (MKL), or each time.");

  // The CUDA device.
  public static final ConfigKey<Integer> CUDA_DEVICE =
      key("cuda.device", null, integer(0), 0, "Number of the device, as nvidia-smi counts them.");
  public static final ConfigKey<Boolean> CUDA_CHECKED =
      key(
          "cuda.checked",
          null,
          bool(),
          false,
          "Whether each launch is waited for, so that a failure names its kernel. Slow.");
  public static final ConfigKey<Optional<Path>> CUDA_BLAS =
      unset("cuda.blas", null, path(), "what is found", "The libcublas.so of CUDA 12 or 13.");

  /** All keys, in the documented order. */
  public static final List<ConfigKey<?>> KEYS = List.copyOf(DECLARED);

  /**
   * The keys that {@link Config#hash} leaves out, because they leave the trained weights alone or
   * (for the backend) move them only within rounding: where a run writes and how often, what it
   * measures, and what computes it. {@code threads}, {@code precision}, {@code blas}, {@code
   * cpu.products} and {@code cuda.blas} may change bits and stay in; so does {@code data.dir},
   * which decides the data.
   */
  public static final Set<ConfigKey<?>> NOT_HASHED =
      Set.of(
          OUT,
          BACKEND,
          TRAIN_LOG_EVERY,
          TRAIN_CHECKPOINT_EVERY,
          TRAIN_KEEP_CHECKPOINTS,
          METRICS_ANGLE_TO,
          METRICS_FEEDBACK,
          CUDA_DEVICE,
          CUDA_CHECKED);

  private static final Map<String, ConfigKey<?>> BY_NAME =
      KEYS.stream().collect(toUnmodifiableMap(ConfigKey::name, Function.identity()));

  private ConfigSchema() {}

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
          "%s: '%s' is a group of keys; expected one of them: %s. Write for example '%s.%s'."
              .formatted(
                  source, name, String.join(", ", leaves(name)), name, leaves(name).getFirst()));
    }
    List<String> names =
        Stream.concat(
                KEYS.stream().map(ConfigKey::name),
                name.contains(".")
                    ? Stream.empty()
                    : KEYS.stream().map(ConfigKey::group).filter(g -> !g.isEmpty()).distinct())
            .toList();
    String nearest =
        Spelling.nearestDotted(name, names).stream().map(n -> "'" + n + "'").collect(joining(", "));
    throw new BadInputException(
        "%s: unknown key '%s'; expected a key of the configuration, the nearest is %s. Correct or"
                .formatted(source, name, nearest)
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
      String name, @Nullable String option, ValueType<T> type, T defaultValue, String description) {
    return declare(new ConfigKey<>(name, option, type, defaultValue, null, description));
  }

  private static <T> ConfigKey<Optional<T>> unset(
      String name, @Nullable String option, ValueType<T> type, String meaning, String description) {
    return declare(
        new ConfigKey<>(name, option, type.optional(), Optional.empty(), meaning, description));
  }

  private static <T> ConfigKey<T> declare(ConfigKey<T> key) {
    DECLARED.add(key);
    return key;
  }
}
