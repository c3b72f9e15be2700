package lemniscate.network.layer;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Operations;
import lemniscate.network.Features;
import lemniscate.network.Parameter;
import lemniscate.network.ParameterKind;
import lemniscate.network.Point;
import lemniscate.network.Products;
import lemniscate.network.Sides;
import lemniscate.network.Transport;
import lemniscate.network.Unit;
import lemniscate.network.UnitBuffers;
import lemniscate.network.UnitOracle;
import lemniscate.network.UnitPass;
import lemniscate.network.UnitScales;
import lemniscate.network.Use;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;

/**
 * A stack of layers in a backend's memory.
 *
 * @param index l, from 1
 * @param spec what it was made from
 * @param input what it reads
 * @param parameters of all layers, in order
 * @param scales β and the norm of activities
 */
record Stack(
    int index, StackSpec spec, Features input, List<Parameter> parameters, UnitScales scales)
    implements Unit {

  private Chain chain() {
    return new Chain(spec.layers());
  }

  @Override
  public double activityNorm() {
    return scales.activityNorm();
  }

  private List<Parameter> weights() {
    return parameters.stream().filter(p -> p.kind() == ParameterKind.WEIGHT).toList();
  }

  /** The weights' own. */
  @Override
  public List<Shape> feedbackShapes() {
    return weights().stream().map(weight -> weight.value().shape()).toList();
  }

  @Override
  public UnitPass pass(Arena arena, UnitBuffers buffers, Use use) {
    Site site =
        new Site(
            arena,
            use,
            buffers.input().rows(),
            input,
            parameters,
            scales.branchMultiplier(),
            buffers.input(),
            buffers.preActivation());
    return new Pass(this, buffers, chain().pass(site));
  }

  private record Pass(Stack unit, UnitBuffers buffers, LayerPass layers) implements UnitPass {

    @Override
    public void preActivate(Operations ops) {
      layers.forward(ops);
    }

    @Override
    public void shift(Products products, Tensor move, Tensor shift) {
      layers.shift(products.operations(), move, shift);
    }

    @Override
    public void pullback(Products products, Point at, double scale, Tensor gated, Tensor back) {
      layers.pullback(products.operations(), Transport.at(at, scale), gated, back);
    }

    @Override
    public void pullbackThrough(
        Products products, List<Tensor> weights, Tensor gated, Tensor back) {
      Map<String, Tensor> feedback = new HashMap<>();
      List<Parameter> own = unit.weights();
      for (int i = 0; i < own.size(); i++) {
        feedback.put(own.get(i).name(), weights.get(i));
      }
      layers.pullback(
          products.operations(), new Transport(Point.PREDICTED, 1, feedback), gated, back);
    }

    @Override
    public void gradients(Products products, Point at, double scale, Tensor gated, Tensor input) {
      layers.gradients(products.operations(), at, -scale / gated.rows(), gated, input);
    }

    @Override
    public void addGradients(Products products, double scale, Tensor gated, Tensor input) {
      layers.addGradients(
          products.operations(), Point.PREDICTED, -scale / gated.rows(), gated, input);
    }

    @Override
    public void correlate(Products products, Sides sides, double scale, Tensor post, Tensor pre) {
      layers.correlate(products.operations(), sides, -scale / post.rows(), post, pre);
    }

    @Override
    public void addCorrelation(
        Products products, Sides sides, double scale, Tensor post, Tensor pre) {
      layers.addCorrelation(products.operations(), sides, -scale / post.rows(), post, pre);
    }

    @Override
    public UnitPass rows(int first, int count) {
      return new Pass(unit, buffers.rows(first, count), layers.rows(first, count));
    }
  }

  @Override
  public UnitOracle oracle() {
    OracleScales known =
        new OracleScales(
            parameters.stream().map(p -> p.scaling().multiplier()).toList(),
            scales.branchMultiplier());
    return new Oracle(chain().oracle(input, known), spec, parameters.size());
  }

  private record Oracle(LayerOracle layers, StackSpec spec, int parameters) implements UnitOracle {

    @Override
    public double[] preActivation(double[] input, List<double[]> own, int batch) {
      return layers.apply(input, own, batch);
    }

    @Override
    public double correlation(
        Sides sides,
        double[] post,
        double[] first,
        double[] second,
        List<double[]> fixed,
        List<double[]> own,
        int batch) {
      return layers.correlation(sides, post, first, second, fixed, own, batch);
    }

    @Override
    public double[] activate(double[] preActivation, int batch) {
      double[] h = new double[preActivation.length];
      for (int i = 0; i < h.length; i++) {
        h[i] = spec.activation().value(preActivation[i]);
      }
      return h;
    }
  }
}
