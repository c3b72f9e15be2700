package lemniscate.backend.cpu;

import java.lang.foreign.MemorySegment;
import lemniscate.backend.UpdateOperation;

/** Steps of the optimisers. */
final class CpuUpdatePasses {

  private final CpuOperations recording;

  CpuUpdatePasses(CpuOperations recording) {
    this.recording = recording;
  }

  void lower(UpdateOperation operation) {
    switch (operation) {
      case UpdateOperation.Advance(var counter) -> {
        MemorySegment c = CpuOperations.memory(counter);
        recording.sequential(() -> CpuOperations.setScalar(c, CpuOperations.scalar(c) + 1));
      }
      case UpdateOperation.Sgd(var gradient, var rate, var rateFactor, var decay, var weight) -> {
        Kernels k = recording.kernels(weight);
        MemorySegment g = CpuOperations.memory(gradient);
        MemorySegment r = CpuOperations.memory(rate);
        MemorySegment w = CpuOperations.memory(weight);
        recording.elements(
            weight,
            (from, to) -> {
              double step = rateFactor * CpuOperations.scalar(r);
              k.sgd(1 - step * decay, step, g, w, from, to);
            });
      }
      case UpdateOperation.Momentum(
              var gradient,
              var rate,
              var rateFactor,
              var decay,
              var momentum,
              var velocity,
              var weight) -> {
        Kernels k = recording.kernels(weight);
        MemorySegment g = CpuOperations.memory(gradient);
        MemorySegment r = CpuOperations.memory(rate);
        MemorySegment v = CpuOperations.memory(velocity);
        MemorySegment w = CpuOperations.memory(weight);
        recording.elements(
            weight,
            (from, to) -> {
              double step = rateFactor * CpuOperations.scalar(r);
              k.momentum(1 - step * decay, step, momentum, g, v, w, from, to);
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
        Kernels k = recording.kernels(weight);
        MemorySegment g = CpuOperations.memory(gradient);
        MemorySegment r = CpuOperations.memory(rate);
        MemorySegment t = CpuOperations.memory(counter);
        MemorySegment m = CpuOperations.memory(firstMoment);
        MemorySegment v = CpuOperations.memory(secondMoment);
        MemorySegment w = CpuOperations.memory(weight);
        double beta1 = coefficients.beta1();
        double beta2 = coefficients.beta2();
        double epsilon = coefficients.epsilon();
        recording.elements(
            weight,
            (from, to) -> {
              double step = rateFactor * CpuOperations.scalar(r);
              double firstCorrection = 1 / (1 - Math.pow(beta1, CpuOperations.scalar(t)));
              double secondCorrection = 1 / (1 - Math.pow(beta2, CpuOperations.scalar(t)));
              k.adam(
                  1 - step * decay,
                  step * firstCorrection,
                  beta1,
                  beta2,
                  secondCorrection,
                  epsilon,
                  g,
                  m,
                  v,
                  w,
                  from,
                  to);
            });
      }
    }
  }
}
