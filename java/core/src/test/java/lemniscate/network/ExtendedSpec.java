package lemniscate.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Activation;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;

/**
 * A fully connected unit that owns, and never uses, a weight of four extents and a gain, both in a
 * branch, and says that it has some residual additions.
 */
public record ExtendedSpec(DenseSpec inner, int residualAdditions) implements UnitSpec {

  /** Extents of the weight beside the width. */
  public static final List<Integer> KERNEL = List.of(3, 2, 4);

  /** A perceptron of which the second unit is extended. */
  public static NetworkSpec second(NetworkSpec spec, int residualAdditions) {
    List<UnitSpec> units = new ArrayList<>(spec.units());
    units.set(1, new ExtendedSpec((DenseSpec) units.get(1), residualAdditions));
    return new NetworkSpec(spec.input(), units);
  }

  @Override
  public String kind() {
    return "extended";
  }

  @Override
  public Features output(Features input) {
    return inner.output(input);
  }

  @Override
  public List<ParameterSpec> parameters(Features input) {
    List<ParameterSpec> parameters = new ArrayList<>(inner.parameters(input));
    List<Integer> extents = new ArrayList<>(KERNEL);
    extents.addFirst(inner.units());
    parameters.add(ParameterSpec.weight(extents, true, true).named("kernel", "K").inBranch());
    parameters.add(ParameterSpec.gain(inner.units(), true).inBranch());
    return parameters;
  }

  @Override
  public Activation activation() {
    return inner.activation();
  }

  @Override
  public InitialDistribution distribution() {
    return inner.distribution();
  }

  @Override
  public UnitSpec withWidth(int width, int base) {
    return new ExtendedSpec(inner.withWidth(width, base), residualAdditions);
  }

  @Override
  public Map<String, Object> description() {
    return inner.description();
  }

  @Override
  public Unit bind(int index, Features input, List<Parameter> parameters, UnitScales scales) {
    List<Parameter> used = parameters.subList(0, parameters.size() - 2);
    return new Extended(this, inner.bind(index, input, used, scales), parameters);
  }

  private record Extended(ExtendedSpec spec, DenseLayer inner, List<Parameter> parameters)
      implements Unit {
    @Override
    public int index() {
      return inner.index();
    }

    @Override
    public double activityNorm() {
      return inner.activityNorm();
    }

    @Override
    public List<Shape> feedbackShapes() {
      return inner.feedbackShapes();
    }

    @Override
    public UnitPass pass(Arena arena, UnitBuffers buffers, Use use) {
      return inner.pass(arena, buffers, use);
    }

    @Override
    public UnitOracle oracle() {
      return inner.oracle();
    }
  }
}
