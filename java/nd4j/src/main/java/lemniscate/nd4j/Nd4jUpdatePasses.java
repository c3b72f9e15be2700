package lemniscate.nd4j;

import lemniscate.backend.UpdateOperation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Passes of the optimisers. */
final class Nd4jUpdatePasses {

  private final Nd4jSteps recording;

  Nd4jUpdatePasses(Nd4jSteps recording) {
    this.recording = recording;
  }

  void lower(UpdateOperation operation) {
    switch (operation) {
      case UpdateOperation.Advance(var counter) -> {
        INDArray to = recording.array(counter);
        recording.add(() -> to.addi(1));
      }
      case UpdateOperation.Sgd(var gradient, var rate, var rateFactor, var decay, var weight) -> {
        INDArray g = recording.array(gradient);
        INDArray number = recording.array(rate);
        INDArray w = recording.array(weight);
        recording.add(() -> step(w, g, rateFactor * number.getDouble(0), decay));
      }
      case UpdateOperation.Momentum(
              var gradient,
              var rate,
              var rateFactor,
              var decay,
              var momentum,
              var velocity,
              var weight) -> {
        INDArray g = recording.array(gradient);
        INDArray number = recording.array(rate);
        INDArray v = recording.array(velocity);
        INDArray w = recording.array(weight);
        recording.add(
            () -> {
              v.muli(momentum).addi(g);
              step(w, v, rateFactor * number.getDouble(0), decay);
            });
      }
      case UpdateOperation.Adam(
              var gradient,
              var rate,
              var rateFactor,
              var decay,
              var coefficients,
              var counter,
              var firstMoment,
              var secondMoment,
              var weight) -> {
        INDArray g = recording.array(gradient);
        INDArray number = recording.array(rate);
        INDArray count = recording.array(counter);
        INDArray m = recording.array(firstMoment);
        INDArray v = recording.array(secondMoment);
        INDArray w = recording.array(weight);
        double beta1 = coefficients.beta1();
        double beta2 = coefficients.beta2();
        recording.add(
            () -> {
              double t = count.getDouble(0);
              m.muli(beta1).addi(g.mul(1 - beta1));
              v.muli(beta2).addi(g.mul(g).muli(1 - beta2));
              INDArray root = Transforms.sqrt(v.div(1 - Math.pow(beta2, t)), false);
              INDArray move = m.div(1 - Math.pow(beta1, t)).divi(root.addi(coefficients.epsilon()));
              step(w, move, rateFactor * number.getDouble(0), decay);
            });
      }
    }
  }

  // w ← (1 − step·decay) w − step·move.
  private static void step(INDArray w, INDArray move, double step, double decay) {
    w.muli(1 - step * decay).subi(move.mul(step));
  }
}
