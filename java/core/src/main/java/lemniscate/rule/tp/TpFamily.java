package lemniscate.rule.tp;

import static lemniscate.config.ValueType.choice;
import static lemniscate.config.ValueType.integer;
import static lemniscate.config.ValueType.nonNegative;
import static lemniscate.config.ValueType.oneOrMore;
import static lemniscate.config.ValueType.positive;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import lemniscate.backend.Activation;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.config.Declarations;
import lemniscate.config.KeyGroup;
import lemniscate.optim.Optimizer;
import lemniscate.optim.OptimizerFamily;
import lemniscate.rule.Contender;
import lemniscate.rule.Hue;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleFamily;

/** Target propagation, as configurations and studies know it. */
public final class TpFamily implements RuleFamily {

  private static final KeyGroup KEYS = KeyGroup.ofEveryRun("tp");
  private static final String[] VARIANTS = {"tp", "dtp", "ddtp", "drl", "ldrl", "fixed"};

  public static final ConfigKey<String> VARIANT =
      KEYS.key(
          "variant",
          choice(VARIANTS),
          "dtp",
          "Plain, difference, direct, with difference or local reconstruction, with fixed"
              + " feedback.");
  public static final ConfigKey<Optional<String>> FEEDBACK =
      KEYS.unset(
          "feedback",
          choice("ridge", "channel-ridge", "learned", "pinv", "transpose", "random"),
          "the variant's: ridge; learned for ddtp, drl, ldrl; random for fixed",
          "Where the feedback maps come from.");
  public static final ConfigKey<Optional<String>> RESIDUAL =
      KEYS.unset(
          "residual",
          choice(ResidualFeedback.names().toArray(String[]::new)),
          ResidualFeedback.IDENTITY_PRIOR.configName(),
          "Ridge at residual units: drawn towards the identity, as elsewhere, or around them.");
  public static final ConfigKey<String> ACTIVATION =
      KEYS.key(
          "activation",
          choice("linear", "tanh"),
          "linear",
          "Activation of learned or random feedback maps.");
  public static final ConfigKey<Integer> HIDDEN_UNITS =
      KEYS.key(
          "hiddenUnits",
          integer(0, ConfigSchema.LARGEST_WIDTH),
          0,
          "Units of the fixed random layer in the maps of 'ddtp'; 0 for linear ones.");
  public static final ConfigKey<Optional<Double>> FEEDBACK_SCALE =
      KEYS.unset(
          "feedbackScale",
          nonNegative(),
          "1; 0 for ldrl",
          "Factor on the initial standard deviation of feedback weights.");
  public static final ConfigKey<List<Double>> DAMPING =
      KEYS.key(
          "damping",
          oneOrMore(nonNegative()),
          List.of(0.1),
          "Damping of 'ridge' and 'pinv': one for all, or for ridge one for each layer from 2.");
  public static final ConfigKey<Double> TARGET_STEP =
      KEYS.key("targetStep", positive(), 1.0, "Output target: this much of the output error.");
  public static final ConfigKey<Double> NOISE =
      KEYS.key("noise", positive(), 0.1, "Standard deviation of the reconstructed noise.");
  public static final ConfigKey<Integer> ITERATIONS =
      KEYS.key("iterations", integer(1, 100_000), 5, "Steps of feedback training for a batch.");
  public static final ConfigKey<Integer> WARMUP_EPOCHS =
      KEYS.key("warmupEpochs", integer(0), 0, "Epochs at the start that train feedback alone.");
  public static final ConfigKey<String> FEEDBACK_OPTIMIZER =
      KEYS.key(
          "feedbackOptimizer",
          Declarations.optimizer(),
          "sgd",
          "Optimiser of the feedback; its coefficients are those under optim.");
  public static final ConfigKey<Optional<Double>> FEEDBACK_LR =
      KEYS.unset(
          "feedbackLr",
          positive(),
          "the default of the variant and optimiser",
          "Learning rate of the feedback at the base width.");
  public static final ConfigKey<Double> FEEDBACK_DECAY =
      KEYS.key(
          "feedbackDecay",
          nonNegative(),
          0.0,
          "Weight of half the squared norm of the maps in the feedback's loss.");

  /** For ServiceLoader. */
  public TpFamily() {}

  @Override
  public List<ConfigKey<?>> keys() {
    return KEYS.keys();
  }

  @Override
  public List<String> names() {
    return List.of(TargetPropagation.NAME);
  }

  @Override
  public String title() {
    return "target propagation";
  }

  @Override
  public LearningRule rule(String name, Config config) {
    String variant = config.get(VARIANT);
    String source = config.get(FEEDBACK).orElse(ownFeedback(variant));
    if (variant.equals("drl") || variant.equals("ldrl")) {
      require(variant, source, "learned", "its maps learn to reconstruct noise");
    }
    if (variant.equals("fixed")) {
      require(variant, source, "random", "its maps are drawn once and kept");
    }
    return new TargetPropagation(
        switch (variant) {
          case "tp" -> Pathway.PLAIN;
          case "ddtp" -> Pathway.DIRECT;
          default -> Pathway.DIFFERENCE;
        },
        feedback(config, variant, source),
        config.get(TARGET_STEP));
  }

