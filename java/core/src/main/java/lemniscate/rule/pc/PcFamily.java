package lemniscate.rule.pc;

import static lemniscate.config.ValueType.choice;
import static lemniscate.config.ValueType.fraction;
import static lemniscate.config.ValueType.integer;
import static lemniscate.config.ValueType.nonNegative;
import static lemniscate.config.ValueType.number;
import static lemniscate.config.ValueType.oneOrMore;
import static lemniscate.config.ValueType.orAuto;
import static lemniscate.config.ValueType.positive;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.config.KeyGroup;
import lemniscate.mup.Weighting;
import lemniscate.network.layer.Preset;
import lemniscate.rule.Contender;
import lemniscate.rule.Hue;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleFamily;

/** Predictive coding, as configurations and studies know it. */
public final class PcFamily implements RuleFamily {

  private static final KeyGroup KEYS = KeyGroup.ofEveryRun("pc");
  private static final String ALM = "alm";
  private static final String DKP = "dkp";
  private static final String ERROR = "error";

  /** Relaxation steps of the longest recording; a network of two layers is recorded in a second. */
  private static final int MOST_STEPS = 100_000;

  private static final String[] SCHEMES = {
    "fpa", "si", "jacobi", "zil", "ipc", "equilibrium", ERROR, ALM, DKP
  };

  /** Relaxation steps of scheme 'dkp' where none are given, as in its paper. */
  private static final int DKP_STEPS = 1;

