package lemniscate.network;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import lemniscate.backend.Activation;
import lemniscate.config.BadInputException;
import lemniscate.mup.Parameterization;
import lemniscate.mup.ScalingTable;
import lemniscate.mup.Size;
import lemniscate.tensor.ExampleShape;
import org.jspecify.annotations.Nullable;

/**
 * A network as a chain of units. Units are counted from 1, what goes between them from 0 (the
 * input). Without more it is a multilayer perceptron: u_l = a_l W_l h_{l−1} + b_l, h_l = φ(u_l) for
 * l = 1 … L, with a linear last layer.
 */
public final class NetworkSpec {

  private final Features input;
  private final List<UnitSpec> units;
  private final List<Features> features;

  /**
   * A multilayer perceptron with activities as they are and normal initial weights.
   *
   * @param widths n_0 … n_L: inputs, hidden widths, outputs; at least one hidden layer
   * @param activation φ of the hidden layers
   * @param bias whether layers have biases
   * @throws BadInputException if there is no hidden width, or a width is below 1
   */
  public NetworkSpec(List<Integer> widths, Activation activation, boolean bias) {
    this(widths, activation, bias, ActivityNorm.NONE, InitialDistribution.NORMAL);
  }

  /**
   * A multilayer perceptron.
   *
   * @param norm whether φ(u_l) of the hidden layers is divided by a norm
   * @param distribution of the initial weights
   * @throws BadInputException if there is no hidden width, or a width is below 1
   */
  public NetworkSpec(
      List<Integer> widths,
      Activation activation,
      boolean bias,
      ActivityNorm norm,
      InitialDistribution distribution) {
    this(inputOf(widths), dense(widths, activation, bias, norm, distribution));
  }

  /**
   * Checks that there is a hidden unit and that each can take what the one below gives.
   *
   * @param input what the first unit reads
   * @param units from the input to the output; at least two
   * @throws BadInputException if not
   */
  public NetworkSpec(Features input, List<UnitSpec> units) {
    this.input = input;
    this.units = List.copyOf(units);
    if (units.size() < 2) {
      throw new BadInputException(
          "a network of " + units.size() + " units: expected a hidden unit and an output at least");
    }
    List<Features> all = new ArrayList<>(List.of(input));
    for (int l = 1; l <= units.size(); l++) {
      UnitSpec unit = this.units.get(l - 1);
      try {
        all.add(unit.output(all.getLast()));
      } catch (BadInputException e) {
        throw new BadInputException(
            "unit %d of the network (%s): %s".formatted(l, unit.kind(), e.getMessage()), e);
      } catch (ArithmeticException e) {
        throw new BadInputException(
            "unit %d of the network (%s): it gives more than %d numbers for an example; use a smaller net.width."
                .formatted(l, unit.kind(), Integer.MAX_VALUE),
            e);
      }
    }
    this.features = List.copyOf(all);
  }

  private static Features inputOf(List<Integer> widths) {
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
    return new Features(ExampleShape.flat(widths.getFirst()), false);
  }

