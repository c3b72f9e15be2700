package lemniscate.network.layer;

import java.util.Map;
import lemniscate.backend.Operations;
import lemniscate.network.Features;
import lemniscate.network.Transport;
import lemniscate.tensor.ExampleShape;
import lemniscate.tensor.Tensor;

/** The places of an image as features, in the order (height, width, channel) of its memory. */
public record Flatten() implements Layer {

  @Override
  public String kind() {
    return "flatten";
  }

  @Override
  public Features output(Features input) {
    return new Features(ExampleShape.flat(input.size()), input.grow());
  }

  @Override
  public boolean isView() {
    return true;
  }

  @Override
  public boolean isBounded(boolean input) {
    return input;
  }

  @Override
  public Map<String, Object> description() {
    return Map.of();
  }

  @Override
  public LayerPass pass(Site site) {
    return new Pass(site.input(), site.output());
  }

  private record Pass(Tensor x, Tensor y) implements LayerPass {

    private static void view(Operations ops, Tensor from, Tensor to) {
      if (!from.isSameView(to)) {
        ops.copy(from, to);
      }
    }

    @Override
    public void forward(Operations ops) {
      view(ops, x, y);
    }

    @Override
    public void shift(Operations ops, Tensor move, Tensor shift) {
      view(ops, move, shift);
    }

    @Override
    public void pullback(Operations ops, Transport transport, Tensor error, Tensor back) {
      view(ops, error, back);
      LayerPass.scale(ops, transport, back);
    }

    @Override
    public LayerPass rows(int first, int count) {
      return new Pass(x.rows(first, count), y.rows(first, count));
    }
  }

  @Override
  public LayerOracle oracle(Features input, OracleScales scales) {
    return (x, parameters, batch) -> x;
  }
}
