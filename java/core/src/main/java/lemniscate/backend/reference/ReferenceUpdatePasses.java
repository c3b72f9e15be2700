package lemniscate.backend.reference;

import lemniscate.backend.UpdateOperation;
import lemniscate.backend.UpdatePasses.AdamCoefficients;
import lemniscate.tensor.Tensor;

/** Passes of the optimisers. */
final class ReferenceUpdatePasses {

  private ReferenceUpdatePasses() {}

  /** Runs an operation whose operands have been checked. */
  static void run(UpdateOperation operation) {
    switch (operation) {
      case UpdateOperation.Advance(var counter) -> advance(counter);
      case UpdateOperation.Sgd(var gradient, var rate, var rateFactor, var decay, var weight) ->
          sgd(gradient, rate, rateFactor, decay, weight);
      case UpdateOperation.Momentum(
              var gradient,
              var rate,
              var rateFactor,
              var decay,
              var momentum,
              var velocity,
              var weight) ->
          momentum(gradient, rate, rateFactor, decay, momentum, velocity, weight);
      case UpdateOperation.Adam(
              var gradient,
              var rate,
              var rateFactor,
              var decay,
              var coefficients,
              var counter,
              var firstMoment,
              var secondMoment,
              var weight) ->
          adam(
              gradient,
              rate,
              rateFactor,
              decay,
              coefficients,
              counter,
              firstMoment,
              secondMoment,
              weight);
    }
  }

  private static void advance(Tensor counter) {
    Matrix to = Matrix.of(counter);
    to.set(0, to.get(0) + 1);
  }

  private static void sgd(
      Tensor gradient, Tensor rate, double rateFactor, double decay, Tensor weight) {
    double step = rateFactor * Matrix.scalar(rate);
    Matrix g = Matrix.of(gradient);
    Matrix w = Matrix.of(weight);
    for (int i = 0; i < w.elements(); i++) {
      w.set(i, (1 - step * decay) * w.get(i) - step * g.get(i));
    }
  }

  private static void momentum(
      Tensor gradient,
      Tensor rate,
      double rateFactor,
      double decay,
      double momentum,
      Tensor velocity,
      Tensor weight) {
    double step = rateFactor * Matrix.scalar(rate);
    Matrix g = Matrix.of(gradient);
    Matrix v = Matrix.of(velocity);
    Matrix w = Matrix.of(weight);
    for (int i = 0; i < w.elements(); i++) {
      double next = momentum * v.get(i) + g.get(i);
      v.set(i, next);
      w.set(i, (1 - step * decay) * w.get(i) - step * next);
    }
  }

  private static void adam(
      Tensor gradient,
      Tensor rate,
      double rateFactor,
      double decay,
      AdamCoefficients coefficients,
      Tensor counter,
      Tensor firstMoment,
      Tensor secondMoment,
      Tensor weight) {
    double step = rateFactor * Matrix.scalar(rate);
    double t = Matrix.scalar(counter);
    double beta1 = coefficients.beta1();
    double beta2 = coefficients.beta2();
    Matrix g = Matrix.of(gradient);
    Matrix m = Matrix.of(firstMoment);
    Matrix v = Matrix.of(secondMoment);
    Matrix w = Matrix.of(weight);
    for (int i = 0; i < w.elements(); i++) {
      double first = beta1 * m.get(i) + (1 - beta1) * g.get(i);
      double second = beta2 * v.get(i) + (1 - beta2) * g.get(i) * g.get(i);
      m.set(i, first);
      v.set(i, second);
      double unbiasedFirst = first / (1 - Math.pow(beta1, t));
      double unbiasedSecond = second / (1 - Math.pow(beta2, t));
      double move = unbiasedFirst / (Math.sqrt(unbiasedSecond) + coefficients.epsilon());
      w.set(i, (1 - step * decay) * w.get(i) - step * move);
    }
  }
}
