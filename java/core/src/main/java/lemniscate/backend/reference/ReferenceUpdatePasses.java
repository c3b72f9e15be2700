package lemniscate.backend.reference;

import lemniscate.backend.UpdatePasses;
import lemniscate.tensor.Tensor;

/** Passes of the optimisers. */
final class ReferenceUpdatePasses implements UpdatePasses {

  private final Recording recording;

  ReferenceUpdatePasses(Recording recording) {
    this.recording = recording;
  }

  @Override
  public void advance(Tensor counter) {
    recording.add(
        () -> {
          Matrix to = Matrix.of(counter);
          to.set(0, to.get(0) + 1);
        });
  }

  @Override
  public void sgd(Tensor gradient, Tensor rate, double rateFactor, double decay, Tensor weight) {
    recording.add(
        () -> {
          double step = rateFactor * Matrix.scalar(rate);
          Matrix g = Matrix.of(gradient);
          Matrix w = Matrix.of(weight);
          for (int i = 0; i < w.elements(); i++) {
            w.set(i, (1 - step * decay) * w.get(i) - step * g.get(i));
          }
        });
  }

  @Override
  public void momentum(
      Tensor gradient,
      Tensor rate,
      double rateFactor,
      double decay,
      double momentum,
      Tensor velocity,
      Tensor weight) {
    recording.add(
        () -> {
          double step = rateFactor * Matrix.scalar(rate);
          Matrix g = Matrix.of(gradient);
          Matrix v = Matrix.of(velocity);
          Matrix w = Matrix.of(weight);
          for (int i = 0; i < w.elements(); i++) {
            double next = momentum * v.get(i) + g.get(i);
            v.set(i, next);
            w.set(i, (1 - step * decay) * w.get(i) - step * next);
          }
        });
  }

  @Override
  public void adam(
      Tensor gradient,
      Tensor rate,
      double rateFactor,
      double decay,
      AdamCoefficients coefficients,
      Tensor counter,
      Tensor firstMoment,
      Tensor secondMoment,
      Tensor weight) {
    recording.add(
        () -> {
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
        });
  }
}
