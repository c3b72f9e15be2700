package lemniscate.study;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.network.NetworkSpec;
import lemniscate.network.layer.Preset;
import lemniscate.tensor.ExampleShape;
import lemniscate.train.Architecture;

/** The small networks of the commands that measure by which power of the width things move. */
public final class CheckedNetworks {

  /** Defaults that differ from those of training. */
  private static final Map<String, String> DEFAULTS =
      Map.of("precision", "fp64", "net.depth", "3", "train.batch", "8");

  private static final int WIDTH = 64;

  /** The smallest power of two that four pools of 2 x 2 leave something of. */
  private static final ExampleShape IMAGE = new ExampleShape(16, 16, 2);

  private CheckedNetworks() {}

  /**
   * Fills in what a configuration leaves open.
   *
   * @param command that the values come from
   */
  public static Config withDefaults(Config config, String command) {
    for (Map.Entry<String, String> own : DEFAULTS.entrySet()) {
      if (own.getKey().equals("net.depth") && !Preset.isPerceptron(config)) {
        continue;
      }
      if (!config.isSet(ConfigSchema.key(own.getKey(), command))) {
        config = config.with(own.getKey(), own.getValue(), command);
      }
    }
    // The output then starts as small as the literal form has it, and what it adds to the first
    // error fades over the widths that are measured.
    if (!config.isSet(ConfigSchema.PARAM_OUTPUT_SCALE)
        && config.get(ConfigSchema.PARAM_SCHEME).equals(Scheme.MUP.word())
        && config.get(ConfigSchema.PARAM_FORM).equals("relative")) {
      double scale = 1 / Math.sqrt(config.get(ConfigSchema.PARAM_BASE_WIDTH));
      config = config.with(ConfigSchema.PARAM_OUTPUT_SCALE, scale, command);
    }
    return config;
  }

  /** What is the same at every width. */
  public static CoordinateStudy.Networks of(Config config) {
    return CoordinateStudy.Networks.ofWidths(network(config), config.get(ConfigSchema.TRAIN_BATCH));
  }

  /**
   * Networks of several depths, of width {@value #WIDTH} where none is given.
   *
   * @throws BadInputException if the configuration does not describe networks by their depth
   */
  public static CoordinateStudy.Networks ofDepths(Config config, List<Integer> depths) {
    Config wide =
        config.isSet(ConfigSchema.NET_WIDTH)
            ? config
            : config.with(ConfigSchema.NET_WIDTH, WIDTH, "--depths");
    SortedMap<Integer, NetworkSpec> networks = new TreeMap<>();
    for (int depth : depths) {
      networks.put(depth, network(wide.with(ConfigSchema.NET_DEPTH, depth, "--depths")));
    }
    NetworkSpec deepest = Objects.requireNonNull(networks.get(networks.lastKey()));
    if (!deepest.size().isDeep()) {
      throw new BadInputException(
          "--depths %s: the networks have no residual blocks, so that there is no limit of depth;"
                  .formatted(depths)
              + " expected net.preset resmlp or resnet18.");
    }
    return CoordinateStudy.Networks.ofDepths(networks, config.get(ConfigSchema.TRAIN_BATCH));
  }

  /** The network of a configuration, on small images where its layers need some. */
  public static NetworkSpec network(Config config) {
    return Architecture.of(config, input(config), CoordinateStudy.OUTPUTS);
  }

  private static ExampleShape input(Config config) {
    ExampleShape flat = ExampleShape.flat(CoordinateStudy.INPUTS);
    return Architecture.takesFeatures(config) ? flat : IMAGE;
  }

  /** The learning rate at the base width, where none is given one that keeps steps small. */
  public static double learningRate(Config config, Parameterization parameterization) {
    return config
        .get(ConfigSchema.OPTIM_LR)
        .orElseGet(
            () ->
                CoordinateStudy.defaultLearningRate(
                        parameterization.scheme(), parameterization.optimizer())
                    / termsOfGradients(config, parameterization.optimizer()));
  }

  // The gradient of a convolution is a sum over the places of its image; Adam does not see that.
  private static int termsOfGradients(Config config, StepClass optimizer) {
    ExampleShape shape = input(config);
    return optimizer == StepClass.SGD_LIKE ? shape.height() * shape.width() : 1;
  }
}
