package lemniscate.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Precision;
import lemniscate.backend.RepeatedProducts;
import lemniscate.config.BadInputException;
import lemniscate.timing.PeerComparison;
import lemniscate.timing.PeerProgram;
import lemniscate.timing.StepFloor;
import lemniscate.timing.TimedStep;
import lemniscate.timing.Times;
import lemniscate.timing.Turns;

/**
 * Time of training steps of other programs over the engine's, in turns, as {@code lemniscate bench
 * --peer} takes them: over rules, widths, batches and numbers of threads, with a row in a
 * JSON-lines file for each, and with the backend on ND4J where it has been built.
 */
public final class PeerRatio {

  private static final String ND4J = "nd4j";
  private static final String NOT_BUILT = "not built (mvn -Pnd4j -DskipTests package)";
  private static final Path SCRIPTS = Path.of("benchmarks/peers");
  private static final double MILLIS = 1e3;

  /** Threads of libraries spin for a while after a product; the next program is not to pay. */
  private static final double PAUSE_SECONDS = 0.25;

  /** Of the row of a comparison. */
  private record Shape(String rule, int width, int batch, int threads) {}

  private final ObjectMapper json = new ObjectMapper();
  private final Path rows;
  private final Map<String, Object> common;
  private final List<String> names;
  private final Turns turns;

  /** Why programs are skipped, by name; said once for each rule. */
  private final Map<String, String> skipped = new LinkedHashMap<>();

  private PeerRatio(Path rows, Map<String, Object> common, List<String> names, Turns turns) {
    this.rows = rows;
    this.common = common;
    this.names = names;
    this.turns = turns;
  }

  /**
   * Measures and appends.
   *
   * @param args file of rows; commit; name of the device; then optional rules, W, B, threads and
   *     other programs as comma-separated lists. The variables {@code PEERS}, {@code ROUNDS},
   *     {@code RUN_SECONDS} and {@code WARM_UP_SECONDS} replace the programs and shorten a trial
   *     run, {@code PYTHON} names the interpreter
   */
  public static void main(String[] args) throws IOException {
    if (args.length < 3) {
      throw new IllegalArgumentException(
          "usage: FILE COMMIT DEVICE [RULES [WIDTHS [BATCHES [THREADS [PEERS]]]]]");
    }
    try {
      measure(args);
    } catch (BadInputException e) {
      System.err.println("peers: " + e.getMessage());
      System.exit(2);
    }
  }

  private static void measure(String[] args) throws IOException {
    List<String> rules = List.of((args.length > 3 ? args[3] : "pc,tp,pepita").split(","));
    int[] widths = StepRatio.numbers(args, 4, "128,512,2048");
    int[] batches = StepRatio.numbers(args, 5, "64,128");
    int[] threads = StepRatio.numbers(args, 6, "1,2");
    List<String> names = args.length > 7 ? List.of(args[7].split(",")) : namesOfEnvironment();
    List<String> known = new ArrayList<>(PeerProgram.MODULES.keySet());
    known.add(ND4J);
    PeerComparison.requireKnown("the list of peers", names, known);
    PeerProgram.requireInterpreter(python());
    Map<String, Object> common = new LinkedHashMap<>();
    common.put("benchmark", "peers");
    common.put("commit", args[1]);
    common.put("device", args[2]);
    common.put("instructionSet", InstructionSet.ofProcessor());
    Turns turns =
        new Turns(
            (int) number("ROUNDS", 15),
            number("WARM_UP_SECONDS", 3),
            number("RUN_SECONDS", 0.1),
            PAUSE_SECONDS);
    for (String rule : rules) {
      PeerRatio ratio = new PeerRatio(Path.of(args[0]), common, names, turns);
      for (int count : threads) {
        for (int batch : batches) {
          for (int width : widths) {
            ratio.measure(new Shape(rule, width, batch, count));
          }
        }
      }
    }
  }

  private static List<String> namesOfEnvironment() {
    String named = System.getenv().getOrDefault("PEERS", "");
    if (!named.isEmpty()) {
      return List.of(named.split(","));
    }
    List<String> all = new ArrayList<>(new TreeSet<>(PeerProgram.MODULES.keySet()));
    all.add(ND4J);
    return all;
  }

  private static double number(String variable, double otherwise) {
    String text = System.getenv(variable);
    return text == null ? otherwise : Double.parseDouble(text);
  }

  private static String python() {
    return System.getenv().getOrDefault("PYTHON", "python3");
  }

  private void measure(Shape shape) throws IOException {
    System.out.printf(
        "%s  W %d  B %d  threads %d%n",
        shape.rule(), shape.width(), shape.batch(), shape.threads());
    TimedStep.Setup setup = PeerEngine.setup(shape.rule(), shape.width(), shape.batch());
    BackendOptions options = new BackendOptions(Precision.FP32, shape.threads(), null);
    Path folder = Files.createTempDirectory("lemniscate-peers");
    try (Backend backend = Backends.open("cpu", options);
        TimedStep engine = TimedStep.of(backend, setup);
        Backend library = Backends.open("cpu", options.withProducts(RepeatedProducts.BLAS));
        StepFloor floor = StepFloor.of(library, setup)) {
      PeerEngine.problem(shape.rule()).write(folder, engine);
      PeerComparison comparison =
          PeerComparison.take(
              turns, engine, floor, wanted(shape), name -> start(name, folder, shape), this::skip);
      Map<String, Object> row = new LinkedHashMap<>(common);
      row.put("time", now());
      row.put("backend", backend.description());
      row.put("precision", "fp32");
      row.put("rule", shape.rule());
      row.put("width", shape.width());
      row.put("batch", shape.batch());
      row.put("threads", shape.threads());
      row.put("rounds", turns.rounds());
      int steps = setup.rule().relaxationSteps();
      if (steps > 0) {
        row.put("scheme", "jacobi");
        row.put("T", steps);
      }
      note(shape, comparison);
      write(shape, comparison, row);
    } finally {
      delete(folder);
    }
  }