  public static final ConfigKey<String> SCHEME =
      KEYS.key(
          "scheme",
          choice(SCHEMES),
          "jacobi",
          "How the states relax and when the weights learn; mlp and resmlp of more than 8 units"
              + " take 'error'.");
  public static final ConfigKey<Integer> STEPS =
      KEYS.key(
          "steps",
          integer(1, MOST_STEPS),
          20,
          "Relaxation steps for a batch; where it is left out, scheme 'dkp' takes 1, scheme 'error'"
              + " in networks of more than 8 units 2.");
  public static final ConfigKey<Double> RATE =
      KEYS.key(
          "rate",
          orAuto(positive()),
          0.1,
          "Step size of the relaxation; auto (scheme 'jacobi'): 0.9 of the largest stable one,"
              + " measured every 100 updates; scheme 'error' in networks of more than 8 units"
              + " takes 0.9.");
  public static final ConfigKey<Double> MOMENTUM =
      KEYS.addedKey(
          "momentum",
          orAuto(fraction("[0, 1)")),
          0.0,
          "Momentum of scheme 'jacobi'; auto: (1 - 1/L)^2 for L residual additions or, where there"
              + " are none, hidden units, with pc.rate 0.5, or 0.2 for nesterov, unless given.");
  public static final ConfigKey<String> MOMENTUM_FORM =
      KEYS.addedKey(
          "momentumForm",
          choice("heavy-ball", "nesterov"),
          Momentum.Form.HEAVY_BALL.configName(),
          "States move by the velocity, or by the gradient and what the velocity then is.");
  public static final ConfigKey<String> PRECISION =
      KEYS.addedKey(
          "precision",
          choice("constant", "spiking", "decaying"),
          PrecisionSchedule.CONSTANT.configName(),
          "How precisions change over the steps of scheme 'jacobi', as factors of those below.");
  public static final ConfigKey<Double> PRECISION_REST =
      KEYS.addedKey(
          "precisionRest",
          nonNegative(),
          1e-3,
          "The factor of 'spiking' where it is not 1, as it is when the error arrives.");
  public static final ConfigKey<Double> PRECISION_DECAY =
      KEYS.addedKey(
          "precisionDecay", nonNegative(), 1.0, "Rate of 'decaying', for a step after that.");
  public static final ConfigKey<String> UPDATE =
      KEYS.addedKey(
          "update",
          choice("settled", "forward"),
          WeightUpdate.SETTLED.configName(),
          "Weights learn from the errors of settled states, or from how far these have moved.");
  public static final ConfigKey<String> NUDGE =
      KEYS.addedKey(
          "nudge",
          choice("none", "clamped", "weak"),
          "none",
          "Draw the output a part of the way: by a target in between, or by its precision.");
  public static final ConfigKey<Double> NUDGE_STRENGTH =
      KEYS.addedKey(
          "nudgeStrength", positive(), 0.1, "Size of that part, by which gradients are divided.");
  public static final ConfigKey<String> NUDGE_PHASE =
      KEYS.addedKey(
          "nudgePhase",
          choice("positive", "negative", "centred"),
          Nudge.Phase.POSITIVE.configName(),
          "Towards the target, away from it, or both in every batch with the mean of the two.");
  public static final ConfigKey<List<Double>> GAMMA =
      KEYS.key(
          "gamma",
          oneOrMore(positive()),
          List.of(1.0),
          "Precision of the hidden layers: one for all, or one for each.");
  public static final ConfigKey<Double> GAMMA_LAST =
      KEYS.key(
          "gammaLast",
          positive(),
          1.0,
          "Precision of the output layer, before its width scaling; scheme 'error' in mlp and"
              + " resmlp of more than 8 units takes 0.03, with gammaDepthExponent 1.");
  public static final ConfigKey<Double> GAMMA_EXPONENT =
      KEYS.key(
          "gammaExponent",
          number(),
          0.0,
          "Exponent g of that width scaling: gammaLast divided by width to the g.");
  public static final ConfigKey<Double> GAMMA_DEPTH_EXPONENT =
      KEYS.addedKey(
          "gammaDepthExponent",
          number(),
          0.0,
          "The same for the depth: divided by the number of residual additions to this.");
  public static final ConfigKey<String> WEIGHTING =
      KEYS.key(
          "weighting",
          choice("unweighted", "energy"),
          "unweighted",
          "Whether the precisions also weigh the updates of the weights.");
  public static final ConfigKey<String> CONVENTION =
      KEYS.key(
          "convention",
          choice("a", "b"),
          "b",
          "Prediction of a layer from the state v below: W f(v) for a, f(W v) for b.");
  public static final ConfigKey<Double> TOLERANCE =
      KEYS.key(
          "tolerance",
          positive(),
          1e-6,
          "Threshold of convergence at which scheme 'equilibrium' stops.");
  public static final ConfigKey<Integer> MAX_STEPS =
      KEYS.key("maxSteps", integer(1), 10_000, "Most steps of scheme 'equilibrium'.");

  public static final ConfigKey<Optional<Integer>> ALM_STEPS =
      KEYS.unset(
          "almSteps",
          integer(1, MOST_STEPS),
          "1.5 times the hidden units, over the root of almRate almAlpha",
          "Relaxation steps of scheme 'alm' for a batch.");
  public static final ConfigKey<Double> ALM_RATE =
      KEYS.addedKey(
          "almRate",
          orAuto(positive()),
          0.2,
          "Step size of the states in scheme 'alm'; auto: as pc.rate, of that scheme's limit.");
  public static final ConfigKey<Double> ALM_ALPHA =
      KEYS.addedKey(
          "almAlpha", nonNegative(), 1.0, "Step size of the multipliers; 0 is scheme 'jacobi'.");
  public static final ConfigKey<String> ALM_ORDER =
      KEYS.addedKey(
          "almOrder",
          choice("jacobi", "gauss-seidel"),
          "jacobi",
          "Order of the states: all at once, or top-down in place.");
  public static final ConfigKey<Double> ALM_IMPEDANCE =
      KEYS.addedKey(
          "almImpedance",
          nonNegative(),
          1.5,
          "How the first hidden unit absorbs errors; 0 reflects them, as in the paper.");
  private static final List<ConfigKey<?>> ALM_KEYS =
      List.of(ALM_STEPS, ALM_RATE, ALM_ALPHA, ALM_ORDER, ALM_IMPEDANCE);

