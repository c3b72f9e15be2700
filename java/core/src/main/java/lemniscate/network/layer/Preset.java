package lemniscate.network.layer;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import lemniscate.backend.Activation;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.network.ActivityNorm;
import lemniscate.network.DenseSpec;
import lemniscate.network.InitialDistribution;
import lemniscate.network.UnitSpec;

/**
 * Networks that have a name. All hidden widths are multiples of one width; a unit is a convolution
 * or fully connected layer with its activation and the pool behind it, or a residual block.
 */
public enum Preset {
  /** Fully connected layers, as many as the depth says, and a readout. */
  MLP,
  /**
   * A fully connected layer, as many residual blocks of form v + β φ(a W v + b) as the depth says,
   * and a readout.
   */
  RESMLP,
  /**
   * After LeNet-5 (LeCun, Bottou, Bengio and Haffner, 1998): convolutions of 5 x 5 with w and 2 w
   * channels, each with a pool of 2 x 2 behind it, as many fully connected layers of 8 w units as
   * the depth says, and a readout.
   */
  LENET,
  /**
   * Four convolutions of 3 x 3 with w, 2 w, 4 w and 4 w channels, each with a pool of 2 x 2, and a
   * readout: with w = 128 the VGG-5 of Pinchetti et al., arXiv 2407.01163.
   */
  VGG5,
  /**
   * Six convolutions of 3 x 3 with w, w, 2 w, 2 w, 4 w and 4 w channels, every second with a pool
   * of 2 x 2, and a readout: with w = 128 the VGG-7 of the same paper.
   */
  VGG7,
  /**
   * After ResNet-18 (He, Zhang, Ren and Sun, arXiv 1512.03385) as it is used on small images,
   * without batch normalisation: a convolution of 3 x 3 with w channels, four stages of w, 2 w, 4 w
   * and 8 w channels with as many residual blocks of two convolutions as the depth says, the first
   * of stages 2 to 4 with stride 2 and a projection, the mean over all places, and a readout.
   */
  RESNET18;

  private static final int USUAL_DEPTH = 2;

  /** Its name in configurations. */
  public String configName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether the network of a configuration has fully connected layers alone, of one width. */
  public static boolean isPerceptron(Config config) {
    return config.get(ConfigSchema.NET_LAYERS).isEmpty()
        && config.get(ConfigSchema.NET_PRESET).equals(MLP.configName());
  }

  /**
   * The preset of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Preset parse(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }

  /**
   * What a network is made with.
   *
   * @param width w, at least 1
   * @param depth as the preset understands it, at least 1
   * @param outputs number of outputs
   * @param activation of hidden layers
   * @param bias whether layers have biases
   * @param norm by what activities of fully connected networks are divided
   * @param distribution of initial weights
   */
  public record Settings(
      int width,
      int depth,
      int outputs,
      Activation activation,
      boolean bias,
      ActivityNorm norm,
      InitialDistribution distribution) {}

  /**
   * Its units, the readout included, for any input.
   *
   * @throws BadInputException if it has a depth of its own, or takes no norms
   */
  public List<UnitSpec> units(Settings settings) {
    if (settings.depth() < 1) {
      throw new BadInputException(
          "net.depth " + settings.depth() + ": expected at least 1 hidden layer");
    }
    if ((this == VGG5 || this == VGG7) && settings.depth() != USUAL_DEPTH) {
      throw new BadInputException(
          "net.depth %d: %s has its depth in its name. Leave net.depth out, or describe the network"
                  .formatted(settings.depth(), configName())
              + " in net.layers.");
    }
    if (this != MLP && settings.norm() != ActivityNorm.NONE) {
      throw new BadInputException(
          "net.norm %s: expected none with net.preset %s; norms of whole activities are for mlp."
              .formatted(settings.norm().configName(), configName()));
    }
    Builder builder = new Builder(settings);
    int w = settings.width();
    switch (this) {
      case MLP -> builder.dense(w, settings.depth());
      case RESMLP -> {
        builder.dense(w, 1);
        for (int l = 0; l < settings.depth(); l++) {
          builder.unit(
              new Residual(
                  List.of(
                      new Dense(w, true, settings.bias()), new Pointwise(settings.activation())),
                  List.of()));
        }
      }
      case LENET -> {
        builder.conv(w, 5, true);
        builder.conv(2 * w, 5, true);
        builder.dense(8 * w, settings.depth());
      }
      case VGG5 -> {
        for (int factor : new int[] {1, 2, 4, 4}) {
          builder.conv(factor * w, 3, true);
        }
      }
      case VGG7 -> {
        for (int factor : new int[] {1, 2, 4}) {
          builder.conv(factor * w, 3, false);
          builder.conv(factor * w, 3, true);
        }
      }
      case RESNET18 -> {
        builder.conv(w, 3, false);
        for (int stage = 0; stage < 4; stage++) {
          for (int block = 0; block < settings.depth(); block++) {
            builder.block(w << stage, stage > 0 && block == 0);
          }
        }
      }
    }
    return builder.readout(this == RESNET18);
  }

  /** Collects units from the input on. */
  private static final class Builder {

    private final Settings settings;
    private final List<UnitSpec> units = new ArrayList<>();

    Builder(Settings settings) {
      this.settings = settings;
    }

    private Convolution convolution(int channels, int kernel, int stride, boolean bias) {
      return new Convolution(channels, true, kernel, stride, (kernel - 1) / 2, bias);
    }

    void conv(int channels, int kernel, boolean pooled) {
      Convolution convolution = convolution(channels, kernel, 1, settings.bias());
      if (pooled) {
        unit(convolution, new Pointwise(settings.activation()), new Pool(Pool.How.MAX, 2, 2));
      } else {
        units.add(
            new StackSpec(List.of(convolution), settings.activation(), settings.distribution()));
      }
    }

    void dense(int width, int count) {
      for (int i = 0; i < count; i++) {
        units.add(
            new DenseSpec(
                width,
                true,
                settings.activation(),
                settings.bias(),
                settings.norm(),
                settings.distribution()));
      }
    }

    void block(int channels, boolean halving) {
      int stride = halving ? 2 : 1;
      unit(
          new Residual(
              List.of(
                  convolution(channels, 3, stride, settings.bias()),
                  new Pointwise(settings.activation()),
                  convolution(channels, 3, 1, false)),
              halving ? List.of(new Convolution(channels, true, 1, stride, 0, false)) : List.of()));
    }

    void unit(Layer... layers) {
      units.add(new StackSpec(List.of(layers), Activation.LINEAR, settings.distribution()));
    }

    List<UnitSpec> readout(boolean pooled) {
      if (pooled) {
        unit(Pool.global(), new Dense(settings.outputs(), false, settings.bias()));
      } else {
        units.add(
            new DenseSpec(
                settings.outputs(),
                false,
                Activation.LINEAR,
                settings.bias(),
                ActivityNorm.NONE,
                settings.distribution()));
      }
      return units;
    }
  }
}
