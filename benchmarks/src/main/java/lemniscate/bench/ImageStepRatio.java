package lemniscate.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.network.ActivityNorm;
import lemniscate.network.Features;
import lemniscate.network.InitialDistribution;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Parameter;
import lemniscate.network.layer.Preset;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.pc.Inference;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.tensor.ExampleShape;
import lemniscate.timing.PeerProblem;
import lemniscate.timing.PeerProgram;
import lemniscate.timing.Program;
import lemniscate.timing.TimedStep;
import lemniscate.timing.Times;
import lemniscate.timing.Turns;

/**
 * Training steps of LeNet and VGG-5 (32 base channels, B = 64, tanh, squared error, SGD, float32)
 * beside PyTorch and JAX in turns.
 *
 * <p>The network is at its base width: every factor of the parameterisation is 1.
 */
public final class ImageStepRatio {

  private static final double LEARNING_RATE = 0.01;
  private static final int WIDTH = 32;
  private static final int OUTPUTS = 10;
  private static final int RELAXATION_STEPS = 7;

  /**
   * Of inference: so large that the lowest unit's error is well above the rounding of states that
   * other programs store whole, or their first updates could not be compared.
   */
  private static final double INFERENCE_RATE = 0.5;

  private static final double PAUSE_SECONDS = 0.25;
  private static final Map<String, String> MODULES =
      Map.of("torch", "image_torch", "jax", "image_jax");

  private final ObjectMapper json = new ObjectMapper();
  private final Path rows;
  private final Map<String, Object> common = new LinkedHashMap<>();

  private ImageStepRatio(String[] args) {
    rows = Path.of(args[0]);
    common.put("benchmark", "image-step");
    common.put("commit", args[1]);
    common.put("device", args[2]);
    common.put("instructionSet", InstructionSet.ofProcessor());
    String host = System.getenv().getOrDefault("HOST_NOTE", "");
    if (!host.isEmpty()) {
      common.put("host", host);
    }
  }

  /**
   * Measures and appends.
   *
   * @param args file of rows; commit; name of the device; then optional networks ({@code lenet},
   *     {@code vgg5}), rules ({@code bp}, {@code pc-fpa}, {@code pc-jacobi}), threads, other
   *     programs ({@code torch}, {@code jax}) and the batch, as comma-separated lists. The
   *     variables {@code ROUNDS}, {@code RUN_SECONDS} and {@code WARM_UP_SECONDS} shorten a run,
   *     {@code HOST_NOTE} says in the rows what else the machine did
   */
  public static void main(String[] args) throws IOException {
    if (args.length < 3) {
      throw new IllegalArgumentException(
          "usage: FILE COMMIT DEVICE [NETWORKS [RULES [THREADS [PEERS [BATCH]]]]]");
    }
    String[] networks = (args.length > 3 ? args[3] : "lenet,vgg5").split(",");
    String[] rules = (args.length > 4 ? args[4] : "bp,pc-fpa,pc-jacobi").split(",");
    int[] threads = StepRatio.numbers(args, 5, "1,2");
    String peers = args.length > 6 ? args[6] : "torch,jax";
    int batch = StepRatio.numbers(args, 7, "64")[0];
    ImageStepRatio ratio = new ImageStepRatio(args);
    for (int count : threads) {
      for (String network : networks) {
        for (String rule : rules) {
          ratio.measure(network, rule, count, peers.split(","), batch);
        }
      }
    }
  }

  private static double number(String variable, double otherwise) {
    String text = System.getenv(variable);
    return text == null ? otherwise : Double.parseDouble(text);
  }

  private static LearningRule rule(String name) {
    return switch (name) {
      case "bp" -> new BackPropagation();
      case "pc-fpa" ->
          PredictiveCoding.of(new Inference.FixedPrediction(RELAXATION_STEPS, INFERENCE_RATE));
      case "pc-jacobi" -> PredictiveCoding.jacobi(RELAXATION_STEPS, INFERENCE_RATE);
      default ->
          throw new IllegalArgumentException(
              "rule " + name + ": expected one of bp, pc-fpa, pc-jacobi");
    };
  }

  private static ExampleShape image(String network) {
    return switch (network) {
      case "lenet" -> new ExampleShape(28, 28, 1);
      case "vgg5" -> new ExampleShape(32, 32, 3);
      default ->
          throw new IllegalArgumentException("network " + network + ": expected lenet or vgg5");
    };
  }

  private static TimedStep.Setup setup(String network, LearningRule rule, int batch) {
    Preset.Settings settings =
        new Preset.Settings(
            WIDTH,
            2,
            OUTPUTS,
            Activation.TANH,
            true,
            ActivityNorm.NONE,
            InitialDistribution.NORMAL);
    return new TimedStep.Setup(
        new NetworkSpec(new Features(image(network), false), Preset.parse(network).units(settings)),
        rule,
        Parameterization.relative(Scheme.SP, WIDTH, rule.creditRule(), StepClass.SGD_LIKE),
        new Optimizer.Sgd(),
        Loss.MSE,
        batch,
        LEARNING_RATE);
  }

