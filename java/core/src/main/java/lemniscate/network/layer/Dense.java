package lemniscate.network.layer;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Activation;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.config.BadInputException;
import lemniscate.network.ActivityNorm;
import lemniscate.network.DenseOracle;
import lemniscate.network.Features;
import lemniscate.network.Parameter;
import lemniscate.network.ParameterSpec;
import lemniscate.network.Point;
import lemniscate.network.Transport;
import lemniscate.network.Widths;
import lemniscate.tensor.ExampleShape;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * y = a W x + b on all features, those of an image in the order of its memory.
 *
 * @param units number of outputs, at least 1
 * @param grows whether it grows with the width of the network
 * @param bias whether there is a b
 */
public record Dense(int units, boolean grows, boolean bias) implements Layer {

  /**
   * Checks the number of units.
   *
   * @throws BadInputException if it is below 1
   */
  public Dense {
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
  public boolean startsWithWeight() {
    return true;
  }

  @Override
  public Layer withWidth(int width, int base) {
    return grows ? new Dense(Widths.scaled(units, width, base), true, bias) : this;
  }

  @Override
  public Map<String, Object> description() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("units", units);
    return facts;
  }

  @Override
  public LayerPass pass(Site site) {
    return new Pass(
        site.parameters().getFirst(),
        bias ? site.parameters().getLast() : null,
        site.input(),
        site.output());
  }

  private record Pass(Parameter weight, @Nullable Parameter bias, Tensor x, Tensor y)
      implements LayerPass {

    private double multiplier() {
      return weight.scaling().multiplier();
    }

    @Override
    public void forward(Operations ops) {
      ops.gemm(Gemm.forward(multiplier(), x, weight.value(), y));
      if (bias != null) {
        ops.addRow(bias.value(), y);
      }
    }

    @Override
    public void shift(Operations ops, Tensor move, Tensor shift) {
      ops.gemm(Gemm.forward(multiplier(), move, weight.value(), shift));
    }

    @Override
    public void pullback(Operations ops, Transport transport, Tensor error, Tensor back) {
      ops.gemm(Gemm.backward(transport.factor(weight), error, transport.weight(weight), back));
    }

    @Override
    public void gradients(Operations ops, Point at, double factor, Tensor error, Tensor input) {
      ops.gemm(Gemm.outer(factor * multiplier(), error, input, weight.gradient()));
      if (bias != null) {
        ops.columnSum(factor, error, bias.gradient());
      }
    }

    @Override
    public void addGradients(Operations ops, Point at, double factor, Tensor error, Tensor input) {
      ops.gemm(new Gemm(factor * multiplier(), error, true, input, false, 1, weight.gradient()));
    }

    @Override
    public LayerPass rows(int first, int count) {
      return new Pass(weight, bias, x.rows(first, count), y.rows(first, count));
    }
  }

  @Override
  public LayerOracle oracle(Features input, OracleScales scales) {
    double multiplier = scales.multipliers().getFirst();
    return new DenseOracle(Activation.LINEAR, multiplier, bias, ActivityNorm.NONE, 1)
        ::preActivation;
  }
}
