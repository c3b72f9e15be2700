package lemniscate.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.network.ActivityNorm;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.ff.ForwardForward;
import lemniscate.rule.ff.Goodness;
import lemniscate.rule.ff.InputLength;
import lemniscate.rule.ff.Prediction;
import lemniscate.rule.gnt.GaussNewtonTargets;
import lemniscate.rule.pc.Inference;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.rule.pepita.ErrorSignal;
import lemniscate.rule.pepita.Mirroring;
import lemniscate.rule.pepita.Pepita;
import lemniscate.rule.pepita.Projection;
import lemniscate.rule.pepita.Variant;
import lemniscate.rule.tp.Feedback;
import lemniscate.rule.tp.Maps;
import lemniscate.rule.tp.Pathway;
import lemniscate.rule.tp.Reconstruction;
import lemniscate.rule.tp.TargetPropagation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** After warm-up a training step allocates nothing, on any thread. */
class AllocationTest {

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /**
   * Compilation happens in the background, and anew for loops that earlier tests ran with other
   * operands: warm-up may take this long, and ends with the first round that allocates nothing.
   */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final int STEPS = 50;

  /**
   * A batch that two threads take through a relaxation by rows, with remainders of loops. Of its
   * weights one is large enough to be packed.
   */
  private static final int CHAINED = 67;

  static Stream<Arguments> rules() {
    return Stream.of(
        Arguments.of(
            Activation.TANH, new BackPropagation(), new Optimizer.Adam(), Loss.CROSS_ENTROPY, 33),
        Arguments.of(
            Activation.TANH,
            PredictiveCoding.jacobi(5, 0.1),
            new Optimizer.Sgd(),
            Loss.MSE,
            CHAINED),
        Arguments.of(
            Activation.GELU, PredictiveCoding.jacobi(3, 0.1), new Optimizer.Sgd(), Loss.MSE, 33),
        Arguments.of(
            Activation.TANH,
            PredictiveCoding.of(new Inference.Errors(3, 0.1)),
            new Optimizer.Sgd(),
            Loss.MSE,
            33),
        Arguments.of(
            Activation.TANH,
            PredictiveCoding.of(
                new Inference.AugmentedLagrangian(
                    6, 0.1, 1, Inference.AugmentedLagrangian.Order.JACOBI, 1.5)),
            new Optimizer.Sgd(),
            Loss.MSE,
            33),
        Arguments.of(
            Activation.SILU,
            PredictiveCoding.of(new Inference.Sequential(2, 0.1)),
            new Optimizer.Momentum(0.9, 0),
            Loss.CROSS_ENTROPY,
            CHAINED),
        Arguments.of(
            Activation.TANH, new GaussNewtonTargets(0.1, 1), new Optimizer.Sgd(), Loss.MSE, 33),
        Arguments.of(
            Activation.TANH,
            new TargetPropagation(Pathway.DIFFERENCE, new Feedback.Ridge(0.1), 1),
            new Optimizer.Sgd(),
            Loss.MSE,
            CHAINED),
        Arguments.of(
            Activation.TANH,
            learned(Reconstruction.LOCAL_NOISE),
            new Optimizer.Sgd(),
            Loss.MSE,
            33),
        Arguments.of(
            Activation.TANH,
            learned(Reconstruction.OUTPUT_NOISE),
            new Optimizer.Sgd(),
            Loss.MSE,
            33),
        Arguments.of(Activation.TANH, mirroring(), new Optimizer.Sgd(), Loss.CROSS_ENTROPY, 33),
        Arguments.of(
            Activation.RELU,
            new ForwardForward(
                Goodness.SUM, 0.5, InputLength.RMS, 0.3, 0, Prediction.GOODNESS, 5, 1),
            new Optimizer.Momentum(0.9, 0),
            Loss.CROSS_ENTROPY,
            CHAINED),
        Arguments.of(
            Activation.RELU,
            PredictiveCoding.of(new Inference.FixedPrediction(3, 1)),
            new Optimizer.Sgd(),
            Loss.MSE,
            33));
  }

  private static LearningRule mirroring() {
    return new Pepita(
        Variant.MODULATED,
        -1,
        new Projection(Projection.Kind.NORMAL, 0.05),
        0.1,
        ErrorSignal.SIGN,
        new Mirroring(0, 1, 0.1, 0.5));
  }

  private static LearningRule learned(Reconstruction reconstruction) {
    return new TargetPropagation(
        Pathway.DIFFERENCE,
        new Feedback.Learned(
            Maps.of(Activation.TANH),
            reconstruction,
            0.1,
            2,
            0,
            1e-4,
            new Optimizer.Momentum(0.9, 0),
            0),
        1);
  }

  @ParameterizedTest
  @MethodSource("rules")
  void stepsAllocateNothing(
      Activation activation, LearningRule rule, Optimizer optimizer, Loss loss, int batch) {
    // What no derivative is needed for runs with its activities normed.
    ActivityNorm norm = rule instanceof Pepita ? ActivityNorm.BATCH : ActivityNorm.NONE;
    NetworkSpec spec = RuleFixture.spec(activation, true, 37, 70, 120, 5).withNorm(norm);

    Parameterization scaling =
        Parameterization.relative(Scheme.MUP, 35, rule.creditRule(), StepClass.SGD_LIKE);
    try (Backend backend = RuleFixture.open("cpu", Precision.FP32);
        RuleFixture fixture =
            RuleFixture.scaled(backend, spec, scaling, optimizer, loss, batch, 1).rule(rule)) {
      backend.run(ops -> ops.randomNormal(1, 1, 1, fixture.step().input()));
      fixture.step().epoch(0);
      fixture.train(1e-4, 1);
      long[] threads = threads();
      long least = Long.MAX_VALUE;
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (least > 0 && System.nanoTime() < deadline) {
        long before = allocated(threads);
        for (int step = 0; step < STEPS; step++) {
          fixture.step().run();
        }
        least = Math.min(least, allocated(threads) - before);
      }
      assertThat(least).as("bytes in %d steps", STEPS).isZero();
    }
  }

  private static long[] threads() {
    return LongStream.concat(
            LongStream.of(Thread.currentThread().threadId()),
            Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("lemniscate-cpu"))
                .mapToLong(Thread::threadId))
        .toArray();
  }

  private static long allocated(long[] threads) {
    long sum = 0;
    for (long thread : threads) {
      sum += THREADS.getThreadAllocatedBytes(thread);
    }
    return sum;
  }
}
