package lemniscate.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Precision;
import lemniscate.mup.CreditRule;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.rule.LearningRule;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.rule.pepita.Pepita;
import lemniscate.rule.pepita.Variant;
import lemniscate.rule.tp.Feedback;
import lemniscate.rule.tp.Pathway;
import lemniscate.rule.tp.TargetPropagation;
import lemniscate.timing.PeerProblem;
import lemniscate.timing.Program;
import lemniscate.timing.TimedStep;

/**
 * The engine on another backend as a program among others: it answers as {@code
 * benchmarks/peers/serve.py} does, {@code step N} on standard input with the seconds that one of N
 * takes, until the input ends.
 *
 * <p>The network is at its base width: every factor of the parameterisation is 1, so that the other
 * programs need to know nothing of it.
 */
public final class PeerEngine {

  private static final double LEARNING_RATE = 0.01;

  private PeerEngine() {}

  /**
   * Serves until standard input ends.
   *
   * @param args name of the backend, folder of the problem, rule ({@code pc}, {@code tp}, {@code
   *     pepita}), width, batch, threads
   */
  public static void main(String[] args) throws IOException {
    int width = Integer.parseInt(args[3]);
    int batch = Integer.parseInt(args[4]);
    BackendOptions options = new BackendOptions(Precision.FP32, Integer.parseInt(args[5]), null);
    try (Backend backend = Backends.open(args[0], options);
        TimedStep step = TimedStep.of(backend, setup(args[2], width, batch))) {
      Path problem = Path.of(args[1]);
      Path own = Files.createDirectory(problem.resolve(args[0]));
      problem(args[2]).write(own, step);
      answer(
          Map.of(
              "ready",
              true,
              "version",
              backend.description(),
              "difference",
              PeerProblem.difference(problem, own)));
      serve(step);
    }
  }

  /** What every program is given, by the rule's name. */
  static TimedStep.Setup setup(String rule, int width, int batch) {
    Parameterization plain =
        Parameterization.relative(
            Scheme.SP, width, new CreditRule.BackPropagation(), StepClass.SGD_LIKE);
    return PreparedStep.setup(rule(rule), plain, width, batch, LEARNING_RATE);
  }

  /** Its settings. */
  static PeerProblem problem(String rule) {
    return new PeerProblem(
        rule,
        LEARNING_RATE,
        PreparedStep.RELAXATION_STEPS,
        PreparedStep.INFERENCE_RATE,
        PreparedStep.DAMPING);
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

  private static void serve(Program step) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      int times = Integer.parseInt(line.split(" ")[1]);
      answer(Map.of("seconds", step.seconds(times)));
    }
  }

  private static void answer(Map<String, Object> fields) throws IOException {
    System.out.println(new ObjectMapper().writeValueAsString(fields));
  }
}
