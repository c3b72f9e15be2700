package lemniscate.network;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.config.BadInputException;

/**
 * A multilayer perceptron: u_l = a_l W_l h_{l−1} + b_l, h_l = φ(u_l) for l = 1 … L, with a linear
 * last layer. Layers are counted from 1, widths from 0 (the input).
 *
 * @param widths n_0 … n_L: inputs, hidden widths, outputs; at least one hidden layer
 * @param activation φ of the hidden layers
 * @param bias whether layers have biases
 * @param norm whether φ(u_l) of the hidden layers is divided by a norm
 * @param distribution of the initial weights
 */
public record NetworkSpec(
    List<Integer> widths,
    Activation activation,
    boolean bias,
    ActivityNorm norm,
    InitialDistribution distribution) {

  /** With activities as they are and normal initial weights. */
  public NetworkSpec(List<Integer> widths, Activation activation, boolean bias) {
    this(widths, activation, bias, ActivityNorm.NONE, InitialDistribution.NORMAL);
  }

  /** Checks that there is a hidden layer and that every width is positive. */
  public NetworkSpec {
    widths = List.copyOf(widths);
    if (widths.size() < 3) {
      throw new BadInputException(
          "network widths " + widths + ": expected inputs, at least one hidden width, and outputs");
    }
    for (int width : widths) {
      if (width < 1) {
        throw new BadInputException(
            "network widths " + widths + ": every width must be at least 1");
      }
    }
  }

  /**
   * A network whose hidden layers all have one width.
   *
   * @param inputs n_0
   * @param width hidden width
   * @param depth number of hidden layers, at least 1
   * @param outputs n_L
   */
  public static NetworkSpec mlp(
      int inputs, int width, int depth, int outputs, Activation activation) {
    if (depth < 1) {
      throw new BadInputException("net.depth " + depth + ": expected at least 1 hidden layer");
    }
    List<Integer> widths = new ArrayList<>();
    widths.add(inputs);
    widths.addAll(Collections.nCopies(depth, width));
    widths.add(outputs);
    return new NetworkSpec(widths, activation, false);
  }

  /** The same network with or without biases. */
  public NetworkSpec withBias(boolean present) {
    return new NetworkSpec(widths, activation, present, norm, distribution);
  }

  /** The same network with hidden activities divided by a norm, or not. */
  public NetworkSpec withNorm(ActivityNorm other) {
    return new NetworkSpec(widths, activation, bias, other, distribution);
  }

  /** The same network with initial weights from another distribution of the same deviation. */
  public NetworkSpec withDistribution(InitialDistribution other) {
    return new NetworkSpec(widths, activation, bias, norm, other);
  }

  /** Whether hidden activities are divided by a norm. */
  public boolean isNormed() {
    return norm != ActivityNorm.NONE;
  }

  /** The same network with every hidden layer of one other width. */
  public NetworkSpec withHiddenWidth(int width) {
    List<Integer> others = new ArrayList<>(widths);
    Collections.fill(others.subList(1, layers()), width);
    return new NetworkSpec(others, activation, bias, norm, distribution);
  }

  /** L, the number of weight layers. */
  public int layers() {
    return widths.size() - 1;
  }

  /** n_l for l = 0 … L. */
  public int width(int layer) {
    return widths.get(layer);
  }

  /** Number of inputs n_0. */
  public int inputs() {
    return widths.getFirst();
  }

  /** Number of outputs n_L. */
  public int outputs() {
    return widths.getLast();
  }

  /**
   * The width M that parameterisations scale with: the first hidden width. All hidden widths are
   * understood to grow in proportion.
   */
  public int scalingWidth() {
    return widths.get(1);
  }

  /** φ_l: the activation of a hidden layer, linear for the last. */
  public Activation activation(int layer) {
    return layer == layers() ? Activation.LINEAR : activation;
  }

  /** Number of weights and biases. */
  public long parameterCount() {
    long count = 0;
    for (int layer = 1; layer <= layers(); layer++) {
      count += (long) width(layer) * (width(layer - 1) + (bias ? 1 : 0));
    }
    return count;
  }
}
