package lemniscate.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.DeviceOptions;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.backend.RepeatedProducts;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.data.Augmentation;
import lemniscate.data.DataOptions;
import lemniscate.data.DataRequest;
import lemniscate.data.DataSplits;
import lemniscate.data.Datasets;
import lemniscate.data.Normalization;
import lemniscate.data.SplitOptions;
import lemniscate.data.TableOptions;
import lemniscate.mup.Form;
import lemniscate.mup.Parameterization;
import lemniscate.mup.ScalingTable;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.network.ActivityNorm;
import lemniscate.network.InitialDistribution;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.LearningRateSchedule;
import lemniscate.optim.Optimizer;
import lemniscate.optim.OptimizerFamily;
import lemniscate.optim.ScheduleFamily;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleFamily;
import lemniscate.rule.TrainingSetting;

/**
 * A configuration turned into the objects that it names, with everything checked against
 * everything.
 *
 * @param config what was asked for
 * @param data loaded
 * @param spec of the run
 * @param diagnostics what is measured beside losses and accuracies
 * @param warnings for the user, usually none
 */
public record Experiment(
    Config config,
    DataSplits data,
    TrainingSpec spec,
    DiagnosticsSpec diagnostics,
    List<String> warnings) {

  private static final String MADE_HERE = "resolved";

  /** Copies the warnings. */
  public Experiment {
    warnings = List.copyOf(warnings);
  }

  /**
   * Resolves a configuration and loads its data.
   *
   * @throws BadInputException if it cannot be run
   */
  public static Experiment of(Config config) {
    return of(config, Experiment::data);
  }

  /**
   * Resolves a configuration whose data comes from elsewhere, such as from a run that shares it.
   *
   * @param source of the data set that a configuration names; asked once nothing else can fail
   *     without it
   * @throws BadInputException if it cannot be run
   */
  public static Experiment of(Config config, Function<Config, DataSplits> source) {
    Config checked = config.checked();
    LearningRule rule = rule(checked);
    Optimizer optimizer = optimizer(checked);
    Parameterization parameterization = parameterization(checked, rule, optimizer);
    // What the data does not decide is refused before it is read.
    rule.check(parameterization);
    DiagnosticsSpec diagnostics = DiagnosticsSpec.of(checked);
    Augmentation augmentation = augmentation(checked);
    requireValidation(checked);
    DataSplits data = source.apply(checked);
    Loss loss = loss(checked);
    NetworkSpec network = Architecture.of(checked, data.train().shape(), data.train().outputs());
    int batch = checked.get(ConfigSchema.TRAIN_BATCH);
    long perEpoch = stepsPerEpoch(data.train().size(), batch);
    long steps = steps(checked, perEpoch);
    TrainingSpec spec =
        new TrainingSpec(
            network,
            loss,
            rule,
            parameterization,
            optimizer,
            learningRate(checked),
            ScheduleFamily.chosen(checked, steps, perEpoch),
            Normalization.Kind.of(checked.get(ConfigSchema.DATA_NORMALIZE)),
            augmentation,
            batch,
            steps,
            checked.get(ConfigSchema.SEED));
    return new Experiment(
        checked, data, spec, diagnostics.withReach(checked, rule, network), spec.check(data));
  }

  // What is chosen by the test examples is not tested by them.
  private static void requireValidation(Config config) {
    Optional<ConfigKey<?>> choosing =
        config.get(ConfigSchema.TRAIN_STOP_AFTER).isPresent()
            ? Optional.of(ConfigSchema.TRAIN_STOP_AFTER)
            : config.get(ConfigSchema.TRAIN_KEEP_BEST)
                ? Optional.of(ConfigSchema.TRAIN_KEEP_BEST)
                : Optional.empty();
    if (choosing.isPresent() && config.get(ConfigSchema.DATA_VALIDATION).isEmpty()) {
      throw new BadInputException(
          "%s is %s, but data.validation is unset: the test examples must not choose; hold back some of the training examples, such as data.validation 1000."
              .formatted(choosing.get(), config.text(choosing.get())));
    }
  }

  /** Steps of a pass over so many examples; the last ones are left out. */
  static long stepsPerEpoch(long examples, int batch) {
    return Math.max(1, examples / batch);
  }

  /** The steps that a configuration asks for. */
  static long steps(Config config, long perEpoch) {
    return config
        .get(ConfigSchema.TRAIN_STEPS)
        .map(Integer::longValue)
        .orElse(perEpoch * config.get(ConfigSchema.TRAIN_EPOCHS));
  }

  /** The same run with the learning rates that it had before they were changed. */
  Experiment after(ConfigHistory history) {
    return history.changes().isEmpty()
        ? this
        : new Experiment(
            config, data, spec.withSchedule(learningRates(history)), diagnostics, warnings);
  }

  /** Those of a run on this data that was changed so. */
  LearningRateSchedule.Phases learningRates(ConfigHistory history) {
    long perEpoch = stepsPerEpoch(data.train().size(), spec.batch());
    List<LearningRateSchedule.Phase> phases = new ArrayList<>();
    phases.add(phase(0, history.first(), perEpoch));
    history
        .changes()
        .forEach(change -> phases.add(phase(change.step(), change.config(), perEpoch)));
    return new LearningRateSchedule.Phases(phases);
  }

  private static LearningRateSchedule.Phase phase(long from, Config config, long perEpoch) {
    return new LearningRateSchedule.Phase(
        from,
        learningRate(config),
        ScheduleFamily.chosen(config, steps(config, perEpoch), perEpoch));
  }

  /**
   * A configuration with the values that depend on others filled in.
   *
   * @throws BadInputException if its values do not agree with each other
   */
  public static Config completed(Config config) {
    Config checked = config.checked();
    return RuleFamily.of(checked.get(ConfigSchema.RULE))
        .completed(checked)
        .with(ConfigSchema.OPTIM_LR, Optional.of(learningRate(checked)), MADE_HERE)
        .with(ConfigSchema.OPTIM_DECAY, OptimizerFamily.decay(checked), MADE_HERE);
  }

  /** A network with what a configuration says beside its widths and activation. */
  public static NetworkSpec configured(Config config, NetworkSpec shape) {
    return shape
        .withBias(config.get(ConfigSchema.NET_BIAS))
        .withNorm(activityNorm(config))
        .withDistribution(distribution(config));
  }

  /** The distribution of initial weights that a configuration names. */
  public static InitialDistribution distribution(Config config) {
    return config.get(ConfigSchema.PARAM_DISTRIBUTION).equals("uniform")
        ? InitialDistribution.UNIFORM
        : InitialDistribution.NORMAL;
  }

  /** What a configuration divides hidden activities by. */
  public static ActivityNorm activityNorm(Config config) {
    return config.choose(ConfigSchema.NET_NORM, ActivityNorm.values(), ActivityNorm::configName);
  }

  /**
   * The gradient of a convolution is a sum over the places of an image, so that SGD bears less;
   * measured on {@code lenet}, where a tenth learns under every rule.
   */
  private static final double SHARE_OF_CONVOLUTIONS = 0.1;

  /** A residual stream adds to the size of the output; measured on {@code resmlp}. */
  private static final double SHARE_OF_RESIDUAL_BLOCKS = 0.4;

  private static double learningRate(Config config) {
    return config.get(ConfigSchema.OPTIM_LR).orElseGet(() -> usualLearningRate(config));
  }

  private static double usualLearningRate(Config config) {
    Optimizer optimizer = optimizer(config, 0);
    TrainingSetting setting =
        new TrainingSetting(optimizer, loss(config), activation(config), activityNorm(config));
    double usual = rule(config).usualLearningRate(setting);
    return optimizer.kind() == StepClass.SGD_LIKE ? usual * share(config) : usual;
  }

  private static double share(Config config) {
    if (!Architecture.takesFeatures(config)) {
      return SHARE_OF_CONVOLUTIONS;
    }
    return Architecture.isDeep(config) ? SHARE_OF_RESIDUAL_BLOCKS : 1;
  }

  /** The data set that a configuration names. */
  public static DataSplits data(Config config) {
    return Datasets.load(dataRequest(config));
  }

  /** What {@link #data} loads. */
  public static DataRequest dataRequest(Config config) {
    return new DataRequest(
        config.get(ConfigSchema.DATA_NAME),
        config.get(ConfigSchema.DATA_DIR).orElse(null),
        config.get(ConfigSchema.DATA_TRAIN).orElse(null),
        config.get(ConfigSchema.DATA_TEST).orElse(null),
        config.get(ConfigSchema.DATA_VALIDATION).orElse(null),
        new DataOptions(
            config.get(ConfigSchema.DATA_FILES).orElse(null),
            config.get(ConfigSchema.DATA_CLASSES).orElse(null),
            config.get(ConfigSchema.DATA_SHAPE).map(DataOptions::shape).orElse(null),
            config.get(ConfigSchema.DATA_LABELS).orElse(null),
            new SplitOptions(
                config.get(ConfigSchema.DATA_TEST_FILE).orElse(null),
                config.get(ConfigSchema.DATA_TEST_FRACTION).orElse(null),
                config.get(ConfigSchema.DATA_SPLIT_SEED).orElse(null)),
            new TableOptions(
                config.get(ConfigSchema.DATA_LABEL).orElse(null),
                config.get(ConfigSchema.DATA_DROP).orElse(List.of()),
                config.get(ConfigSchema.DATA_HEADER).orElse(null),
                config.get(ConfigSchema.DATA_TASK).orElse(null))),
        config.get(ConfigSchema.SEED));
  }

  /** The changes of training images that a configuration names. */
  public static Augmentation augmentation(Config config) {
    List<String> kinds = config.get(ConfigSchema.DATA_AUGMENT).orElse(List.of());
    Optional<Integer> padding = config.get(ConfigSchema.DATA_CROP_PADDING);
    boolean crop = kinds.contains("crop");
    if (padding.isPresent() && !crop) {
      throw new BadInputException(
          "data.cropPadding is %d, but data.augment has no crop; use data.augment crop, or leave it out."
              .formatted(padding.get()));
    }
    return new Augmentation(
        crop ? padding.orElse(Augmentation.USUAL_PADDING) : 0, kinds.contains("flip"));
  }

  /** The learning rule that a configuration names. */
  public static LearningRule rule(Config config) {
    String name = config.get(ConfigSchema.RULE);
    return RuleFamily.of(name).rule(name, config);
  }

  /** The optimiser that a configuration names. */
  public static Optimizer optimizer(Config config) {
    double decay = config.get(ConfigSchema.OPTIM_WEIGHT_DECAY);
    boolean independent = OptimizerFamily.decay(config).equals(OptimizerFamily.INDEPENDENT);
    return optimizer(config, independent && decay > 0 ? decay / learningRate(config) : decay);
  }

  private static Optimizer optimizer(Config config, double decoupledDecay) {
    return OptimizerFamily.named(config.get(ConfigSchema.OPTIM_NAME), decoupledDecay, config);
  }

  /** The parameterisation that a configuration names, for a rule and an optimiser. */
  public static Parameterization parameterization(
      Config config, LearningRule rule, Optimizer optimizer) {
    return parameterization(config, rule, optimizer.kind());
  }

  /** As the other, where no more of the optimiser is known. */
  public static Parameterization parameterization(
      Config config, LearningRule rule, StepClass optimizer) {
    return new Parameterization(
            Scheme.parse(config.get(ConfigSchema.PARAM_SCHEME)),
            Form.parse(config.get(ConfigSchema.PARAM_FORM)),
            config.get(ConfigSchema.PARAM_BASE_WIDTH),
            config.get(ConfigSchema.PARAM_WEIGHT_SCALE),
            config.get(ConfigSchema.PARAM_OUTPUT_SCALE),
            rule.creditRule(),
            optimizer)
        .withDepthExponent(config.get(ConfigSchema.PARAM_DEPTH_EXPONENT));
  }

  /** The loss that a configuration names. */
  public static Loss loss(Config config) {
    return config.choose(ConfigSchema.LOSS, Loss.values(), Loss::configName);
  }

  /** The activation that a configuration names. */
  public static Activation activation(Config config) {
    return config.choose(ConfigSchema.NET_ACTIVATION, Activation.values(), Activation::configName);
  }

  /** The arithmetic that a configuration names. */
  public static Precision precision(Config config) {
    return config.choose(ConfigSchema.PRECISION, Precision.values(), Precision::configName);
  }

  private static RepeatedProducts repeatedProducts(Config config) {
    return config.choose(
        ConfigSchema.CPU_PRODUCTS, RepeatedProducts.values(), RepeatedProducts::configName);
  }

  /**
   * Opens the backend that a configuration asks for.
   *
   * @param log told in one line what was chosen and why, where {@code auto} chooses
   * @throws BadInputException if it is not usable here or cannot do what is asked
   */
  public static Backend openBackend(Config config, Consumer<String> log) {
    Precision precision = precision(config);
    BackendOptions options =
        new BackendOptions(
            precision,
            config.get(ConfigSchema.THREADS).orElse(0),
            config.get(ConfigSchema.BLAS).orElse(null),
            repeatedProducts(config),
            new DeviceOptions(
                config.get(ConfigSchema.CUDA_DEVICE),
                config.get(ConfigSchema.CUDA_CHECKED),
                config.get(ConfigSchema.CUDA_BLAS).orElse(null)));
    String asked = config.get(ConfigSchema.BACKEND);
    Optional<Backends.Choice> choice =
        asked.equals(Backends.AUTO) ? Optional.of(Backends.choose()) : Optional.empty();
    String name = choice.map(Backends.Choice::name).orElse(asked);
    if ((precision == Precision.TF32 || precision == Precision.BF16) && !name.equals("cuda")) {
      throw new BadInputException(
          "precision is "
              + precision.configName()
              + ", which backend "
              + name
              + " does not have; use precision fp32 or fp64, or backend cuda.");
    }
    Backend backend =
        choice.map(made -> made.open(options)).orElseGet(() -> Backends.open(asked, options));
    choice.ifPresent(
        made ->
            log.accept(
                "backend auto: "
                    + name
                    + ", the best that is usable here"
                    + made.passedOver()
                    + "; "
                    + backend.description()));
    Backends.warnings(name, options).forEach(warning -> log.accept("warning: " + warning));
    return backend;
  }

  /**
   * The configuration with every choice made that the program made for the user, as it is kept with
   * the run: it trains the same weights from any directory.
   *
   * @param backendName what computes
   */
  public Config resolved(String backendName) {
    Config resolved =
        completed(config)
            .with(ConfigSchema.BACKEND, backendName, MADE_HERE)
            .with(ConfigSchema.OUT, Optional.empty(), MADE_HERE);
    Optional<Path> dir = config.get(ConfigSchema.DATA_DIR);
    String name = config.get(ConfigSchema.DATA_NAME);
    if (dir.isPresent()) {
      resolved = resolved.with(ConfigSchema.DATA_DIR, dir.map(Path::toAbsolutePath), MADE_HERE);
    } else {
      for (String prefix : List.of(Datasets.NPZ_PREFIX, Datasets.IDX_PREFIX)) {
        if (name.startsWith(prefix)) {
          Path path = Path.of(name.substring(prefix.length())).toAbsolutePath();
          resolved = resolved.with(ConfigSchema.DATA_NAME, prefix + path, MADE_HERE);
        }
      }
    }
    return resolved;
  }

  /** What the parameterisation says of every weight and bias. */
  public ScalingTable scalingTable() {
    NetworkSpec network = spec.network();
    return network
        .scalingTable(
            spec.parameterization(), spec.learningRate(), spec.rule().lastLayerPrecision())
        .withFeedback(spec.rule().feedbackRows(spec.parameterization(), network));
  }
}
