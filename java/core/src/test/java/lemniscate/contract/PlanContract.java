package lemniscate.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Gemm;
import lemniscate.backend.Loss;
import lemniscate.backend.Operations;
import lemniscate.backend.Plan;
import lemniscate.backend.ScalarReadings;
import lemniscate.backend.UpdatePasses.AdamCoefficients;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Recording, replay and the ends of lives. */
public interface PlanContract extends OpensBackend {

  @ParameterizedTest
  @EnumSource(DType.class)
  default void recordingRunsNothing(DType dtype) {
    try (Backend backend = open(dtype);
        Arena arena = backend.newArena()) {
      Tensor x = arena.allocate(new Shape(3, 5));
      try (Plan plan = backend.record(ops -> ops.fill(x, 2))) {
        backend.synchronize();
        assertThat(backend.read(x)).containsOnly(0);
        plan.run();
        assertThat(backend.read(x)).containsOnly(2);
      }
    }
  }

  /** Two replays of a plan and two eager runs give the same bits, in a step that carries state. */
  @ParameterizedTest
  @EnumSource(DType.class)
  default void replayIsEagerTwice(DType dtype) {
    try (Backend backend = open(dtype)) {
      assertThat(training(backend, true)).isEqualTo(training(backend, false));
    }
  }

  private static List<List<Double>> training(Backend backend, boolean replay) {
    Shape batch = new Shape(33, 10);
    Shape square = new Shape(10, 10);
    try (Arena arena = backend.newArena()) {
      SplittableRandom random = new SplittableRandom(5);
      Tensor x = arena.allocate(batch);
      Tensor y = arena.allocate(batch);
      Tensor u = arena.allocate(batch);
      Tensor h = arena.allocate(batch);
      Tensor error = arena.allocate(batch);
      Tensor gated = arena.allocate(batch);
      Tensor weight = arena.allocate(square);
      Tensor gradient = arena.allocate(square);
      Tensor first = arena.allocate(square);
      Tensor second = arena.allocate(square);
      Tensor bias = arena.allocate(new Shape(1, 10));
      Tensor scalars = arena.allocateScalars(4);
      for (Tensor data : List.of(x, y, weight, bias)) {
        backend.upload(random.doubles(data.elements(), -1, 1).toArray(), data);
      }
      Tensor rate = scalars.element(0);
      Tensor counter = scalars.element(1);
      Tensor total = scalars.element(2);
      Tensor norms = scalars.element(3);
      Consumer<Operations> step =
          ops -> {
            ops.gemm(Gemm.forward(1, x, weight, u));
            ops.layer().activate(Activation.TANH, u, bias, h);
            ops.loss().outputError(Loss.MSE, h, y, error, total);
            ops.layer().gate(Activation.TANH, u, h, error, gated);
            ops.gemm(Gemm.outer(-1.0 / 33, gated, x, gradient));
            ops.sumOfSquares(1, gradient, true, norms);
            ops.update().advance(counter);
            ops.update()
                .adam(
                    gradient,
                    rate,
                    1,
                    0.1,
                    new AdamCoefficients(0.9, 0.999, 1e-8),
                    counter,
                    first,
                    second,
                    weight);
          };
      if (replay) {
        try (Plan plan = backend.record(step)) {
          backend.setScalar(0.01, rate);
          plan.run();
          backend.synchronize();
          // A scalar is read when the plan runs, not when it is recorded.
          backend.setScalar(0.02, rate);
          plan.run();
          backend.synchronize();
        }
      } else {
        backend.setScalar(0.01, rate);
        backend.run(step);
        backend.setScalar(0.02, rate);
        backend.run(step);
      }
      List<List<Double>> state = new ArrayList<>();
      for (Tensor tensor : List.of(weight, first, second, gradient, error, scalars)) {
        state.add(Arrays.stream(backend.read(tensor)).boxed().toList());
      }
      assertThat(backend.scalar(counter)).isEqualTo(2);
      return state;
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void closedPlanRefusesToRun(DType dtype) {
    try (Backend backend = open(dtype);
        Arena arena = backend.newArena()) {
      Tensor x = arena.allocate(new Shape(3, 5));
      Plan plan = backend.record(ops -> ops.fill(x, 2));
      plan.close();
      plan.close();
      assertThatIllegalStateException().isThrownBy(plan::run);
      assertThat(backend.read(x)).containsOnly(0);
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void closedBackendEndsItsPlansAndArenas(DType dtype) {
    Backend backend = open(dtype);
    Arena arena = backend.newArena();
    Tensor x = arena.allocate(new Shape(3, 5));
    Plan plan = backend.record(ops -> ops.fill(x, 2));
    backend.close();
    assertThatIllegalStateException().isThrownBy(plan::run);
    assertThatIllegalStateException().isThrownBy(() -> arena.allocate(new Shape(1, 1)));
    assertThatIllegalStateException().isThrownBy(backend::newArena);
    // Closing in any order is harmless.
    plan.close();
    arena.close();
    backend.close();
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void closedArenaEndsItsTensors(DType dtype) {
    try (Backend backend = open(dtype)) {
      Arena arena = backend.newArena();
      Tensor x = arena.allocate(new Shape(3, 5));
      Plan plan = backend.record(ops -> ops.fill(x, 2));
      arena.close();
      assertThatIllegalStateException().isThrownBy(plan::run);
      assertThatIllegalStateException().isThrownBy(() -> backend.run(ops -> ops.fill(x, 2)));
      assertThatIllegalStateException().isThrownBy(() -> backend.read(x));
      assertThatIllegalStateException().isThrownBy(() -> backend.upload(new double[15], x));
      assertThatIllegalStateException().isThrownBy(() -> arena.allocate(new Shape(1, 1)));
      plan.close();
    }
  }

  /** A reading is of the time at which it was asked for, whatever is done to the tensor later. */
  @ParameterizedTest
  @EnumSource(DType.class)
  default void readingsKeepTheValueOfTheirTime(DType dtype) {
    try (Backend backend = open(dtype);
        Arena arena = backend.newArena();
        ScalarReadings readings = backend.readings(3)) {
      Tensor one = arena.allocate(new Shape(1, 1));
      Tensor element = arena.allocate(new Shape(1, 1));
      Tensor scalar = arena.allocateScalars(1).element(0);
      try (Plan plan =
          backend.record(
              ops -> {
                ops.axpy(1, one, element);
                ops.sumOfSquares(1, element, false, scalar);
              })) {
        backend.setScalar(1, one);
        for (int step = 0; step < 5; step++) {
          plan.run();
          readings.enqueue(step % 3, scalar);
        }
        readings.enqueue(0, element);
        plan.run();
      }
      assertThat(readings.value(0)).isEqualTo(5);
      assertThat(readings.value(1)).isEqualTo(25);
      assertThat(readings.value(2)).isEqualTo(9);
      assertThat(readings.value(1)).as("again").isEqualTo(25);
    }
  }
}
