package lemniscate.rule.ff;

import static lemniscate.config.ValueType.choice;
import static lemniscate.config.ValueType.integer;
import static lemniscate.config.ValueType.nonNegative;
import static lemniscate.config.ValueType.positive;
import static lemniscate.rule.RulesTableRow.RELU;

import java.util.List;
import java.util.Map;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.config.KeyGroup;
import lemniscate.rule.Contender;
import lemniscate.rule.Hue;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleFamily;
import lemniscate.rule.RulesTableRow;

/** Forward-Forward, as configurations and studies know it. */
public final class FfFamily implements RuleFamily {

  private static final KeyGroup KEYS = KeyGroup.ofEveryRun("ff");

  public static final ConfigKey<String> GOODNESS =
      KEYS.key(
          "goodness",
          choice("sum", "mean"),
          "sum",
          "Whether the logit of a layer is the sum or the mean of its squared activities; where it is"
              + " not given, the mean but for net.preset mlp.");
  public static final ConfigKey<Double> THRESHOLD =
      KEYS.key("threshold", positive(), 0.5, "Goodness of a unit that is neither right nor wrong.");
  public static final ConfigKey<String> NORMALIZATION =
      KEYS.key(
          "normalization",
          choice("rms", "l2"),
          "rms",
          "What a layer brings to 1 in its input: the root mean square, or the Euclidean length.");
  public static final ConfigKey<Double> PEER_NORMALIZATION =
      KEYS.key(
          "peerNormalization",
          nonNegative(),
          0.03,
          "How strongly units are drawn to the mean activity of their layer.");
  public static final ConfigKey<Integer> EPOCHS_PER_LAYER =
      KEYS.key(
          "epochsPerLayer",
          integer(0),
          0,
          "Epochs that each hidden layer trains alone; 0 to train all at a time.");
  public static final ConfigKey<String> PREDICTION =
      KEYS.key(
          "prediction",
          choice("goodness", "probe"),
          "goodness",
          "A class is chosen by the goodness under each label, or by the linear readout.");
  public static final ConfigKey<Double> LABEL_SCALE =
      KEYS.key("labelScale", positive(), 10.0, "Value of the feature that stands for the label.");
  public static final ConfigKey<Double> PROBE_RATE =
      KEYS.key("probeRate", positive(), 1.0, "Factor on the readout's gradient.");

  // The errors of hidden units do not shrink as the network learns.
  private static final List<String> RATES = List.of("0.0003", "0.001", "0.003", "0.01");

  /** For ServiceLoader. */
  public FfFamily() {}

  @Override
  public List<ConfigKey<?>> keys() {
    return KEYS.keys();
  }

  @Override
  public List<String> names() {
    return List.of(ForwardForward.NAME);
  }

  @Override
  public String title() {
    return "Forward-Forward";
  }

  @Override
  public LearningRule rule(String name, Config config) {
    return new ForwardForward(
        goodness(config),
        config.get(THRESHOLD),
        config.get(NORMALIZATION).equals("l2") ? InputLength.L2 : InputLength.RMS,
        config.get(PEER_NORMALIZATION),
        config.get(EPOCHS_PER_LAYER),
        config.get(PREDICTION).equals("probe") ? Prediction.PROBE : Prediction.GOODNESS,
        config.get(LABEL_SCALE),
        config.get(PROBE_RATE));
  }

  // Summed over the places of an image, or where a skip hands on what is above the threshold, the
  // logit is so large that no example is in doubt, and nothing learns.
  private static Goodness goodness(Config config) {
    boolean layered =
        config.get(ConfigSchema.NET_LAYERS).isPresent()
            || !config.get(ConfigSchema.NET_PRESET).equals(ConfigSchema.NET_PRESET.defaultValue());
    return !config.isSet(GOODNESS) && layered
        ? Goodness.MEAN
        : config.choose(GOODNESS, Goodness.values(), Goodness::configName);
  }

  /** With the goodness that the network has where none is given. */
  @Override
  public Config completed(Config config) {
    return config.isSet(GOODNESS)
        ? config
        : config.with(GOODNESS, goodness(config).configName(), "resolved");
  }

  /** It trains a function of inputs that carry labels. */
  @Override
  public boolean isComparable() {
    return false;
  }

  @Override
  public boolean hasUnfadingErrors() {
    return true;
  }

  @Override
  public List<Contender> contenders() {
    return List.of(Contender.of(ForwardForward.NAME, Hue.GREY, true));
  }

  @Override
  public List<RulesTableRow> tableRows() {
    return List.of(
        // Neither paper trains it.
        new RulesTableRow("ff", Map.of("rule", "ff"), RELU, RATES, List.of()));
  }
}
