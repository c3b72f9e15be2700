package lemniscate.rule;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Activation;
import lemniscate.network.ActivityNorm;
import lemniscate.network.DenseSpec;
import lemniscate.network.Features;
import lemniscate.network.InitialDistribution;
import lemniscate.network.NetworkSpec;
import lemniscate.network.UnitSpec;
import lemniscate.network.layer.Convolution;
import lemniscate.network.layer.Dense;
import lemniscate.network.layer.Layer;
import lemniscate.network.layer.Norm;
import lemniscate.network.layer.Pointwise;
import lemniscate.network.layer.Pool;
import lemniscate.network.layer.Residual;
import lemniscate.network.layer.StackSpec;
import lemniscate.tensor.ExampleShape;

/** Small networks with every kind of layer, with biases, all of whose weights a rule must reach. */
public final class SmallStacks {

  /** Two channels. */
  public static final ExampleShape IMAGE = new ExampleShape(5, 4, 2);

  private SmallStacks() {}

  /** By name. */
  public static Map<String, NetworkSpec> of(Activation activation) {
    return Map.of(
        "conv", convolutional(activation),
        "residual conv", residualImages(activation),
        "residual", residual(activation, 3));
  }

  /** A unit of layers with φ at its end. */
  public static UnitSpec unit(Activation activation, Layer... layers) {
    return new StackSpec(List.of(layers), activation, InitialDistribution.NORMAL);
  }

  /** A linear unit of layers. */
  public static UnitSpec unit(Layer... layers) {
    return unit(Activation.LINEAR, layers);
  }

  private static Convolution conv(int channels, int kernel, int stride, int padding) {
    return new Convolution(channels, true, kernel, stride, padding, true);
  }

  private static UnitSpec dense(int units, Activation activation) {
    return new DenseSpec(
        units, true, activation, true, ActivityNorm.NONE, InitialDistribution.NORMAL);
  }

  private static UnitSpec readout() {
    return new DenseSpec(
        3, false, Activation.LINEAR, true, ActivityNorm.NONE, InitialDistribution.NORMAL);
  }

  /** A convolution with a max pool, one with φ, a fully connected unit, a readout. */
  public static NetworkSpec convolutional(Activation activation) {
    return new NetworkSpec(
        new Features(IMAGE, false),
        List.of(
            unit(conv(3, 3, 1, 1), new Pointwise(activation), new Pool(Pool.How.MAX, 2, 2)),
            unit(activation, conv(4, 2, 1, 1)),
            dense(5, activation),
            readout()));
  }

  /** A stage of two blocks, one with a projection, one with norms and two convolutions, a mean. */
  public static NetworkSpec residualImages(Activation activation) {
    Pointwise phi = new Pointwise(activation);
    return new NetworkSpec(
        new Features(IMAGE, false),
        List.of(
            unit(activation, conv(3, 3, 1, 1)),
            unit(new Residual(List.of(conv(3, 3, 1, 1), phi), List.of(), 0.7)),
            unit(new Residual(List.of(conv(4, 3, 2, 1), phi), List.of(conv(4, 1, 2, 0)), 1.2)),
            unit(
                new Residual(
                    List.of(Norm.layer(), conv(2, 3, 1, 1), phi, conv(4, 1, 1, 0)),
                    List.of(),
                    -0.8)),
            unit(Pool.global(), new Dense(3, false, true))));
  }

  /** A fully connected unit, blocks v + β φ(W v + b), a readout. */
  public static NetworkSpec residual(Activation activation, int blocks) {
    UnitSpec block =
        unit(
            new Residual(
                List.of(new Dense(6, true, true), new Pointwise(activation)),
                List.of(),
                1 / Math.sqrt(blocks)));
    List<UnitSpec> units = new ArrayList<>();
    units.add(dense(6, activation));
    for (int l = 0; l < blocks; l++) {
      units.add(block);
    }
    units.add(readout());
    return new NetworkSpec(new Features(ExampleShape.flat(7), false), units);
  }
}