  public static final ConfigKey<Double> DKP_RATE =
      KEYS.addedKey(
          "dkpRate",
          positive(),
          Inference.DirectStart.USUAL_FIRST_RATE,
          "Learning rate of the first update of a batch in scheme 'dkp', over the second's.");
  public static final ConfigKey<Double> DKP_MAP_RATE =
      KEYS.addedKey(
          "dkpMapRate",
          positive(),
          1.0,
          "Learning rate of the direct maps of scheme 'dkp', over the weights'.");
  public static final ConfigKey<Double> DKP_SCALE =
      KEYS.addedKey(
          "dkpScale",
          nonNegative(),
          1.0,
          "Start of the direct maps of scheme 'dkp': times the deviation of fixed ones.");
  private static final List<ConfigKey<?>> DKP_KEYS = List.of(DKP_RATE, DKP_MAP_RATE, DKP_SCALE);
  public static final ConfigKey<String> FPA_ORDER =
      KEYS.addedKey(
          "fpaOrder",
          choice("jacobi", "gauss-seidel"),
          "jacobi",
          "Order of the errors in scheme 'fpa': all at once, or top-down in place, where one step"
              + " reaches every layer.");

  // With one of these and no scheme, the one is meant that has them.
  private static final List<ConfigKey<?>> OF_JACOBI =
      List.of(MOMENTUM, MOMENTUM_FORM, PRECISION, UPDATE, NUDGE);

  // What a deep network takes where it is not given; measured in docs/studies/depth.md.
  private static final Map<ConfigKey<?>, String> OF_DEEP_ERRORS = Map.of(STEPS, "2", RATE, "0.9");
  private static final Map<ConfigKey<?>, String> OF_DEEP_PRECISION =
      Map.of(GAMMA_LAST, "0.03", GAMMA_DEPTH_EXPONENT, "1");
  private static final String DEEP = "the depth of the network";

  /** For ServiceLoader. */
  public PcFamily() {}

  @Override
  public List<ConfigKey<?>> keys() {
    return KEYS.keys();
  }

  @Override
  public List<String> names() {
    return List.of(PredictiveCoding.NAME);
  }

  @Override
  public String title() {
    return "predictive coding";
  }

  @Override
  public void check(Config config) {
    checkScheme(config);
    checkOwn(config, ALM_KEYS, ALM, "multipliers");
    checkOwn(config, DKP_KEYS, DKP, "direct maps");
    if (!config.get(FPA_ORDER).equals(FPA_ORDER.defaultValue())
        && !config.get(SCHEME).equals("fpa")) {
      throw new BadInputException(
          "%s: pc.fpaOrder with pc.scheme %s, whose order it does not change; leave it out, or use pc.scheme fpa."
              .formatted(config.source(FPA_ORDER), config.get(SCHEME)));
    }
    List<Double> gamma = config.get(GAMMA);
    int depth = config.get(ConfigSchema.NET_DEPTH);
    if (!Preset.isPerceptron(config)) {
      // Of other networks the rule asks how many hidden units there are.
      return;
    }
    if (gamma.size() != 1 && gamma.size() != depth) {
      throw new BadInputException(
          "%s: pc.gamma lists %d numbers; expected one, or %d as net.depth is %d. Give one for each"
                  .formatted(config.source(GAMMA), gamma.size(), depth, depth)
              + " hidden layer, or a single one for all.");
    }
  }

  private static void checkOwn(Config config, List<ConfigKey<?>> keys, String scheme, String what) {
    for (ConfigKey<?> key : keys) {
      if (config.isSet(key) && !config.get(SCHEME).equals(scheme)) {
        throw new BadInputException(
            "%s: %s with pc.scheme %s, which has no %s. Leave it out, or use pc.scheme %s."
                .formatted(config.source(key), key, config.get(SCHEME), what, scheme));
      }
    }
  }