  private static List<UnitSpec> dense(
      List<Integer> widths,
      Activation activation,
      boolean bias,
      ActivityNorm norm,
      InitialDistribution distribution) {
    List<UnitSpec> units = new ArrayList<>();
    int last = widths.size() - 1;
    for (int l = 1; l < last; l++) {
      units.add(new DenseSpec(widths.get(l), true, activation, bias, norm, distribution));
    }
    units.add(
        new DenseSpec(
            widths.get(last), false, Activation.LINEAR, bias, ActivityNorm.NONE, distribution));
    return units;
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

  // ---------------------------------------------------------------- variants

  /** The same network with or without biases. */
  public NetworkSpec withBias(boolean present) {
    return mapped(dense -> dense.withBias(present), layers());
  }

  /** The same network with hidden activities divided by a norm, or not. */
  public NetworkSpec withNorm(ActivityNorm other) {
    return mapped(dense -> dense.withNorm(other), layers() - 1);
  }

  /** The same network with initial weights from another distribution of the same deviation. */
  public NetworkSpec withDistribution(InitialDistribution other) {
    return mapped(dense -> dense.withDistribution(other), layers());
  }

  // Of the fully connected among the first units.
  private NetworkSpec mapped(UnaryOperator<DenseSpec> change, int first) {
    List<UnitSpec> others = new ArrayList<>(units);
    others
        .subList(0, first)
        .replaceAll(unit -> unit instanceof DenseSpec dense ? change.apply(dense) : unit);
    return new NetworkSpec(input, others);
  }

  /**
   * The same network with another width M; whatever grows with it does so in proportion.
   *
   * @param width of what the first unit gives
   */
  public NetworkSpec withHiddenWidth(int width) {
    int base = scalingWidth();
    return new NetworkSpec(input, units.stream().map(unit -> unit.withWidth(width, base)).toList());
  }

  /** The same network reading examples of a shape, of which there are as many numbers. */
  public NetworkSpec reading(ExampleShape shape) {
    return new NetworkSpec(new Features(shape, false), units);
  }

  // ---------------------------------------------------------------- the units

  /** What the first unit reads. */
  public Features input() {
    return input;
  }

  /** From the input to the output; at least two. */
  public List<UnitSpec> units() {
    return units;
  }

  /** Unit l, from 1. */
  public UnitSpec unit(int l) {
    return units.get(l - 1);
  }

  /** What unit l gives, l = 0 … L; the input for 0. */
  public Features features(int l) {
    return features.get(l);
  }

  /** The parameters of unit l, from 1, in the order of files. */
  public List<ParameterSpec> parameters(int l) {
    return unit(l).parameters(features(l - 1));
  }

  /** Whether the weights of a unit, from 1, and of all above it are single matrices. */
  public boolean hasWeightMatrices(int first) {
    return units.subList(first - 1, layers()).stream().allMatch(UnitSpec::hasWeightMatrix);
  }

  /**
   * Refuses a network with a unit whose weight is not a matrix.
   *
   * @param first the first unit that must have one
   * @param reason what the matrix is needed for, and what to use instead
   * @throws BadInputException naming the first unit without
   */
  public void requireWeightMatrices(int first, String reason) {
    for (int l = first; l <= layers(); l++) {
      if (!unit(l).hasWeightMatrix()) {
        throw new BadInputException(
            "unit %d of the network (%s) has no single weight matrix: %s"
                .formatted(l, unit(l).kind(), reason));
      }
    }
  }

  // ---------------------------------------------------------------- what follows from them

  /** n_0 … n_L: number of inputs, and of what each unit gives. */
  public List<Integer> widths() {
    return features.stream().map(Features::size).toList();
  }

  /** φ of the first unit; hidden units of a perceptron all have it. */
  public Activation activation() {
    return units.getFirst().activation();
  }

  /** φ_l: the activation of a unit; of a perceptron's last one linear. */
  public Activation activation(int l) {
    return unit(l).activation();
  }

  /** Whether there are biases. */
  public boolean bias() {
    for (int l = 1; l <= layers(); l++) {
      if (parameters(l).stream().anyMatch(ParameterSpec::isBias)) {
        return true;
      }
    }
    return false;
  }

  /** By what hidden activities are divided: the norm of the first unit. */
  public ActivityNorm norm() {
    return units.getFirst().norm();
  }

  /** Distribution of the initial weights of the first unit. */
  public InitialDistribution distribution() {
    return units.getFirst().distribution();
  }

  /** Whether hidden activities are divided by a norm. */
  public boolean isNormed() {
    return units.stream().anyMatch(unit -> unit.norm() != ActivityNorm.NONE);
  }

  /** L, the number of units. */
  public int layers() {
    return units.size();
  }

  /** n_l for l = 0 … L. */
  public int width(int layer) {
    return features(layer).size();
  }

  /** Number of inputs n_0. */
  public int inputs() {
    return input.size();
  }

  /** Number of outputs n_L. */
  public int outputs() {
    return width(layers());
  }

  /**
   * The width M that parameterisations scale with: the channels that the first unit gives. All
   * hidden widths are understood to grow in proportion.
   */
  private int scalingWidth() {
    return features(1).shape().channels();
  }

  /** L, the number of residual additions between input and output; 0 for a perceptron. */
  public int residualDepth() {
    return units.stream().mapToInt(UnitSpec::residualAdditions).sum();
  }

  /** The size that parameterisations scale with. */
  public Size size() {
    return new Size(scalingWidth(), residualDepth());
  }

  /**
   * What a file says of it: {@code input} with the extents of an example, and {@code units}, each
   * with its kind, the names of its parameters and what the kind adds.
   */
  public Map<String, Object> description() {
    List<Map<String, Object>> chain = new ArrayList<>();
    for (int l = 1; l <= layers(); l++) {
      Map<String, Object> facts = new LinkedHashMap<>();
      facts.put("kind", unit(l).kind());
      facts.put("parameters", parameters(l).stream().map(ParameterSpec::name).toList());
      facts.putAll(unit(l).description());
      chain.add(facts);
    }
    ExampleShape shape = input.shape();
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("input", List.of(shape.height(), shape.width(), shape.channels()));
    facts.put("units", chain);
    return facts;
  }

  /**
   * What a parameterisation says of every parameter.
   *
   * @param learningRate η′
   * @param gammaPrime γ′, of no effect but for predictive coding
   */
  public ScalingTable scalingTable(
      Parameterization parameterization, double learningRate, double gammaPrime) {
    List<ScalingTable.TrainedArray> arrays = new ArrayList<>();
    for (int l = 1; l <= layers(); l++) {
      for (ParameterSpec parameter : parameters(l)) {
        arrays.add(
            new ScalingTable.TrainedArray(
                parameter.symbol() + l,
                parameter.label(),
                parameter.role(),
                parameter.branch(),
                parameter.extents(),
                parameter.fanIn()));
      }
    }
    return ScalingTable.of(parameterization, size(), arrays, learningRate, gammaPrime);
  }

  /** Number of weights, biases and gains. */
  public long parameterCount() {
    long count = 0;
    for (int l = 1; l <= layers(); l++) {
      for (ParameterSpec parameter : parameters(l)) {
        count += parameter.shape().elements();
      }
    }
    return count;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof NetworkSpec that
        && input.equals(that.input)
        && units.equals(that.units);
  }

  @Override
  public int hashCode() {
    return Objects.hash(input, units);
  }

  /** What the first unit reads, and the units. */
  @Override
  public String toString() {
    return input + " " + units;
  }
}
