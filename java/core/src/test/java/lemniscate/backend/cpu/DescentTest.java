package lemniscate.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import lemniscate.backend.Gemm;
import lemniscate.backend.Plan;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.api.Test;

/**
 * A product takes the step of gradient descent itself; that the result is the same whether it does
 * or not is part of the contract.
 */
class DescentTest {

  // By hand: AᵀB = (2 · 5 + 3 · 7) = 31, G = −31/2; the first step is 0.5 · 4 = 2, then 0.25 · 4.
  @Test
  void storesNoGradientAndReadsTheRateInEveryRun() {
    try (CpuBackend backend = open();
        Arena arena = backend.newArena()) {
      Tensor a = place(backend, arena, 2, 3);
      Tensor b = place(backend, arena, 5, 7);
      Tensor gradient = arena.allocate(Shape.SCALAR);
      backend.upload(new double[] {Double.NaN}, gradient);
      Tensor weight = arena.allocate(Shape.SCALAR);
      backend.upload(new double[] {10}, weight);
      Tensor rate = arena.allocateScalars(1);
      try (Plan plan =
          backend.record(
              ops -> {
                ops.gemm(Gemm.outer(-0.5, a, b, gradient));
                ops.update().sgd(gradient, rate, 4, 0.125, weight);
              })) {
        backend.setScalar(0.5, rate);
        plan.run();
        double first = 10 * (1 - 2 * 0.125) + 2 * 15.5;
        assertThat(backend.read(weight)[0]).isEqualTo(first);
        backend.setScalar(0.25, rate);
        plan.run();
        // Two roundings of a number below 64, in units of 2⁻⁵³.
        assertThat(backend.read(weight)[0])
            .isCloseTo(first * (1 - 0.125) + 15.5, within(64 * 0x1p-52));
      }
      assertThat(backend.read(gradient)[0]).isNaN();
    }
  }

  @Test
  void everyLayerDescendsWhereSeveralGradientsAreMadeTogether() {
    try (CpuBackend backend = open();
        Arena arena = backend.newArena()) {
      Tensor a = arena.allocate(new Shape(5, 37));
      Tensor b = arena.allocate(new Shape(5, 21));
      Tensor c = arena.allocate(new Shape(5, 11));
      Tensor first = arena.allocate(new Shape(37, 21));
      Tensor second = arena.allocate(new Shape(21, 11));
      Tensor firstWeight = arena.allocate(first.shape());
      Tensor secondWeight = arena.allocate(second.shape());
      for (Tensor gradient : new Tensor[] {first, second}) {
        double[] poison = new double[(int) gradient.elements()];
        Arrays.fill(poison, Double.NaN);
        backend.upload(poison, gradient);
      }
      Tensor scalars = arena.allocateScalars(2);
      backend.setScalar(1, scalars.element(0));
      backend.run(
          ops -> {
            ops.fill(a, 1);
            ops.fill(b, 2);
            ops.fill(c, 3);
            ops.gemm(Gemm.outer(1, a, b, first));
            ops.gemm(Gemm.outer(1, b, c, second));
            ops.update().advance(scalars.element(1));
            ops.update().sgd(first, scalars.element(0), 1, 0, firstWeight);
            ops.update().sgd(second, scalars.element(0), 1, 0, secondWeight);
          });
      assertThat(backend.read(firstWeight)).containsOnly(-10);
      assertThat(backend.read(secondWeight)).containsOnly(-30);
      assertThat(backend.read(first)).containsOnly(Double.NaN);
      assertThat(backend.read(second)).containsOnly(Double.NaN);
    }
  }

  private static CpuBackend open() {
    return new CpuBackend(
        DType.FLOAT64, 2, CblasProduct.bundled().orElseThrow(), CpuKernels.best());
  }

  private static Tensor place(CpuBackend backend, Arena arena, double... column) {
    Tensor tensor = arena.allocate(new Shape(column.length, 1));
    backend.upload(column, tensor);
    return tensor;
  }
}
