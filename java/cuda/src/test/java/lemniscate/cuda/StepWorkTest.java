package lemniscate.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import lemniscate.backend.Activation;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.rule.tp.Feedback;
import lemniscate.rule.tp.Pathway;
import lemniscate.rule.tp.TargetPropagation;
import lemniscate.timing.TimedStep;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Nodes of the graph of a training step: 784-W-W-10, tanh, squared error, SGD. */
final class StepWorkTest {

  /** Multiprocessors of an H200. */
  private static final int MULTIPROCESSORS = 132;

  private static StepWork pc(int width, int batch, Precision precision) {
    return of(PredictiveCoding.jacobi(20, 0.1), width, batch, precision);
  }

  private static StepWork of(LearningRule rule, int width, int batch, Precision precision) {
    return of(rule, width, 2, batch, precision);
  }

  private static StepWork of(
      LearningRule rule, int width, int depth, int batch, Precision precision) {
    TimedStep.Setup setup =
        new TimedStep.Setup(
            NetworkSpec.mlp(784, width, depth, 10, Activation.TANH),
            rule,
            Parameterization.relative(Scheme.MUP, 64, rule.creditRule(), StepClass.SGD_LIKE),
            new Optimizer.Sgd(),
            Loss.MSE,
            batch,
            0.1);
    return StepWork.of(
        precision, MULTIPROCESSORS, backend -> TimedStep.of(backend, setup).step()::run);
  }

  @Test
  void flopsAreThoseOfTheProducts() {
    StepWork work = pc(512, 64, Precision.FP32);
    // Forward, 19 shifts and 19 + 20 ways back, of which none is made with what is still zero.
    double first = 2.0 * 64 * 784 * 512;
    double middle = 2.0 * 64 * 512 * 512;
    double last = 2.0 * 64 * 512 * 10;
    assertThat(work.flops()).isEqualTo(2 * first + (2 + 19 + 19) * middle + (2 + 20 + 20) * last);
  }

  /**
   * Per step of relaxation two shifts, two ways back, error, state and output. Before energies were
   * made on demand and gradients' products took the steps these were 165.
   */
  @Test
  void nodesOfAWideStep() {
    StepWork work = pc(512, 64, Precision.FP32);
    assertThat(work.products()).isEqualTo(84);
    assertThat(work.nodes()).isEqualTo(154);
  }

  /**
   * The relaxation is one launch up to a width of 224, in every precision. Formerly 28, and 165 in
   * TF32 and bf16.
   */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void nodesOfANarrowStep(Precision precision) {
    assertThat(pc(128, 64, precision).nodes()).isEqualTo(14);
    assertThat(pc(224, 64, precision).nodes()).isEqualTo(14);
    assertThat(pc(225, 64, precision).products()).isEqualTo(84);
  }

  /** Formerly 68, of which 8 were for the factors, when a column of tiles was a launch. */
  @Test
  void factorsOfAllLayersShareALaunch() {
    LearningRule dtp = new TargetPropagation(Pathway.DIFFERENCE, new Feedback.Ridge(0.1), 1);
    StepWork work = of(dtp, 256, 9, 128, Precision.FP32);
    assertThat(work.launches()).containsEntry("cholesky_factor_f32", 2);
    assertThat(work.nodes()).isEqualTo(60);
  }
}
