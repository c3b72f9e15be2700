package lemniscate.network;

import lemniscate.backend.Activation;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.tensor.Tensor;

/** A pass of a fully connected unit: u = a x wᵀ + b. */
record DensePass(DenseLayer unit, UnitBuffers buffers) implements UnitPass {

  private Activation activation() {
    return unit.activation();
  }

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
    if (buffers.activated().isSameView(preActivation())) {
      addBias(ops);
      return;
    }
    ops.layer().activate(activation(), preActivation(), unit.biasValue(), buffers.activated());
    Tensor mask = buffers.mask();
    if (mask != null) {
      if (!buffers.masked().isSameView(buffers.activated())) {
        ops.copy(buffers.activated(), buffers.masked());
      }
      ops.multiply(mask, buffers.masked());
    }
    if (!output().isSameView(buffers.masked())) {
      ops.pepita()
          .normalize(
              unit.spec().norm().isPerExample(), unit.activityNorm(), buffers.masked(), output());
    }
  }

  @Override
  public void preActivate(Operations ops) {
    product(ops);
    addBias(ops);
  }

  @Override
  public void activate(Operations ops) {
    ops.activation(activation(), preActivation(), buffers.activated());
  }

  @Override
  public void shift(Products products, Tensor move, Tensor shift) {
    products.add(Gemm.forward(unit.multiplier(), move, weight(), shift));
  }

  @Override
  public void difference(Operations ops, Tensor shift, Tensor difference, Tensor derivative) {
    ops.activationDifference(
        activation(), preActivation(), buffers.activated(), shift, difference, derivative);
    mask(ops, difference);
    if (unit.spec().norm() != ActivityNorm.NONE) {
      ops.pepita()
          .normalizedDifference(
              unit.spec().norm().isPerExample(), unit.activityNorm(), buffers.masked(), difference);
    }
  }

  @Override
  public void linearDifference(Operations ops, Tensor shift, Tensor difference) {
    gate(ops, shift, difference);
    mask(ops, difference);
  }

  private void mask(Operations ops, Tensor difference) {
    Tensor mask = buffers.mask();
    if (mask != null) {
      ops.multiply(mask, difference);
    }
  }

  @Override
  public void predictionError(
      Operations ops, Tensor shift, Tensor displacement, Tensor error, Tensor gated) {
    ops.pc()
        .predictionError(
            activation(), preActivation(), buffers.activated(), shift, displacement, error, gated);
  }

  @Override
  public void derivative(Operations ops, Tensor derivative) {
    ops.activationDerivative(activation(), preActivation(), buffers.activated(), derivative);
  }

  @Override
  public void gate(Operations ops, Tensor error, Tensor gated) {
    ops.layer().gate(activation(), preActivation(), buffers.activated(), error, gated);
  }

  @Override
  public void pullback(Products products, double scale, Tensor gated, Tensor back) {
    products.add(Gemm.backward(scale * unit.multiplier(), gated, weight(), back));
  }

  @Override
  public void pullbackThrough(Products products, Tensor weights, Tensor gated, Tensor back) {
    products.add(Gemm.forward(1, gated, weights, back));
  }

  @Override
  public void gradients(Products products, double scale, Tensor gated, Tensor input) {
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
}
