package lemniscate.timing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Gemm;
import lemniscate.backend.Loss;
import lemniscate.backend.Plan;
import lemniscate.backend.Precision;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.rule.pepita.Pepita;
import lemniscate.rule.pepita.Variant;
import lemniscate.rule.tp.Feedback;
import lemniscate.rule.tp.Pathway;
import lemniscate.rule.tp.TargetPropagation;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.api.Test;

final class StepFloorTest {

  private static final int BATCH = 4;

  // Of the network 5-7-7-3.
  private static final int FIRST = 5 * 7;
  private static final int SECOND = 7 * 7;
  private static final int LAST = 7 * 3;

  private static TimedStep.Setup setup(LearningRule rule) {
    return new TimedStep.Setup(
        NetworkSpec.mlp(5, 7, 2, 3, Activation.TANH),
        rule,
        Parameterization.relative(Scheme.MUP, 7, rule.creditRule(), StepClass.SGD_LIKE),
        new Optimizer.Sgd(),
        Loss.MSE,
        BATCH,
        0.01);
  }

  private static double products(LearningRule rule) {
    try (Backend backend = RuleFixture.open("cpu", Precision.FP32);
        StepFloor floor = StepFloor.of(backend, setup(rule))) {
      assertThat(floor.seconds(2)).isPositive();
      return floor.flops() / (2 * BATCH);
    }
  }

  /** T (W² + 10 W) in both directions and the input's product once. */
  @Test
  void relaxationsHaveThoseOfTheirSteps() {
    assertThat(products(PredictiveCoding.jacobi(6, 0.1)))
        .isEqualTo(2 * 6 * (SECOND + LAST) + FIRST);
  }

  @Test
  void otherRulesHaveAllOfTheirStep() {
    // Forward, back through all but the first layer, gradients.
    assertThat(products(new BackPropagation()))
        .isEqualTo(2 * (FIRST + SECOND + LAST) + SECOND + LAST);
    // A pass, another above the first layer, gradients.
    assertThat(products(Pepita.of(Variant.MODULATED)))
        .isGreaterThanOrEqualTo(2 * (FIRST + SECOND + LAST) + SECOND + LAST);
    // Those inside passes are found: forward and gradients alone would be fewer.
    assertThat(products(new TargetPropagation(Pathway.DIFFERENCE, new Feedback.Ridge(0.1), 1)))
        .isGreaterThan(2 * (FIRST + SECOND + LAST) + BATCH * 7);
  }

  @Test
  void nothingButProductsIsDone() {
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        Arena arena = backend.newArena()) {
      ProductsOnly products = new ProductsOnly(backend);
      Tensor a = arena.allocate(new Shape(2, 1));
      Tensor b = arena.allocate(new Shape(3, 1));
      Tensor c = arena.allocate(new Shape(2, 3));
      backend.upload(new double[] {2, 3}, a);
      backend.upload(new double[] {5, 7, 11}, b);
      List<Object> passes = new ArrayList<>();
      try (Plan plan =
          products.record(
              ops -> {
                ops.scale(100, a);
                ops.gemm(Gemm.forward(1, a, b, c));
                ops.layer().activate(Activation.TANH, a, null, a);
                passes.add(ops.update());
              })) {
        assertThat(products.flops()).isZero();
        plan.run();
        plan.run();
      }
      assertThat(passes).hasSize(1).doesNotContainNull();
      assertThat(backend.read(a)).containsExactly(2, 3);
      assertThat(backend.read(c)).containsExactly(10, 14, 22, 15, 21, 33);
      assertThat(products.flops()).isEqualTo(2 * (2 * 2 * 3));
    }
  }
}