  // Those that have not been skipped for this rule before.
  private List<String> wanted(Shape shape) throws IOException {
    if (names.contains(ND4J) && jar().isEmpty() && !skipped.containsKey(ND4J)) {
      skipped.put(ND4J, NOT_BUILT);
      System.out.printf("  %s: skipped, %s%n", ND4J, NOT_BUILT);
      append(skippedRow(shape, ND4J, NOT_BUILT));
    }
    return names.stream().filter(name -> !skipped.containsKey(name)).toList();
  }

  private static String jar() {
    return System.getProperty("lemniscate.nd4j", "");
  }

  private static PeerProgram start(String name, Path folder, Shape shape) {
    if (!name.equals(ND4J)) {
      return new PeerProgram(python(), SCRIPTS, name, folder, shape.threads());
    }
    String classPath = System.getProperty("java.class.path");
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseParallelGC",
            "-cp",
            classPath + System.getProperty("path.separator") + jar(),
            PeerEngine.class.getName(),
            ND4J,
            folder.toString(),
            shape.rule(),
            Integer.toString(shape.width()),
            Integer.toString(shape.batch()),
            Integer.toString(shape.threads()));
    // Its threads are OpenMP's; those that spin while they wait made a step 17 times as long.
    Map<String, String> environment =
        Map.of("OMP_NUM_THREADS", Integer.toString(shape.threads()), "OMP_WAIT_POLICY", "passive");
    return new PeerProgram(command, environment, folder.resolve(ND4J + ".err"));
  }

  private void skip(PeerComparison.Peer peer) {
    System.out.printf("  %s: skipped, %s%n", peer.name(), peer.skipped());
  }

  // One that was never there, or was wrong, is not tried again; one that ended early may do better.
  private void note(Shape shape, PeerComparison comparison) throws IOException {
    for (PeerComparison.Peer peer : comparison.peers()) {
      if (!peer.skipped().isEmpty()) {
        if (!(peer.difference() <= PeerProgram.TOLERANCE)) {
          skipped.put(peer.name(), peer.skipped());
        }
        if (!peer.lacksRule()) {
          append(skippedRow(shape, peer.name(), peer.skipped()));
        }
      }
    }
  }

  private Map<String, Object> skippedRow(Shape shape, String name, String reason) {
    Map<String, Object> row = new LinkedHashMap<>(common);
    row.put("time", now());
    row.put("rule", shape.rule());
    row.put("peer", name);
    row.put("skipped", reason);
    return row;
  }

  private void write(Shape shape, PeerComparison comparison, Map<String, Object> row)
      throws IOException {
    boolean oneThread = shape.threads() == 1;
    Times engine = comparison.engine();
    Times floor = comparison.floor();
    spread("floor", floor, oneThread, row);
    spread("engine", engine, oneThread, row);
    Times.Ratio own = engine.over(floor);
    row.put("engineOverFloor", own.value());
    row.put("engineOverFloorLow", own.low());
    row.put("engineOverFloorHigh", own.high());
    String line =
        "engine %9.3f ms   floor %9.3f ms   engine/floor %.2f (%.2f to %.2f)"
            .formatted(engine.medianMs(), floor.medianMs(), own.value(), own.low(), own.high());
    List<PeerComparison.Peer> timed =
        comparison.peers().stream().filter(peer -> peer.skipped().isEmpty()).toList();
    if (timed.isEmpty()) {
      System.out.println("  no peer        " + line);
      append(row);
    }
    for (PeerComparison.Peer peer : timed) {
      Times.Ratio ratio = peer.times().over(engine);
      Map<String, Object> whole = new LinkedHashMap<>(row);
      whole.put("peer", peer.name());
      whole.put("version", peer.version());
      whole.put("blas", peer.blas());
      whole.put("difference", peer.difference());
      spread("peer", peer.times(), oneThread, whole);
      whole.put("peerOverFloor", peer.times().over(floor).value());
      whole.put("peerOverEngine", ratio.value());
      whole.put("peerOverEngineLow", ratio.low());
      whole.put("peerOverEngineHigh", ratio.high());
      System.out.printf(
          "  %-14s %9.3f ms   peer/engine %.2f (%.2f to %.2f)   %s%n",
          peer.name(), peer.times().medianMs(), ratio.value(), ratio.low(), ratio.high(), line);
      append(whole);
    }
  }

  private static void spread(
      String prefix, Times times, boolean oneThread, Map<String, Object> row) {
    row.put(prefix + "Ms", times.medianMs());
    row.put(prefix + "MinMs", MILLIS * Collections.min(times.seconds()));
    row.put(prefix + "MaxMs", MILLIS * Collections.max(times.seconds()));
    if (oneThread && Double.isFinite(times.medianCpuMs())) {
      row.put(prefix + "CpuMs", times.medianCpuMs());
    }
  }

  private void append(Map<String, Object> row) throws IOException {
    Files.writeString(
        rows,
        json.writeValueAsString(row) + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  private static String now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private static void delete(Path folder) throws IOException {
    List<Path> paths;
    try (Stream<Path> files = Files.walk(folder)) {
      paths = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : paths) {
      Files.delete(path);
    }
  }
}