  private static String ownFeedback(String variant) {
    return switch (variant) {
      case "ddtp", "drl", "ldrl" -> "learned";
      case "fixed" -> "random";
      default -> "ridge";
    };
  }

  private static void require(String variant, String source, String expected, String reason) {
    if (!source.equals(expected)) {
      throw new BadInputException(
          "tp.variant "
              + variant
              + " with tp.feedback "
              + source
              + ": "
              + reason
              + ", so tp.feedback must be "
              + expected
              + "; leave it out, or use tp.variant dtp.");
    }
  }

  private static Feedback feedback(Config config, String variant, String source) {
    boolean ownMaps = source.equals("learned") || source.equals("random");
    if (!ownMaps) {
      refuse(config, ACTIVATION, "linear", source);
      refuse(config, HIDDEN_UNITS, 0, source);
    }
    boolean ridge = source.endsWith("ridge");
    if (config.get(RESIDUAL).isPresent() && (!ridge || variant.equals("ddtp"))) {
      throw new BadInputException(
          "tp.residual "
              + config.get(RESIDUAL).orElseThrow()
              + " with tp.variant "
              + variant
              + " and tp.feedback "
              + source
              + ": it is about ridge feedback from unit to unit; leave it out, or use tp.variant"
              + " dtp and tp.feedback ridge.");
    }
    List<Double> damping = config.get(DAMPING);
    return switch (source) {
      case "ridge", "channel-ridge" ->
          new Feedback.Ridge(
              damping,
              source.equals("channel-ridge"),
              config
                  .get(RESIDUAL)
                  .map(ResidualFeedback::parse)
                  .orElse(ResidualFeedback.IDENTITY_PRIOR));
      case "pinv" -> {
        if (damping.size() > 1) {
          throw new BadInputException(
              "tp.damping " + damping + ": tp.feedback pinv takes one number for all layers.");
        }
        yield new Feedback.PseudoInverse(damping.getFirst());
      }
      case "transpose" -> new Feedback.Transpose();
      case "random" -> new Feedback.Random(maps(config, variant));
      case "learned" -> learned(config, variant);
      case String other -> throw new IllegalStateException("tp.feedback of the schema: " + other);
    };
  }

  // These feedback maps are linear by what they are.
  private static <T> void refuse(Config config, ConfigKey<T> key, T only, String source) {
    T value = config.get(key);
    if (!value.equals(only)) {
      throw new BadInputException(
          key.name()
              + " "
              + value
              + " with tp.feedback "
              + source
              + ": these maps are linear and have no weights of their own; leave it out, or use"
              + " tp.feedback learned or random.");
    }
  }

  private static Maps maps(Config config, String variant) {
    Activation activation =
        config.get(ACTIVATION).equals("tanh") ? Activation.TANH : Activation.LINEAR;
    return new Maps(
        List.of(activation),
        config.get(FEEDBACK_SCALE).orElse(variant.equals("ldrl") ? 0.0 : 1.0),
        config.get(HIDDEN_UNITS));
  }

  private static Feedback learned(Config config, String variant) {
    Reconstruction reconstruction =
        switch (variant) {
          case "ddtp", "drl" -> Reconstruction.OUTPUT_NOISE;
          case "ldrl" -> Reconstruction.LOCAL_NOISE;
          default -> Reconstruction.ACTIVITY;
        };
    int warmup = config.get(WARMUP_EPOCHS);
    Optional<Integer> steps = config.get(ConfigSchema.TRAIN_STEPS);
    if (steps.isEmpty() && warmup >= config.get(ConfigSchema.TRAIN_EPOCHS)) {
      throw new BadInputException(
          "tp.warmupEpochs "
              + warmup
              + ": the run has "
              + config.get(ConfigSchema.TRAIN_EPOCHS)
              + " epochs, so the network would never learn; use fewer, or more train.epochs.");
    }
    Optimizer optimizer = OptimizerFamily.named(config.get(FEEDBACK_OPTIMIZER), 0, config);
    return new Feedback.Learned(
        maps(config, variant),
        reconstruction,
        config.get(NOISE),
        config.get(ITERATIONS),
        warmup,
        config.get(FEEDBACK_LR).orElseGet(() -> Feedback.usualLearningRate(optimizer)),
        optimizer,
        config.get(FEEDBACK_DECAY));
  }

  @Override
  public Optional<Variants> variants() {
    return Optional.of(new Variants(VARIANT, List.of(VARIANTS)));
  }

  @Override
  public boolean hasUnfadingErrors() {
    return true;
  }

  /** Plain and difference target propagation beside each other. */
  @Override
  public List<Contender> contenders() {
    return List.of(contender("tp", Hue.GREY), contender("dtp", Hue.PURPLE));
  }

  private static Contender contender(String variant, Hue hue) {
    return new Contender(
        variant, Map.of("rule", TargetPropagation.NAME, VARIANT.name(), variant), hue, false);
  }
}
