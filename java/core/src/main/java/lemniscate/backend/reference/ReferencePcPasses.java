package lemniscate.backend.reference;

import lemniscate.backend.Activation;
import lemniscate.backend.PcOperation;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Passes of predictive coding, each by its own formula. */
final class ReferencePcPasses {

  private ReferencePcPasses() {}

  /** Runs an operation whose operands have been checked. */
  static void run(PcOperation operation) {
    switch (operation) {
      case PcOperation.PredictionError(
              var activation,
              var u,
              _,
              var z,
              var displacement,
              var error,
              var gated) ->
          predictionError(activation, u, z, displacement, error, gated);
      case PcOperation.StateGradient(var precision, var error, var gate, var back) ->
          stateGradient(precision, error, gate, back);
      case PcOperation.RelaxState(
              var precision,
              var error,
              var gate,
              var back,
              var rate,
              var displacement) ->
          relaxState(precision, error, gate, back, rate, displacement);
      case PcOperation.RelaxError(
              var precision,
              var back,
              var derivative,
              var rate,
              var error,
              var gated) ->
          relaxError(precision, back, derivative, rate, error, gated);
    }
  }

  private static void predictionError(
      Activation activation, Tensor u, Tensor z, Tensor displacement, Tensor error, Tensor gated) {
    Matrix at = Matrix.of(u);
    Matrix shift = Matrix.of(z);
    Matrix moved = Matrix.of(displacement);
    Matrix toError = Matrix.of(error);
    Matrix toGated = Matrix.of(gated);
    for (int i = 0; i < at.elements(); i++) {
      double e = moved.get(i) - activation.difference(at.get(i), shift.get(i));
      toError.set(i, e);
      toGated.set(i, e * activation.derivative(at.get(i) + shift.get(i)));
    }
  }

  private static void stateGradient(
      double precision, Tensor error, @Nullable Tensor gate, Tensor back) {
    Matrix e = Matrix.of(error);
    Matrix factor = gate == null ? null : Matrix.of(gate);
    Matrix to = Matrix.of(back);
    for (int i = 0; i < to.elements(); i++) {
      to.set(i, gradient(precision, e, factor, to, i));
    }
  }

  private static void relaxState(
      double precision,
      Tensor error,
      @Nullable Tensor gate,
      Tensor back,
      Tensor rate,
      Tensor displacement) {
    double step = Matrix.scalar(rate);
    Matrix e = Matrix.of(error);
    Matrix factor = gate == null ? null : Matrix.of(gate);
    Matrix down = Matrix.of(back);
    Matrix to = Matrix.of(displacement);
    for (int i = 0; i < to.elements(); i++) {
      to.set(i, to.get(i) - step * gradient(precision, e, factor, down, i));
    }
  }

  private static void relaxError(
      double precision, Tensor back, Tensor derivative, Tensor rate, Tensor error, Tensor gated) {
    double step = Matrix.scalar(rate);
    Matrix down = Matrix.of(back);
    Matrix slope = Matrix.of(derivative);
    Matrix to = Matrix.of(error);
    Matrix toGated = Matrix.of(gated);
    for (int i = 0; i < to.elements(); i++) {
      double e = to.get(i) - step * gradient(precision, to, null, down, i);
      to.set(i, e);
      toGated.set(i, e * slope.get(i));
    }
  }

  private static double gradient(
      double precision, Matrix error, @Nullable Matrix gate, Matrix back, int i) {
    return precision * error.get(i) - (gate == null ? 1 : gate.get(i)) * back.get(i);
  }
}