  // What steps of all states at once alone have.
  private static void checkScheme(Config config) {
    String scheme = config.get(SCHEME);
    if (scheme.equals("jacobi")) {
      return;
    }
    if (Double.isNaN(config.get(RATE))) {
      throw new BadInputException(
          "%s: pc.rate auto with pc.scheme %s, which does not measure it; give a number, or use"
                  .formatted(config.source(RATE), scheme)
              + (scheme.equals(ALM) ? " pc.almRate auto." : " pc.scheme jacobi."));
    }
    for (ConfigKey<?> key : List.of(MOMENTUM, MOMENTUM_FORM, PRECISION)) {
      if (!config.get(key).equals(key.defaultValue())) {
        throw new BadInputException(
            "%s: %s with pc.scheme %s, which has none; leave it out, or use pc.scheme jacobi."
                .formatted(config.source(key), key, scheme));
      }
    }
  }

  @Override
  public LearningRule rule(String name, Config config) {
    PredictiveCoding rule = predictiveCoding(atDepth(config));
    rule.requireLoss(config.get(ConfigSchema.LOSS));
    return rule;
  }

  private static PredictiveCoding predictiveCoding(Config config) {
    return new PredictiveCoding(
        inference(config),
        new Precisions(config.get(GAMMA), config.get(GAMMA_LAST)),
        config.get(GAMMA_EXPONENT),
        config.get(GAMMA_DEPTH_EXPONENT),
        Weighting.parse(config.get(WEIGHTING)),
        config.get(CONVENTION).equals("a") ? Convention.A : Convention.B,
        false,
        config.choose(UPDATE, WeightUpdate.values(), WeightUpdate::configName),
        nudge(config));
  }

  private static Inference inference(Config config) {
    int steps = steps(config);
    double rate = rate(config);
    return switch (config.get(SCHEME)) {
      case "fpa" ->
          new Inference.FixedPrediction(steps, rate, config.get(FPA_ORDER).equals("gauss-seidel"));
      case "si" -> new Inference.Sequential(steps, rate);
      case "jacobi" -> new Inference.Jacobi(steps, rate, momentum(config), schedule(config));
      case "zil" -> new Inference.ZeroDivergence();
      case "ipc" -> new Inference.Incremental(steps, rate);
      case "equilibrium" ->
          new Inference.Equilibrium(config.get(MAX_STEPS), rate, config.get(TOLERANCE));
      case ERROR -> new Inference.Errors(steps, rate);
      case ALM ->
          new Inference.AugmentedLagrangian(
              config.get(ALM_STEPS).orElse(0),
              config.get(ALM_RATE),
              config.get(ALM_ALPHA),
              config.get(ALM_ORDER).equals("jacobi")
                  ? Inference.AugmentedLagrangian.Order.JACOBI
                  : Inference.AugmentedLagrangian.Order.GAUSS_SEIDEL,
              config.get(ALM_IMPEDANCE));
      case DKP ->
          new Inference.DirectStart(
              steps, rate, config.get(DKP_RATE), config.get(DKP_MAP_RATE), config.get(DKP_SCALE));
      case String other -> throw new IllegalStateException("pc.scheme of the schema: " + other);
    };
  }

  private static boolean hasOwnSteps(Config config) {
    return config.get(SCHEME).equals(DKP) && !config.isSet(STEPS);
  }

  private static int steps(Config config) {
    return hasOwnSteps(config) ? DKP_STEPS : config.get(STEPS);
  }

  private static double rate(Config config) {
    boolean tuned = Double.isNaN(config.get(MOMENTUM)) && !config.isSet(RATE);
    return tuned ? momentum(config).tunedRate() : config.get(RATE);
  }

  @Override
  public Config completed(Config config) {
    if (hasOwnSteps(config)) {
      return config.with(STEPS, steps(config), SCHEME.name());
    }
    Config chosen = atDepth(config);
    return chosen.isSet(MOMENTUM) && !chosen.isSet(RATE)
        ? chosen.with(RATE, rate(chosen), MOMENTUM.name())
        : chosen;
  }

