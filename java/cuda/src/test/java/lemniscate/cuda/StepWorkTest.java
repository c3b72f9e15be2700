package lemniscate.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.cuda.driver.Launch;
import lemniscate.cuda.driver.ListingDevice;
import lemniscate.cuda.kernel.Relaxations;
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
import org.junit.jupiter.params.provider.CsvSource;
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
    TimedStep.Setup setup = setup(rule, width, depth, batch);
    return StepWork.of(
        precision, MULTIPROCESSORS, backend -> TimedStep.of(backend, setup).step()::run);
  }

  private static TimedStep.Setup setup(LearningRule rule, int width, int depth, int batch) {
    return new TimedStep.Setup(
        NetworkSpec.mlp(784, width, depth, 10, Activation.TANH),
        rule,
        Parameterization.relative(Scheme.MUP, 64, rule.creditRule(), StepClass.SGD_LIKE),
        new Optimizer.Sgd(),
        Loss.MSE,
        batch,
        0.1);
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

  /**
   * Resident: one launch for the feed-forward pass and the relaxation, the sum of its losses, three
   * gradients that take their steps, the factors and the counter of those steps. To the widths that
   * {@code docs/kernels.md} lists, where a block's shared memory is full.
   */
  @ParameterizedTest
  @CsvSource({"FP64, 160", "FP32, 224", "TF32, 224", "BF16, 320"})
  void nodesOfAResidentStep(Precision precision, int widest) {
    for (int width = 32; width <= widest; width += 32) {
      StepWork work = resident(width, precision);
      assertThat(work.launches()).containsOnlyKeys(NAMES.get(precision).toArray(String[]::new));
      assertThat(work.products()).isEqualTo(3);
      assertThat(work.nodes()).isEqualTo(7);
    }
    assertThat(resident(widest + 1, precision).launches().keySet())
        .noneMatch(kernel -> kernel.startsWith("resident"));
  }

  /**
   * In clusters: as many nodes, to the widths that {@code docs/kernels.md} lists, of which 8 blocks
   * hold those to {@code portable} and 16 the others. At W 512 it was 165 launches and products.
   */
  @ParameterizedTest
  @CsvSource({"FP64, 384, 512", "FP32, 544, 768", "TF32, 544, 768", "BF16, 768, 1024"})
  void nodesOfAStepInClusters(Precision precision, int portable, int widest) {
    for (int width = 352; width <= widest; width += 32) {
      StepWork work = resident(width, precision);
      assertThat(work.launches())
          .containsOnlyKeys(
              NAMES.get(precision).stream()
                  .map(name -> name.replace("resident", "cluster"))
                  .toArray(String[]::new));
      assertThat(work.products()).isEqualTo(3);
      assertThat(work.nodes()).isEqualTo(7);
    }
    assertThat(cluster(portable, precision)).isEqualTo(8);
    assertThat(cluster(portable + 32, precision)).isEqualTo(16);
    assertThat(resident(widest + 1, precision).nodes()).isGreaterThan(13);
  }

  private static final Map<Precision, Set<String>> NAMES =
      Map.of(
          Precision.FP64, names("f64", "f64"),
          Precision.FP32, names("f32", "f32"),
          Precision.TF32, names("tf32", "f32"),
          Precision.BF16, names("bf16", "f32"));

  private static Set<String> names(String arithmetic, String element) {
    return Set.of(
        "resident_program_" + arithmetic,
        "sum_partials",
        "descent_factors_" + element,
        "advance_counter");
  }

  private static StepWork resident(int width, Precision precision) {
    TimedStep.Setup setup = setup(PredictiveCoding.jacobi(20, 0.1), width, 2, 64);
    return StepWork.of(
        precision,
        Relaxations.RESIDENT,
        MULTIPROCESSORS,
        backend -> TimedStep.of(backend, setup).step()::run);
  }

  private static int cluster(int width, Precision precision) {
    ListingDevice device = new ListingDevice(MULTIPROCESSORS);
    try (Backend backend = new CudaBackend(device, precision, Relaxations.RESIDENT);
        TimedStep step =
            TimedStep.of(backend, setup(PredictiveCoding.jacobi(20, 0.1), width, 2, 64))) {
      step.step().run();
      return device.enqueued().stream()
          .filter(Launch.class::isInstance)
          .mapToInt(work -> ((Launch) work).cluster())
          .max()
          .orElse(0);
    }
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
