package lemniscate.network.layer;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import lemniscate.backend.Activation;
import lemniscate.network.Features;
import lemniscate.network.InitialDistribution;
import lemniscate.network.Parameter;
import lemniscate.network.ParameterSpec;
import lemniscate.network.UnitScales;
import lemniscate.network.UnitSpec;

/**
 * A unit h = φ(u(x)) where u is a stack of layers, such as a convolution, or a convolution with its
 * activation and pool behind it, or a residual block.
 *
 * @param layers of u, from the input on
 * @param activation φ; linear where the stack ends in something else
 * @param distribution of initial weights
 */
public record StackSpec(List<Layer> layers, Activation activation, InitialDistribution distribution)
    implements UnitSpec {

  /**
   * Copies the list.
   *
   * @throws IllegalArgumentException if it is empty
   */
  public StackSpec {
    layers = new Chain(layers).layers();
  }

  private Chain chain() {
    return new Chain(layers);
  }

  /** The kinds of its layers, as {@code conv-activation-pool}. */
  @Override
  public String kind() {
    return layers.stream().map(Layer::kind).collect(Collectors.joining("-"));
  }

  @Override
  public Features output(Features input) {
    return chain().output(input);
  }

  @Override
  public List<ParameterSpec> parameters(Features input) {
    return chain().parameters(input);
  }

  @Override
  public boolean addsToInput() {
    return activation == Activation.LINEAR && layers.stream().allMatch(Layer::addsToInput);
  }

  @Override
  public boolean isBounded() {
    return activation.isBounded() || activation == Activation.LINEAR && chain().isBounded();
  }

  @Override
  public boolean readsPlaces() {
    return Chain.readsPlaces(layers);
  }

  @Override
  public boolean startsWithWeight() {
    return chain().startsWithWeight();
  }

  @Override
  public int stride() {
    return chain().stride();
  }

  @Override
  public int residualAdditions() {
    return chain().residualAdditions();
  }

  @Override
  public StackSpec withWidth(int width, int base) {
    return new StackSpec(Chain.withWidth(layers, width, base), activation, distribution);
  }

  @Override
  public Map<String, Object> description() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("layers", chain().description());
    facts.put("activation", activation.configName());
    return facts;
  }

  @Override
  public Stack bind(int index, Features input, List<Parameter> parameters, UnitScales scales) {
    return new Stack(index, this, input, parameters, scales);
  }
}
