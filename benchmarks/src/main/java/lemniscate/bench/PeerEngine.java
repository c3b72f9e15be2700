package lemniscate.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Precision;
import lemniscate.backend.RepeatedProducts;
import lemniscate.mup.CreditRule;
import lemniscate.mup.OptimizerKind;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.rule.LearningRule;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.rule.pepita.Pepita;
import lemniscate.rule.pepita.Variant;
import lemniscate.rule.tp.Feedback;
import lemniscate.rule.tp.Pathway;
import lemniscate.rule.tp.TargetPropagation;
import lemniscate.timing.PeerProblem;
import lemniscate.timing.Program;
import lemniscate.timing.StepFloor;
import lemniscate.timing.TimedStep;

/**
 * The engine's side of a comparison with other programs. It writes a problem (weights, batch,
 * settings) and what one training step makes of the weights to a folder, then answers {@code step
 * N} and {@code floor N} on standard input with the seconds that one of N takes, until the input
 * ends. {@code benchmarks/peers/compare.py} is the other end.
 *
 * <p>The network is at its base width: every factor of the parameterisation is 1, so that the other
 * programs need to know nothing of it.
 */
public final class PeerEngine {

  private static final double LEARNING_RATE = 0.01;

  private final ObjectMapper json = new ObjectMapper();

  private PeerEngine() {}

  /**
   * Serves until standard input ends.
   *
   * @param args name of the backend, folder, rule ({@code pc}, {@code tp}, {@code pepita}), width,
   *     batch, threads
   */
  public static void main(String[] args) throws IOException {
    int width = Integer.parseInt(args[3]);
    int batch = Integer.parseInt(args[4]);
    BackendOptions options = new BackendOptions(Precision.FP32, Integer.parseInt(args[5]), null);
    BackendOptions library =
        args[0].equals("cpu") ? options.withProducts(RepeatedProducts.BLAS) : options;
    LearningRule rule = rule(args[2]);
    Parameterization plain =
        Parameterization.relative(
            Scheme.SP, width, new CreditRule.BackPropagation(), OptimizerKind.SGD);
    TimedStep.Setup setup = PreparedStep.setup(rule, plain, width, batch, LEARNING_RATE);
    PeerProblem problem =
        new PeerProblem(
            args[2],
            LEARNING_RATE,
            PreparedStep.RELAXATION_STEPS,
            PreparedStep.INFERENCE_RATE,
            PreparedStep.DAMPING);
    try (Backend backend = Backends.open(args[0], options);
        TimedStep step = TimedStep.of(backend, setup);
        Backend forFloor = Backends.open(args[0], library);
        StepFloor floor = StepFloor.of(forFloor, setup)) {
      problem.write(Path.of(args[1]), step);
      new PeerEngine().serve(step, floor);
    }
  }

  private static LearningRule rule(String name) {
    return switch (name) {
      case "pc" ->
          PredictiveCoding.jacobi(PreparedStep.RELAXATION_STEPS, PreparedStep.INFERENCE_RATE);
      case "tp" ->
          new TargetPropagation(Pathway.DIFFERENCE, new Feedback.Ridge(PreparedStep.DAMPING), 1);
      case "pepita" -> Pepita.of(Variant.MODULATED);
      default ->
          throw new IllegalArgumentException("rule " + name + ": expected one of pc, tp, pepita");
    };
  }

  private void serve(Program step, Program floor) throws IOException {
    answer(Map.of("ready", true));
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ");
      Program program = words[0].equals("floor") ? floor : step;
      answer(Map.of("seconds", program.seconds(Integer.parseInt(words[1]))));
    }
  }

  private void answer(Map<String, Object> fields) throws IOException {
    System.out.println(json.writeValueAsString(fields));
  }
}
