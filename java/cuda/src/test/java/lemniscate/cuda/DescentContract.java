package lemniscate.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import lemniscate.backend.Backend;
import lemniscate.backend.Gemm;
import lemniscate.backend.Plan;
import lemniscate.backend.Precision;
import lemniscate.backend.UpdateOperation;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import lemniscate.tensor.TensorSlab;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Products that take the steps which follow their gradients, wherever products are made. */
public interface DescentContract {

  /** A backend. */
  Backend open(Precision precision);

  /**
   * Three layers, of which the two of a slab are one batch of products: 7 · 5 and 5 · 5 weights, 9
   * examples, a rate that changes from run to run, decay for one of them.
   */
  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"FP32", "FP64"})
  default void productsTakeSteps(Precision precision) {
    try (Backend backend = open(precision);
        Arena arena = backend.newArena()) {
      Random random = new Random(4);
      Tensor[] errors = {filled(backend, arena, random, 9, 7), null, null};
      TensorSlab activities = arena.allocateSlab(3, new Shape(9, 5));
      for (int i = 0; i < 3; i++) {
        fill(backend, random, activities.at(i));
      }
      TensorSlab upper = arena.allocateSlab(2, new Shape(9, 5));
      errors[1] = upper.at(0);
      errors[2] = upper.at(1);
      fill(backend, random, errors[1]);
      fill(backend, random, errors[2]);
      TensorSlab square = arena.allocateSlab(2, new Shape(5, 5));
      TensorSlab squareGradients = arena.allocateSlab(2, new Shape(5, 5));
      Tensor[] weights = {
        filled(backend, arena, random, 7, 5), square.at(0), square.at(1),
      };
      fill(backend, random, weights[1]);
      fill(backend, random, weights[2]);
      Tensor[] gradients = {
        filled(backend, arena, random, 7, 5), squareGradients.at(0), squareGradients.at(1),
      };
      Tensor rate = arena.allocateScalars(1);
      double[] decays = {0.25, 0, 0};
      double[][] expected = new double[3][];
      for (int l = 0; l < 3; l++) {
        expected[l] = backend.read(weights[l]);
      }
      try (Plan plan =
          backend.record(
              ops -> {
                for (int l = 0; l < 3; l++) {
                  ops.gemm(Gemm.outer(-0.5, errors[l], activities.at(l), gradients[l]));
                }
                for (int l = 0; l < 3; l++) {
                  ops.add(new UpdateOperation.Sgd(gradients[l], rate, 2, decays[l], weights[l]));
                }
              })) {
        double[] untouched = backend.read(gradients[0]);
        for (double eta : new double[] {0.1, 0.03}) {
          backend.setScalar(eta, rate);
          plan.run();
          for (int l = 0; l < 3; l++) {
            step(backend, expected[l], errors[l], activities.at(l), 2 * eta, decays[l]);
          }
        }
        for (int l = 0; l < 3; l++) {
          double[] found = backend.read(weights[l]);
          for (int i = 0; i < found.length; i++) {
            // Two steps of 9 terms below 1.
            double bound = precision == Precision.FP64 ? 1e-14 : 1e-6;
            assertThat(found[i]).as("%d[%d]", l, i).isCloseTo(expected[l][i], within(bound));
          }
        }
        assertThat(backend.read(gradients[0])).as("not stored").isEqualTo(untouched);
      }
    }
  }

  // w = (1 - s decay) w + s/2 the sum of e x.
  private static void step(
      Backend backend, double[] weight, Tensor error, Tensor activity, double s, double decay) {
    double[] e = backend.read(error);
    double[] x = backend.read(activity);
    int inputs = activity.columns();
    for (int i = 0; i < weight.length; i++) {
      double sum = 0;
      for (int b = 0; b < error.rows(); b++) {
        sum += e[b * error.columns() + i / inputs] * x[b * inputs + i % inputs];
      }
      weight[i] = (1 - s * decay) * weight[i] + 0.5 * s * sum;
    }
  }

  private static Tensor filled(Backend backend, Arena arena, Random random, int rows, int columns) {
    Tensor tensor = arena.allocate(new Shape(rows, columns));
    fill(backend, random, tensor);
    return tensor;
  }

  private static void fill(Backend backend, Random random, Tensor tensor) {
    backend.upload(random.doubles(tensor.elements(), -1, 1).toArray(), tensor);
  }
}
