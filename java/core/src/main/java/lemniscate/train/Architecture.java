package lemniscate.train;

import java.util.List;
import java.util.Optional;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.config.YamlTree;
import lemniscate.network.Features;
import lemniscate.network.NetworkSpec;
import lemniscate.network.UnitSpec;
import lemniscate.network.layer.Preset;
import lemniscate.tensor.ExampleShape;

/** The network that a configuration describes: a preset, or a list of layers. */
public final class Architecture {

  private Architecture() {}

  /**
   * The network for examples of a shape.
   *
   * @throws BadInputException if it cannot be built on them
   */
  public static NetworkSpec of(Config config, ExampleShape input, int outputs) {
    NetworkSpec described = new NetworkSpec(new Features(input, false), units(config, outputs));
    boolean rescaled =
        config.get(ConfigSchema.NET_LAYERS).isPresent() && config.isSet(ConfigSchema.NET_WIDTH);
    return rescaled ? described.withHiddenWidth(config.get(ConfigSchema.NET_WIDTH)) : described;
  }

  /**
   * Whether the network of a configuration can read features without places.
   *
   * @throws BadInputException if it describes none
   */
  public static boolean takesFeatures(Config config) {
    return units(config, 1).stream().noneMatch(UnitSpec::readsPlaces);
  }

  /**
   * Whether the network of a configuration has several residual additions.
   *
   * @throws BadInputException if it describes none
   */
  static boolean isDeep(Config config) {
    return units(config, 1).stream().mapToInt(UnitSpec::residualAdditions).sum() > 1;
  }

  /**
   * Refuses a network that is no perceptron.
   *
   * @param what takes no other
   * @throws BadInputException naming the key that describes it
   */
  public static void requirePerceptron(Config config, String what) {
    if (!Preset.isPerceptron(config)) {
      ConfigKey<?> key =
          config.get(ConfigSchema.NET_LAYERS).isPresent()
              ? ConfigSchema.NET_LAYERS
              : ConfigSchema.NET_PRESET;
      throw new BadInputException(
          "%s: %s is given, but %s takes fully connected networks alone; leave it out."
              .formatted(config.source(key), key, what));
    }
  }

  /** What a report calls it: "2 hidden layers", "resmlp". */
  public static String text(Config config) {
    if (config.get(ConfigSchema.NET_LAYERS).isPresent()) {
      return "layers of its own";
    }
    return Preset.isPerceptron(config)
        ? config.get(ConfigSchema.NET_DEPTH) + " hidden layers"
        : config.get(ConfigSchema.NET_PRESET);
  }

  private static List<UnitSpec> units(Config config, int outputs) {
    Preset.Settings settings =
        new Preset.Settings(
            config.get(ConfigSchema.NET_WIDTH),
            config.get(ConfigSchema.NET_DEPTH),
            outputs,
            Experiment.activation(config),
            config.get(ConfigSchema.NET_BIAS),
            Experiment.activityNorm(config),
            Experiment.distribution(config));
    Optional<YamlTree.Items> layers = config.get(ConfigSchema.NET_LAYERS);
    if (layers.isEmpty()) {
      return Preset.parse(config.get(ConfigSchema.NET_PRESET)).units(settings);
    }
    if (config.isSet(ConfigSchema.NET_PRESET) || config.isSet(ConfigSchema.NET_DEPTH)) {
      boolean preset = config.isSet(ConfigSchema.NET_PRESET);
      throw new BadInputException(
          "%s: %s is given beside net.layers; expected one of them. Leave one out."
              .formatted(
                  config.source(preset ? ConfigSchema.NET_PRESET : ConfigSchema.NET_DEPTH),
                  preset ? ConfigSchema.NET_PRESET : ConfigSchema.NET_DEPTH));
    }
    return new LayerList(settings).units(layers.get());
  }
}
