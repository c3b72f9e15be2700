package lemniscate.train;

import java.util.List;
import java.util.Optional;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
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
    return of(
        config,
        new Preset.Settings(
            new Features(input, false),
            config.get(ConfigSchema.NET_WIDTH),
            config.get(ConfigSchema.NET_DEPTH),
            outputs,
            Experiment.activation(config),
            config.get(ConfigSchema.NET_BIAS),
            Experiment.activityNorm(config),
            Experiment.distribution(config)));
  }

  /** Whether the network of a configuration can read features without places. */
  public static boolean takesFeatures(Config config) {
    try {
      of(config, ExampleShape.flat(1), 1);
      return true;
    } catch (BadInputException e) {
      return false;
    }
  }

  /** What a report calls it: "2 hidden layers", "resmlp". */
  public static String text(Config config) {
    if (config.get(ConfigSchema.NET_LAYERS).isPresent()) {
      return "layers of its own";
    }
    String preset = config.get(ConfigSchema.NET_PRESET);
    return preset.equals(Preset.MLP.configName())
        ? config.get(ConfigSchema.NET_DEPTH) + " hidden layers"
        : preset;
  }

  private static NetworkSpec of(Config config, Preset.Settings settings) {
    Optional<YamlTree.Items> layers = config.get(ConfigSchema.NET_LAYERS);
    if (layers.isEmpty()) {
      return Preset.parse(config.get(ConfigSchema.NET_PRESET)).network(settings);
    }
    if (config.isSet(ConfigSchema.NET_PRESET) || config.isSet(ConfigSchema.NET_DEPTH)) {
      boolean preset = config.isSet(ConfigSchema.NET_PRESET);
      throw new BadInputException(
          "%s: %s is given beside net.layers; expected one of them. Leave one out."
              .formatted(
                  config.source(preset ? ConfigSchema.NET_PRESET : ConfigSchema.NET_DEPTH),
                  preset ? ConfigSchema.NET_PRESET : ConfigSchema.NET_DEPTH));
    }
    List<UnitSpec> units = new LayerList(settings).units(layers.get());
    NetworkSpec described = new NetworkSpec(settings.input(), units);
    return config.isSet(ConfigSchema.NET_WIDTH)
        ? described.withHiddenWidth(settings.width())
        : described;
  }
}