  private void measure(String network, String rule, int threads, String[] peers, int batch)
      throws IOException {
    BackendOptions options = new BackendOptions(Precision.FP32, threads, null);
    Path folder = Files.createTempDirectory("lemniscate-images");
    Turns turns =
        new Turns(
            (int) number("ROUNDS", 15),
            number("WARM_UP_SECONDS", 3),
            number("RUN_SECONDS", 0.1),
            PAUSE_SECONDS);
    List<PeerProgram> programs = new ArrayList<>();
    try (Backend backend = Backends.open("cpu", options);
        TimedStep engine = TimedStep.of(backend, setup(network, rule(rule), batch))) {
      write(folder, network, rule, engine);
      List<Program> all = new ArrayList<>(List.of(engine));
      List<String> names = new ArrayList<>();
      for (String name : peers) {
        PeerProgram program = start(name, folder, threads);
        programs.add(program);
        if (program.skipped().isEmpty()) {
          all.add(program);
          names.add(name);
        } else {
          System.out.printf(Locale.ROOT, "  %s: skipped, %s%n", name, program.skipped());
        }
      }
      List<Times> times = turns.take(all);
      Map<String, Object> row = new LinkedHashMap<>(common);
      row.put("time", Instant.now().toString());
      row.put("backend", backend.description());
      row.put("precision", "fp32");
      row.put("network", network);
      row.put("image", image(network).toString());
      row.put("width", WIDTH);
      row.put("batch", batch);
      row.put("rule", rule);
      if (!rule.equals("bp")) {
        row.put("T", RELAXATION_STEPS);
      }
      row.put("threads", threads);
      row.put("rounds", turns.rounds());
      spread("engine", times.getFirst(), threads == 1, row);
      System.out.printf(
          Locale.ROOT,
          "%s %s  threads %d  engine %.2f ms%n",
          network,
          rule,
          threads,
          times.getFirst().medianMs());
      for (int i = 1; i < all.size(); i++) {
        peer(row, names.get(i - 1), (PeerProgram) all.get(i), times.get(i), times.getFirst());
      }
    } finally {
      programs.forEach(PeerProgram::close);
      try (var files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(folder);
    }
  }

  private static PeerProgram start(String name, Path folder, int threads) {
    String module = MODULES.get(name);
    if (module == null) {
      throw new IllegalArgumentException("program " + name + ": expected torch or jax");
    }
    return new PeerProgram(
        List.of(
            System.getenv().getOrDefault("PYTHON", "python3"),
            Path.of("benchmarks/peers/serve.py").toAbsolutePath().toString(),
            module,
            folder.toAbsolutePath().toString(),
            Integer.toString(threads)),
        Map.of(),
        folder.resolve(name + ".err"));
  }

  private void peer(
      Map<String, Object> row, String name, PeerProgram program, Times times, Times engine)
      throws IOException {
    if (times.seconds().isEmpty()) {
      System.out.printf(Locale.ROOT, "  %s: ended early%n", name);
      return;
    }
    boolean oneThread = Integer.valueOf(1).equals(row.get("threads"));
    Map<String, Object> whole = new LinkedHashMap<>(row);
    whole.put("peer", name);
    whole.put("version", program.version());
    whole.put("difference", program.difference());
    spread("peer", times, oneThread, whole);
    Times.Ratio ratio = times.over(engine);
    whole.put("peerOverEngine", ratio.value());
    whole.put("peerOverEngineLow", ratio.low());
    whole.put("peerOverEngineHigh", ratio.high());
    if (oneThread) {
      whole.put("peerOverEngineCpu", times.medianCpuMs() / engine.medianCpuMs());
    }
    System.out.printf(
        Locale.ROOT,
        "  %-6s %9.2f ms   peer/engine %.2f (%.2f to %.2f)%s   difference %.1g%n",
        name,
        times.medianMs(),
        ratio.value(),
        ratio.low(),
        ratio.high(),
        oneThread
            ? String.format(
                Locale.ROOT, "   processor time %.2f", times.medianCpuMs() / engine.medianCpuMs())
            : "",
        program.difference());
    Files.writeString(
        rows,
        json.writeValueAsString(whole) + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  private static void spread(
      String prefix, Times times, boolean oneThread, Map<String, Object> row) {
    row.put(prefix + "Ms", times.medianMs());
    if (oneThread && Double.isFinite(times.medianCpuMs())) {
      row.put(prefix + "CpuMs", times.medianCpuMs());
    }
  }

  // The folder that benchmarks/peers/image_problem.py reads.
  private static void write(Path folder, String network, String rule, TimedStep timed)
      throws IOException {
    ExampleShape image = image(network);
    List<Parameter> parameters = timed.network().parameters();
    Map<String, Object> problem = new LinkedHashMap<>();
    problem.put("rule", rule);
    problem.put("image", List.of(image.height(), image.width(), image.channels()));
    problem.put("outputs", OUTPUTS);
    problem.put("batch", timed.step().input().rows());
    problem.put("learningRate", LEARNING_RATE);
    problem.put("steps", RELAXATION_STEPS);
    problem.put("rate", INFERENCE_RATE);
    problem.put("shapes", parameters.stream().map(Parameter::extents).toList());
    Files.writeString(
        folder.resolve("problem.json"), new ObjectMapper().writeValueAsString(problem));
    PeerProblem.write(folder, "input", timed.backend(), timed.step().input());
    PeerProblem.write(folder, "target", timed.backend(), timed.step().target());
    write(folder, "parameter", timed.backend(), parameters);
    timed.step().run();
    write(folder, "after", timed.backend(), parameters);
  }

  private static void write(Path folder, String prefix, Backend backend, List<Parameter> parameters)
      throws IOException {
    for (int i = 0; i < parameters.size(); i++) {
      PeerProblem.write(folder, prefix + i, backend, parameters.get(i).value());
    }
  }
}
