package lemniscate.cuda.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.Random;
import lemniscate.backend.Backend;
import lemniscate.backend.Precision;
import lemniscate.backend.TargetOperation;
import lemniscate.config.Config;
import lemniscate.cuda.CudaBackend;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import lemniscate.tensor.TensorSlab;
import lemniscate.train.Experiment;
import lemniscate.train.StopSignal;
import lemniscate.train.Trainer;
import lemniscate.train.TrainingListener;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Factorisations that do not wait for each other share their launches, however many layers. */
final class SharedFactorizationTest {

  private static final int STEPS = 2;

  /** So many that the two tiles of five matrices are all at work. */
  private static final int MULTIPROCESSORS = 12;

  /**
   * Matrices of 48 rows, that is of two tiles, share a launch, and one of 10, that of the last
   * layer, has its own. Where dampings differ, neighbours with the same one are damped together.
   */
  @ParameterizedTest
  @CsvSource({
    "rule=tp, 2, 0",
    "rule=tp, 5, 0",
    "rule=tp train.batch=100, 5, 0",
    "rule=tp tp.feedback=pinv, 5, 0",
    "'rule=tp tp.damping=[0.1,0.1,0.2,0.3,0.1]', 5, 3",
  })
  void launchesOfAStep(String choices, int depth, int diagonals) {
    Map<String, Integer> launched = train(choices + " net.depth=" + depth);
    assertThat(launched).containsEntry("cholesky_factor_f32", STEPS * 2);
    assertThat(launched.getOrDefault("add_diagonal_f32", 0)).isEqualTo(STEPS * diagonals);
  }

  /** Three matrices of 100 rows, of four tiles each, by blocks that wait for each other. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 7, 12, 132})
  void blocksShareTheTiles(int multiprocessors) {
    int n = 100;
    HostDevice device = new HostDevice(HostExecution.library(), 5, multiprocessors);
    try (Backend backend = new CudaBackend(device, Precision.FP64);
        Arena arena = backend.newArena()) {
      TensorSlab matrices = arena.allocateSlab(3, new Shape(n, n));
      Tensor condition = arena.allocateScalars(1);
      Random random = new Random(8);
      double[][] given = new double[3][];
      for (int m = 0; m < 3; m++) {
        given[m] = positive(random, n);
        backend.upload(given[m], matrices.at(m));
      }
      backend.run(
          ops -> {
            for (int m = 0; m < 3; m++) {
              ops.add(new TargetOperation.Factor(0.5, matrices.at(m), condition));
            }
          });
      assertThat(device.launched().get("cholesky_factor_f64"))
          .isEqualTo(multiprocessors < 3 ? 3 : 1);
      for (int m = 0; m < 3; m++) {
        double[] lower = backend.read(matrices.at(m));
        for (int i = 0; i < n; i++) {
          for (int j = 0; j <= i; j++) {
            double product = 0;
            for (int k = 0; k <= j; k++) {
              product += lower[i * n + k] * lower[j * n + k];
            }
            double expected = given[m][i * n + j] + (i == j ? 0.5 : 0);
            // A hundred terms whose squares add up to the diagonal, some 100.
            assertThat(product).as("%d (%d, %d)", m, i, j).isCloseTo(expected, within(1e-11));
          }
        }
      }
      assertThat(backend.scalar(condition)).isBetween(1.0, 1e4);
    }
  }

  // X Xᵀ of n vectors.
  private static double[] positive(Random random, int n) {
    double[] x = random.doubles((long) n * n, -1, 1).toArray();
    double[] product = new double[n * n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        for (int k = 0; k < n; k++) {
          product[i * n + j] += x[i * n + k] * x[j * n + k];
        }
      }
    }
    return product;
  }

  private static Map<String, Integer> train(String choices) {
    Config config = Config.defaults();
    String all =
        "data.name=synthetic data.train=200 data.test=20 train.batch=48 net.width=48 train.steps="
            + STEPS
            + " "
            + choices;
    for (String assignment : all.split(" ")) {
      config = config.withAssignment(assignment, "test");
    }
    Experiment experiment = Experiment.of(config);
    HostDevice device = new HostDevice(HostExecution.library(), 4, MULTIPROCESSORS);
    try (Backend backend = new CudaBackend(device, Precision.FP32);
        Trainer trainer = new Trainer(backend, experiment.spec(), experiment.data())) {
      trainer.evaluateOnlyAtTheEnd();
      trainer.run(new TrainingListener() {}, new StopSignal());
      return device.launched();
    }
  }
}
