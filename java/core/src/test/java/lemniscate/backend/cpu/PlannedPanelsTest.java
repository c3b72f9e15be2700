package lemniscate.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Backend;
import lemniscate.backend.Gemm;
import lemniscate.backend.MemoryPlan;
import lemniscate.backend.Plan;
import lemniscate.backend.RepeatedProducts;
import lemniscate.config.Config;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import lemniscate.train.Experiment;
import lemniscate.train.TrainingBuffers;
import lemniscate.train.TrainingSpec;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The memory of packed weights is planned. */
class PlannedPanelsTest {

  @BeforeEach
  void needsPanels() {
    assumeTrue(
        CpuKernels.best().panels(DType.FLOAT32).isPresent(),
        "this processor has no vectors in which packing is a gain");
  }

  private static CpuBackend open(DType dtype, MatrixProduct engine, RepeatedProducts products) {
    return new CpuBackend(
        dtype, 2, engine, CpuKernels.best(), PackedWeights.Rule.MEASURED, products);
  }

  private static CpuBackend turning(DType dtype) {
    return new CpuBackend(
        dtype,
        2,
        CblasProduct.bundled().orElseThrow(),
        CpuKernels.best(),
        PackedWeights.Rule.MEASURED,
        TurnedProductsTest.ALWAYS,
        RepeatedProducts.PANELS);
  }

  private static TrainingSpec spec(String... assignments) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "data.name=synthetic",
                "data.train=53",
                "data.test=23",
                "train.batch=5",
                "net.width=101",
                "net.depth=3",
                "pc.steps=9"));
    all.addAll(List.of(assignments));
    Config config = Config.defaults();
    for (String assignment : all) {
      config = config.withAssignment(assignment, "test");
    }
    return Experiment.of(config).spec();
  }

  /** What a run holds at its end, recordings included. */
  private static long held(CpuBackend backend, TrainingSpec spec) {
    try (Arena arena = backend.newArena();
        TrainingBuffers buffers = TrainingBuffers.allocate(backend, arena, spec)) {
      buffers.rule().run();
      return backend.heldBytes();
    }
  }

  @ParameterizedTest
  @CsvSource({"jacobi, false", "si, true", "fpa, false", "zil, true", "ipc, false"})
  void planIsWhatPredictiveCodingTakes(String scheme, boolean bias) {
    TrainingSpec spec = spec("pc.scheme=" + scheme, "net.bias=" + bias);
    for (DType dtype : DType.values()) {
      for (RepeatedProducts products : List.of(RepeatedProducts.PANELS, RepeatedProducts.BLAS)) {
        try (CpuBackend backend = open(dtype, CblasProduct.bundled().orElseThrow(), products)) {
          assertThat(TrainingBuffers.bytes(backend, spec)).isEqualTo(held(backend, spec));
        }
      }
      try (CpuBackend backend = turning(dtype)) {
        assertThat(TrainingBuffers.bytes(backend, spec)).isEqualTo(held(backend, spec));
      }
    }
  }

  @Test
  void planIsWhatTheLibrarysPackingTakes() {
    TrainingSpec spec = spec("pc.scheme=jacobi");
    try (CpuBackend backend =
        open(DType.FLOAT32, CblasProduct.at(MklLibrary.orSkip()), RepeatedProducts.PACKED_BLAS)) {
      assertThat(TrainingBuffers.bytes(backend, spec)).isEqualTo(held(backend, spec));
    }
  }

  /** Two layers of 101 x 101, in both directions: not less than the weights themselves. */
  @Test
  void panelsAreCounted() {
    TrainingSpec spec = spec("pc.scheme=jacobi");
    MatrixProduct library = CblasProduct.bundled().orElseThrow();
    try (Backend panels = open(DType.FLOAT32, library, RepeatedProducts.PANELS);
        Backend blas = open(DType.FLOAT32, library, RepeatedProducts.BLAS)) {
      long difference = TrainingBuffers.bytes(panels, spec) - TrainingBuffers.bytes(blas, spec);
      long weights = 2 * 2 * 101 * 101 * 4;
      // Panels are filled up to 32 columns of float at most: 101 to 128.
      assertThat(difference).isBetween(weights, weights * 128 / 101);
    }
  }

  @Test
  void aClosedPlanGivesThemBack() {
    try (CpuBackend backend =
        open(DType.FLOAT64, CblasProduct.bundled().orElseThrow(), RepeatedProducts.PANELS)) {
      long[] planned = new long[3];
      for (int plans = 1; plans < planned.length; plans++) {
        int count = plans;
        planned[plans] =
            MemoryPlan.bytes(
                backend,
                counting -> {
                  for (int i = 0; i < count; i++) {
                    try (Arena arena = counting.newArena()) {
                      relaxation(counting, arena).close();
                    }
                  }
                });
      }
      try (Arena arena = backend.newArena();
          Plan plan = relaxation(backend, arena)) {
        plan.run();
        assertThat(planned[1]).isEqualTo(backend.heldBytes());
        assertThat(planned[2]).isEqualTo(planned[1]);
      }
      assertThat(backend.heldBytes()).isZero();
    }
  }

  private static Plan relaxation(Backend backend, Arena arena) {
    Tensor x = arena.allocate(new Shape(5, 97));
    Tensor weight = arena.allocate(new Shape(103, 97));
    Tensor y = arena.allocate(new Shape(5, 103));
    return backend.record(
        ops -> {
          for (int t = 0; t < 4; t++) {
            ops.gemm(Gemm.forward(1, x, weight, y));
            ops.gemm(Gemm.backward(1, y, weight, x));
          }
        });
  }
}
