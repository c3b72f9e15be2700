package lemniscate.network.layer;

import java.util.Map;
import lemniscate.backend.Activation;
import lemniscate.backend.Operations;
import lemniscate.network.Features;
import lemniscate.network.Transport;
import lemniscate.tensor.Tensor;

/**
 * y = φ(x), element by element, inside a unit.
 *
 * @param activation φ
 */
public record Pointwise(Activation activation) implements Layer {

  @Override
  public String kind() {
    return "activation";
  }

  @Override
  public Features output(Features input) {
    return input;
  }

  @Override
  public boolean isBounded(boolean input) {
    return activation.isBounded();
  }

  @Override
  public Map<String, Object> description() {
    return Map.of("activation", activation.configName());
  }

  @Override
  public LayerPass pass(Site site) {
    return new Pass(activation, site.input(), site.output(), site.likeForMoves(site.output()));
  }

  /** With φ′(x + d) of the latest shift. */
  private record Pass(Activation activation, Tensor x, Tensor y, Tensor slope)
      implements LayerPass {

    @Override
    public void forward(Operations ops) {
      ops.activation(activation, x, y);
    }

    @Override
    public void shift(Operations ops, Tensor move, Tensor shift) {
      ops.activationDifference(activation, x, y, move, shift, slope);
    }

    @Override
    public void pullback(Operations ops, Transport transport, Tensor error, Tensor back) {
      if (transport.shifted()) {
        ops.copy(error, back);
        ops.multiply(slope, back);
      } else {
        ops.layer().gate(activation, x, y, error, back);
      }
      LayerPass.scale(ops, transport, back);
    }

    @Override
    public LayerPass rows(int first, int count) {
      return new Pass(
          activation, x.rows(first, count), y.rows(first, count), slope.rows(first, count));
    }
  }

  @Override
  public LayerOracle oracle(Features input, OracleScales scales) {
    return (x, parameters, batch) -> {
      double[] y = new double[x.length];
      for (int i = 0; i < y.length; i++) {
        y[i] = activation.value(x[i]);
      }
      return y;
    };
  }
}
