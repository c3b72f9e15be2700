package lemniscate.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Gemm;
import lemniscate.backend.Plan;
import lemniscate.backend.Precision;
import lemniscate.mup.CreditRule;
import lemniscate.mup.OptimizerKind;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.network.DenseLayer;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Slabs;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleStep;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.rule.pepita.Pepita;
import lemniscate.rule.pepita.PepitaStep;
import lemniscate.rule.pepita.Variant;
import lemniscate.rule.tp.Feedback;
import lemniscate.rule.tp.Pathway;
import lemniscate.rule.tp.TargetPropagation;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Tensor;

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
  private final Path folder;
  private final Backend backend;
  private final Network network;
  private final RuleStep step;
  private final int batch;

  private PeerEngine(Path folder, Backend backend, Network network, RuleStep step, int batch) {
    this.folder = folder;
    this.backend = backend;
    this.network = network;
    this.step = step;
    this.batch = batch;
  }

  /**
   * Serves until standard input ends.
   *
   * @param args name of the backend, folder, rule ({@code pc}, {@code tp}, {@code pepita}), width,
   *     batch, threads
   */
  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[1]);
    int width = Integer.parseInt(args[3]);
    int batch = Integer.parseInt(args[4]);
    int threads = Integer.parseInt(args[5]);
    LearningRule rule = rule(args[2]);
    Parameterization plain =
        Parameterization.relative(
            Scheme.SP, width, new CreditRule.BackPropagation(), OptimizerKind.SGD);
    try (Backend backend =
            Backends.open(args[0], new BackendOptions(Precision.FP32, threads, null));
        PreparedStep prepared =
            PreparedStep.of(backend, rule, plain, width, batch, LEARNING_RATE)) {
      Network network = prepared.network();
      PeerEngine engine = new PeerEngine(folder, backend, network, prepared.step(), batch);
      engine.writeProblem(args[2], width);
      prepared.step().run();
      engine.writeWeights("after");
      try (Plan floor = floor(args[2], backend, prepared.arena(), network, batch)) {
        engine.serve(floor);
      }
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

  private void writeProblem(String rule, int width) throws IOException {
    Map<String, Object> problem = new LinkedHashMap<>();
    problem.put("rule", rule);
    problem.put("sizes", network.spec().widths());
    problem.put("width", width);
    problem.put("batch", batch);
    problem.put("learningRate", LEARNING_RATE);
    problem.put("steps", PreparedStep.RELAXATION_STEPS);
    problem.put("rate", PreparedStep.INFERENCE_RATE);
    problem.put("damping", PreparedStep.DAMPING);
    problem.put("backend", backend.description());
    Files.writeString(folder.resolve("problem.json"), json.writeValueAsString(problem));
    write("input", step.input());
    write("target", step.target());
    if (step instanceof PepitaStep pepita) {
      write("projection", pepita.projection());
    }
    writeWeights("weight");
  }

  private void writeWeights(String prefix) throws IOException {
    for (DenseLayer layer : network.layers()) {
      write(prefix + layer.index(), layer.weight().value());
    }
  }

  /** Row-major float32, little-endian; the shape follows from the sizes. */
  private void write(String name, Tensor tensor) throws IOException {
    float[] values = new float[Math.toIntExact(tensor.elements())];
    backend.download(tensor, values);
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    Files.write(folder.resolve(name + ".f32"), bytes.array());
  }

  private static Plan floor(String rule, Backend backend, Arena arena, Network network, int batch) {
    return switch (rule) {
      case "pc" -> PcStepRatio.floor(backend, arena, network, batch);
      case "tp" -> floor(backend, TpStepRatio.products(backend, arena, network, batch));
      default -> floor(backend, pepitaProducts(backend, arena, network, batch));
    };
  }

  private static Plan floor(Backend backend, List<Gemm> products) {
    return backend.record(ops -> products.forEach(ops::gemm));
  }

  // First pass, second pass above the first layer, gradients.
  private static List<Gemm> pepitaProducts(
      Backend backend, Arena arena, Network network, int batch) {
    NetworkSpec spec = network.spec();
    int last = spec.layers();
    List<Tensor> h = Slabs.activities(arena, spec, batch, 0, last);
    List<Tensor> results = Slabs.activities(arena, spec, batch, 0, last);
    for (Tensor tensor : h) {
      backend.run(ops -> ops.randomNormal(3, 1, 1, tensor));
    }
    List<Gemm> products = new ArrayList<>();
    for (int pass = 0; pass < 2; pass++) {
      for (int l = 1 + pass; l < last + 1 - pass; l++) {
        Tensor weight = network.layer(l).weight().value();
        products.add(Gemm.forward(1, h.get(l - 1), weight, results.get(l)));
      }
    }
    for (int l = 1; l <= last; l++) {
      Tensor gradient = arena.allocate(network.layer(l).weight().value().shape());
      products.add(Gemm.outer(1, h.get(l), h.get(l - 1), gradient));
    }
    return products;
  }

  private void serve(Plan floor) throws IOException {
    answer(Map.of("ready", true));
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ");
      int times = Integer.parseInt(words[1]);
      Runnable run = words[0].equals("floor") ? floor::run : step::run;
      long start = System.nanoTime();
      for (int i = 0; i < times; i++) {
        run.run();
      }
      backend.synchronize();
      answer(Map.of("seconds", (System.nanoTime() - start) / 1e9 / times));
    }
  }

  private void answer(Map<String, Object> fields) throws IOException {
    System.out.println(json.writeValueAsString(fields));
  }
}
