package lemniscate.network;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Activation;
import lemniscate.config.BadInputException;
import lemniscate.tensor.ExampleShape;

/**
 * A fully connected unit h = φ(a W x + b), over its norm where it has one; places of an image are
 * features like any other.
 *
 * @param units number of outputs, at least 1
 * @param grows whether it grows with the width of the network
 * @param activation φ
 * @param bias whether there is a b
 * @param norm by what φ(u) is divided
 * @param distribution of the initial W
 */
public record DenseSpec(
    int units,
    boolean grows,
    Activation activation,
    boolean bias,
    ActivityNorm norm,
    InitialDistribution distribution)
    implements UnitSpec {

  /**
   * Checks the number of units.
   *
   * @throws BadInputException if it is below 1
   */
  public DenseSpec {
    Widths.requireUnits(units);
  }

  @Override
  public String kind() {
    return "dense";
  }

  @Override
  public Features output(Features input) {
    return new Features(ExampleShape.flat(units), grows);
  }

  @Override
  public List<ParameterSpec> parameters(Features input) {
    return ParameterSpec.affine(List.of(units, input.size()), grows, input.grow(), bias);
  }

  @Override
  public boolean hasWeightMatrix() {
    return true;
  }

  @Override
  public DenseSpec withWidth(int width, int base) {
    int scaled = Widths.scaled(units, width, base);
    return grows ? new DenseSpec(scaled, true, activation, bias, norm, distribution) : this;
  }

  /** The same with or without a bias. */
  public DenseSpec withBias(boolean present) {
    return new DenseSpec(units, grows, activation, present, norm, distribution);
  }

  /** The same with another norm. */
  public DenseSpec withNorm(ActivityNorm other) {
    return new DenseSpec(units, grows, activation, bias, other, distribution);
  }

  /** The same with initial weights from another distribution. */
  public DenseSpec withDistribution(InitialDistribution other) {
    return new DenseSpec(units, grows, activation, bias, norm, other);
  }

  @Override
  public Map<String, Object> description() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("units", units);
    facts.put("activation", activation.configName());
    facts.put("norm", norm.configName());
    return facts;
  }

  @Override
  public DenseLayer bind(int index, Features input, List<Parameter> parameters, UnitScales scales) {
    return new DenseLayer(
        index,
        this,
        parameters.getFirst(),
        bias ? parameters.getLast() : null,
        scales.activityNorm());
  }
}