  /**
   * In a network of more than {@value ErrorReach#FEW_UNITS} units errors that diffuse do not
   * arrive, and an output as precise as the hidden units is no longer backpropagation's. So error
   * coordinates and a small precision stand in there for what is not given.
   */
  private static Config atDepth(Config config) {
    if (!isDeep(config)) {
      return config;
    }
    boolean open =
        !config.isSet(SCHEME)
            && OF_JACOBI.stream().noneMatch(config::isSet)
            && !Double.isNaN(config.get(RATE));
    Config chosen = open ? config.with(SCHEME, ERROR, DEEP) : config;
    if (!chosen.get(SCHEME).equals(ERROR)) {
      return config;
    }
    Map<String, String> further = new LinkedHashMap<>();
    OF_DEEP_ERRORS.forEach(
        (key, value) -> {
          if (!config.isSet(key)) {
            further.put(key.name(), value);
          }
        });
    if (Stream.of(GAMMA, GAMMA_LAST, GAMMA_EXPONENT, GAMMA_DEPTH_EXPONENT)
        .noneMatch(config::isSet)) {
      OF_DEEP_PRECISION.forEach((key, value) -> further.put(key.name(), value));
    }
    return chosen.withAll(further, DEEP);
  }

  // Of networks whose depth is a key; others are no deeper than their authors trained them.
  private static boolean isDeep(Config config) {
    if (config.get(ConfigSchema.NET_LAYERS).isPresent()) {
      return false;
    }
    int depth = config.get(ConfigSchema.NET_DEPTH);
    return switch (Preset.parse(config.get(ConfigSchema.NET_PRESET))) {
      case MLP -> depth + 1 > ErrorReach.FEW_UNITS;
      case RESMLP -> depth + 2 > ErrorReach.FEW_UNITS;
      default -> false;
    };
  }

  private static PrecisionSchedule schedule(Config config) {
    return switch (config.get(PRECISION)) {
      case "spiking" -> new PrecisionSchedule.Spiking(config.get(PRECISION_REST));
      case "decaying" -> new PrecisionSchedule.Decaying(config.get(PRECISION_DECAY));
      case "constant" -> PrecisionSchedule.CONSTANT;
      case String other -> throw new IllegalStateException("pc.precision of the schema: " + other);
    };
  }

  private static Nudge nudge(Config config) {
    if (config.get(NUDGE).equals("none")) {
      return Nudge.NONE;
    }
    return new Nudge(
        config.choose(NUDGE, Nudge.Form.values(), Nudge.Form::configName),
        config.get(NUDGE_STRENGTH),
        config.choose(NUDGE_PHASE, Nudge.Phase.values(), Nudge.Phase::configName));
  }

  private static Momentum momentum(Config config) {
    double coefficient = config.get(MOMENTUM);
    Momentum.Form form =
        config.choose(MOMENTUM_FORM, Momentum.Form.values(), Momentum.Form::configName);
    return Double.isNaN(coefficient) ? Momentum.tuned(form) : new Momentum(form, coefficient);
  }

  @Override
  public String label(String name, Config config) {
    return name + " (" + config.get(SCHEME) + ")";
  }

  @Override
  public Optional<Variants> variants() {
    return Optional.of(new Variants(SCHEME, List.of(SCHEMES)));
  }

  /**
   * Gradients are those of the objective at whatever states the inference ends; near an equilibrium
   * many pre-activations of relu sit on its kink, where differences mean nothing, so the search is
   * stopped early.
   */
  @Override
  public Map<String, String> gradcheckDefaults() {
    return Map.of(MAX_STEPS.name(), "25");
  }

  @Override
  public List<Contender> contenders() {
    return List.of(Contender.of(PredictiveCoding.NAME, Hue.ORANGE, false));
  }
}
