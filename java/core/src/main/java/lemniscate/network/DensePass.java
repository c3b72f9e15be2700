package lemniscate.network;

import java.util.List;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.tensor.Tensor;

/** A pass of a fully connected unit: u = a x wᵀ + b. */
record DensePass(DenseLayer unit, UnitBuffers buffers) implements UnitPass {

  private Tensor weight() {
    return unit.weight().value();
  }

  private void product(Operations ops) {
    ops.gemm(Gemm.forward(unit.multiplier(), input(), weight(), preActivation()));
  }

  private void addBias(Operations ops) {
    Tensor bias = unit.biasValue();
    if (bias != null) {
      ops.addRow(bias, preActivation());
    }
  }

  @Override
  public void predict(Operations ops) {
    product(ops);
    finish(ops, unit.biasValue());
  }

  @Override
  public void preActivate(Operations ops) {
    product(ops);
    addBias(ops);
  }

  @Override
  public void shift(Products products, Tensor move, Tensor shift) {
    products.add(Gemm.forward(unit.multiplier(), move, weight(), shift));
  }

  @Override
  public void pullback(Products products, Point at, double scale, Tensor gated, Tensor back) {
    products.add(Gemm.backward(scale * unit.multiplier(), gated, weight(), back));
  }

  @Override
  public void pullbackThrough(Products products, List<Tensor> weights, Tensor gated, Tensor back) {
    products.add(Gemm.forward(1, gated, weights.getFirst(), back));
  }

  @Override
  public void pullbackThroughLike(
      Products products, List<Tensor> weights, Tensor gated, Tensor back) {
    products.add(Gemm.backward(1, gated, weights.getFirst(), back));
  }

  @Override
  public void gradients(Products products, Point at, double scale, Tensor gated, Tensor input) {
    double factor = -scale / gated.rows();
    products.add(Gemm.outer(factor * unit.multiplier(), gated, input, unit.weight().gradient()));
    Parameter bias = unit.bias();
    if (bias != null) {
      products.operations().columnSum(factor, gated, bias.gradient());
    }
  }

  @Override
  public void addGradients(Products products, double scale, Tensor gated, Tensor input) {
    double factor = -scale * unit.multiplier() / gated.rows();
    products.add(new Gemm(factor, gated, true, input, false, 1, unit.weight().gradient()));
  }

  @Override
  public UnitPass rows(int first, int count) {
    return new DensePass(unit, buffers.rows(first, count));
  }
}
