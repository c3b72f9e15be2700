package lemniscate.timing;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.rule.pc.PredictiveCoding;

/** What steps of predictive coding run as on a backend that works while the program goes on. */
public final class RecordedSteps {

  /** Widths W of 784-W-W-10. */
  public static final List<Integer> WIDTHS = List.of(128, 256, 512, 1024);

  /** Batch size. */
  public static final int BATCH = 64;

  private static final int STEPS = 20;
  private static final double RATE = 0.1;
  private static final double LEARNING_RATE = 1e-3;

  private RecordedSteps() {}

  /**
   * Records a step of 784-W-W-10 (tanh, 20 Jacobi steps, batch of {@value #BATCH}) and runs it
   * once, for each of {@link #WIDTHS}.
   *
   * @return by width, {@link Backend#recordings}; empty for a backend that says nothing
   */
  public static Map<Integer, String> of(Backend backend) {
    Map<Integer, String> texts = new LinkedHashMap<>();
    if (backend.runsApart()) {
      for (int width : WIDTHS) {
        try (TimedStep step = TimedStep.of(backend, setup(width))) {
          step.seconds(1);
          String text = String.join("; ", backend.recordings());
          if (!text.isEmpty()) {
            texts.put(width, text);
          }
        }
      }
    }
    return texts;
  }

  private static TimedStep.Setup setup(int width) {
    LearningRule rule = PredictiveCoding.jacobi(STEPS, RATE);
    return new TimedStep.Setup(
        NetworkSpec.mlp(784, width, 2, 10, Activation.TANH),
        rule,
        Parameterization.relative(Scheme.MUP, 64, rule.creditRule(), StepClass.SGD_LIKE),
        new Optimizer.Sgd(),
        Loss.MSE,
        BATCH,
        LEARNING_RATE);
  }
}
