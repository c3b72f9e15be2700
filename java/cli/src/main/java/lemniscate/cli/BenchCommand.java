package lemniscate.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import lemniscate.backend.Backend;
import lemniscate.backend.DefaultThreads;
import lemniscate.backend.MemoryPlan;
import lemniscate.backend.RepeatedProducts;
import lemniscate.config.Aspect;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.rule.pc.PcFamily;
import lemniscate.rule.tp.TpFamily;
import lemniscate.text.Shown;
import lemniscate.timing.PeerComparison;
import lemniscate.timing.PeerProblem;
import lemniscate.timing.PeerProgram;
import lemniscate.timing.StepFloor;
import lemniscate.timing.StepTime;
import lemniscate.timing.TimedStep;
import lemniscate.timing.Times;
import lemniscate.timing.Turns;
import lemniscate.train.Architecture;
import lemniscate.train.Experiment;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lemniscate bench}: how long training steps take here. */
@Command(
    name = BenchCommand.NAME,
    sortOptions = false,
    abbreviateSynopsis = true,
    description =
        "Times training steps on random data beside their floor, the matrix products that they are"
            + " made of, in turns, and on demand beside the same steps of other programs.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lemniscate bench",
      "  lemniscate bench --rules bp,pc,tp,pepita --widths 256,1024 --batches 64 --threads 1",
      "  lemniscate bench --rules pc --peer torch,jax,jpc,pcx --python venv/bin/python"
    })
final class BenchCommand implements Callable<Integer> {

  static final String NAME = "bench";

  /** Sizes of the bundled data, and of the benchmarks in {@code benchmarks/}. */
  private static final int INPUTS = 784;

  private static final int OUTPUTS = 10;

  /** Small, so that thousands of steps on one batch stay finite. */
  private static final double LEARNING_RATE = 1e-3;

  /** Of comparisons: large enough that a first update shows in float32. */
  private static final double PEER_LEARNING_RATE = 0.01;

  private static final double RUN_SECONDS = 0.03;

  /** Beside other processes, whose requests take some time to arrive. */
  private static final double PEER_RUN_SECONDS = 0.1;

  private static final double PEER_PAUSE_SECONDS = 0.25;
  private static final double PERCENT = 100;
  private static final int MOST_ROUNDS = 100_000;

  /** Seconds: a day. */
  private static final double LONGEST_WARM_UP = 86_400;

  /** Keys that may differ from their defaults when other programs take part. */
  private static final List<String> FREE_BESIDE_PEERS =
      List.of(
          "rule",
          "net.depth",
          "train.batch",
          "pc.steps",
          "pc.rate",
          "tp.damping",
          "backend",
          "threads",
          "blas",
          "cpu.products",
          "param.scheme",
          "param.baseWidth");

  @Mixin private final CommonOptions common;
  @Spec private CommandSpec spec;

  @Option(
      names = "--rules",
      split = ",",
      paramLabel = "RULE",
      description = "Rules to time [the one of --rule].")
  private List<String> rules = List.of();

  @Option(
      names = "--widths",
      split = ",",
      paramLabel = "M",
      defaultValue = "128,512,2048",
      description = "Hidden widths [${DEFAULT-VALUE}].")
  private List<Integer> widths = List.of();

  @Option(
      names = "--batches",
      split = ",",
      paramLabel = "B",
      description = "Numbers of examples of a step [the one of --batch].")
  private List<Integer> batches = List.of();

  @Option(
      names = "--peer",
      split = ",",
      paramLabel = "NAME",
      description =
          "Other programs to run in turns with the engine: torch, torch-autograd, jax, preco,"
              + " torch2pc, jpc, pcx. What is not installed is skipped.")
  private List<String> peers = List.of();

  @Option(
      names = "--python",
      paramLabel = "FILE",
      description = "Interpreter of the other programs [the variable PYTHON, or python3].")
  private @Nullable String python;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "15",
      description = "Turns of each program, of which the median counts [${DEFAULT-VALUE}].")
  private int rounds;

  @Option(
      names = "--warm-up",
      paramLabel = "SECONDS",
      defaultValue = "2",
      description =
          "That each program runs before, at least; up to five times as long while it gets quicker"
              + " [${DEFAULT-VALUE}].")
  private double warmUp;

  private int ratios;
  private int wide;
  private Times.@Nullable Ratio widest;
  private String widestOf = "";

  BenchCommand(Streams streams) {
    this.common = new CommonOptions(streams);
  }

  /** The keys that have a meaning for this command. */
  static final CommandKeys KEYS =
      CommandKeys.ALL
          .without(
              Aspect.DATA,
              Aspect.MEASUREMENT,
              Aspect.TRAINING,
              Aspect.STOPPING,
              Aspect.INITIALISATION,
              Aspect.SCHEDULE,
              Aspect.OUTPUT,
              Aspect.SEED)
          .without(ConfigSchema.NET_PRESET, ConfigSchema.NET_LAYERS, ConfigSchema.NET_WIDTH)
          .with(ConfigSchema.TRAIN_BATCH);

  /** One measurement: a rule at one width and batch. */
  private record Cell(Config config, LearningRule rule, int width, int batch) {
    String text() {
      return "%s, width %d, batch %d".formatted(rule.name(), width, batch);
    }
  }

  @Override
  public Integer call() {
    Config config =
        ConfigOptions.read(
                spec.commandLine().getParseResult(),
                key -> key == ConfigSchema.NET_PRESET || key == ConfigSchema.NET_LAYERS)
            .checked();
    List<Cell> cells = cells(config);
    requireComparable(config, cells);
    List<Map<String, @Nullable Object>> rows = new ArrayList<>();
    Map<String, Object> fields = new LinkedHashMap<>();
    try (Activity activity = Activity.of(common, "timing steps");
        Backend backend = Experiment.openBackend(config, activity::log);
        Backend library = Experiment.openBackend(ofLibrary(config), line -> {})) {
      cells.forEach(cell -> requireRoom(backend, cell));
      for (Cell cell : cells) {
        activity.update(cell.text(), rows.size(), cells.size());
        if (peers.isEmpty()) {
          rows.add(measure(backend, library, cell));
        } else {
          rows.add(compare(backend, library, cell, activity));
        }
      }
      warnOfWideQuartiles(activity);
      fields.put("rows", rows);
      fields.put("backend", backend.name());
      fields.put("device", backend.description());
    }
    common.result(fields, table(rows) + recorded(rows) + "on " + fields.get("device") + "\n");
    return ExitCode.DONE.code();
  }

  // ---------------------------------------------------------------- what is measured

  private List<Cell> cells(Config config) {
    List<Cell> cells = new ArrayList<>();
    List<String> named = rules.isEmpty() ? List.of(config.get(ConfigSchema.RULE)) : rules;
    List<Integer> sizes =
        batches.isEmpty() ? List.of(config.get(ConfigSchema.TRAIN_BATCH)) : batches;
    requirePositive("--widths", widths, ConfigSchema.LARGEST_WIDTH);
    requirePositive("--batches", sizes, ConfigSchema.LARGEST_BATCH);
    requirePositive("--rounds", List.of(rounds), MOST_ROUNDS);
    if (!(warmUp > 0 && warmUp <= LONGEST_WARM_UP)) {
      throw new BadInputException(
          "--warm-up is %s; expected a positive number of seconds of at most %.0f, such as 2."
              .formatted(warmUp, LONGEST_WARM_UP));
    }
    for (String name : named) {
      Config chosen = config.with("rule", name, "--rules").checked();
      LearningRule rule = Experiment.rule(chosen);
      rule.checkTimeable();
      for (int batch : sizes) {
        for (int width : widths) {
          cells.add(new Cell(chosen, rule, width, batch));
        }
      }
    }
    return cells;
  }

  private static void requirePositive(String option, List<Integer> values, int most) {
    if (values.stream().anyMatch(value -> value < 1 || value > most)) {
      throw new BadInputException(
          "%s is %s; expected integers of at least 1 and at most %d. Correct it."
              .formatted(option, Shown.list(values), most));
    }
  }

  // The products of the floor are those of a library that knows nothing of a relaxation.
  private static Config ofLibrary(Config config) {
    return config.with(RepeatedProducts.KEY, RepeatedProducts.BLAS.configName(), NAME);
  }

  private static TimedStep.Setup setup(Cell cell) {
    Optimizer optimizer = Experiment.optimizer(cell.config());
    return new TimedStep.Setup(
        spec(cell),
        cell.rule(),
        Experiment.parameterization(cell.config(), cell.rule(), optimizer),
        optimizer,
        Experiment.loss(cell.config()),
        cell.batch(),
        cell.config().get(ConfigSchema.OPTIM_LR).orElse(LEARNING_RATE));
  }

  private static NetworkSpec spec(Cell cell) {
    Architecture.requirePerceptron(cell.config(), NAME);
    return Experiment.configured(
        cell.config(),
        NetworkSpec.mlp(
            INPUTS,
            cell.width(),
            cell.config().get(ConfigSchema.NET_DEPTH),
            OUTPUTS,
            Experiment.activation(cell.config())));
  }

  private static void requireRoom(Backend backend, Cell cell) {
    MemoryPlan.requireFits(
        backend.memory(),
        cell.width(),
        width ->
            MemoryPlan.bytes(
                backend,
                counting -> {
                  Cell wide = new Cell(cell.config(), cell.rule(), width, cell.batch());
                  try (TimedStep timed = TimedStep.of(counting, setup(wide));
                      StepFloor floor = StepFloor.of(counting, setup(wide))) {
                    timed.seconds(1);
                    floor.seconds(1);
                  }
                }));
  }

  // ---------------------------------------------------------------- other programs

  private void requireComparable(Config config, List<Cell> cells) {
    if (peers.isEmpty()) {
      return;
    }
    PeerComparison.requireKnown("--peer", peers, PeerProgram.MODULES.keySet());
    for (Cell cell : cells) {
      if (!List.of("pc", "tp", "pepita").contains(cell.rule().name())) {
        throw new BadInputException(
            "--peer: the other programs have pc, tp and pepita, but not %s; leave it out."
                .formatted(cell.rule().name()));
      }
    }
    PeerProgram.requireInterpreter(python());
    if (config.get(TpFamily.DAMPING).size() > 1) {
      throw new BadInputException(
          "tp.damping has several numbers, and the other programs of --peer take one; give one.");
    }
    for (ConfigKey<?> key : ConfigSchema.KEYS) {
      if (!FREE_BESIDE_PEERS.contains(key.name()) && !config.get(key).equals(key.defaultValue())) {
        throw new BadInputException(
            "%s: %s is %s, which the other programs of --peer do not have; leave it out for %s."
                .formatted(config.source(key), key, config.get(key), key.defaultText()));
      }
    }
  }

  // At its base width, where every factor of the parameterisation is 1.
  private static TimedStep.Setup plainSetup(Cell cell) {
    Optimizer optimizer = Experiment.optimizer(cell.config());
    return new TimedStep.Setup(
        spec(cell),
        cell.rule(),
        Parameterization.relative(
            Scheme.SP, cell.width(), cell.rule().creditRule(), optimizer.kind()),
        optimizer,
        Experiment.loss(cell.config()),
        cell.batch(),
        PEER_LEARNING_RATE);
  }

  private static PeerProblem problem(Cell cell) {
    return new PeerProblem(
        cell.rule().name(),
        PEER_LEARNING_RATE,
        cell.config().get(PcFamily.STEPS),
        cell.config().get(PcFamily.RATE),
        cell.config().get(TpFamily.DAMPING).getFirst());
  }

  private String python() {
    return python == null ? System.getenv().getOrDefault("PYTHON", "python3") : python;
  }

  // ---------------------------------------------------------------- measuring

  private Map<String, @Nullable Object> measure(Backend backend, Backend library, Cell cell) {
    TimedStep.Setup setup = setup(cell);
    try (TimedStep engine = TimedStep.of(backend, setup);
        StepFloor floor = StepFloor.of(library, setup)) {
      Turns turns = new Turns(rounds, warmUp, RUN_SECONDS, 0);
      List<Times> times = turns.take(List.of(engine, floor));
      return row(backend, cell, times.getFirst(), times.getLast(), floor.flops());
    }
  }

  private Map<String, @Nullable Object> compare(
      Backend backend, Backend library, Cell cell, Activity activity) {
    TimedStep.Setup setup = plainSetup(cell);
    try (PeerScripts scripts = PeerScripts.unpacked();
        TimedStep engine = TimedStep.of(backend, setup);
        StepFloor floor = StepFloor.of(library, setup)) {
      Path folder = scripts.problem();
      problem(cell).write(folder, engine);
      PeerComparison comparison =
          PeerComparison.take(
              new Turns(rounds, warmUp, PEER_RUN_SECONDS, PEER_PAUSE_SECONDS),
              engine,
              floor,
              peers,
              name -> new PeerProgram(python(), scripts.folder(), name, folder, threads(cell)),
              peer ->
                  activity.log(
                      "warning: %s: %s skipped, %s"
                          .formatted(cell.text(), peer.name(), peer.skipped())));
      Map<String, @Nullable Object> row =
          row(backend, cell, comparison.engine(), comparison.floor(), floor.flops());
      row.put(
          "peers",
          comparison.peers().stream()
              .map(peer -> fields(cell, peer, comparison.engine()))
              .toList());
      return row;
    }
  }

  private static int threads(Cell cell) {
    return cell.config().get(ConfigSchema.THREADS).orElseGet(() -> DefaultThreads.here().threads());
  }

  private Map<String, @Nullable Object> row(
      Backend backend, Cell cell, Times engine, Times floor, double flops) {
    int steps = cell.rule().relaxationSteps();
    // Of a device, the calling thread's time says nothing.
    boolean oneThread = threads(cell) == 1 && backend.name().equals("cpu");
    Map<String, @Nullable Object> row = new LinkedHashMap<>();
    row.put("rule", cell.rule().name());
    row.put("scheme", cell.config().get(ConfigSchema.PARAM_SCHEME));
    row.put("width", cell.width());
    row.put("batch", cell.batch());
    row.put("T", steps == 0 ? null : steps);
    row.putAll(new StepTime(engine, floor, flops, oneThread).fields());
    List<String> recordings = backend.recordings();
    if (!recordings.isEmpty()) {
      row.put("recordings", recordings);
    }
    note(cell.text(), engine.over(floor));
    return row;
  }

  private Map<String, Object> fields(Cell cell, PeerComparison.Peer peer, Times engine) {
    if (!peer.skipped().isEmpty()) {
      return Map.of("peer", peer.name(), "skipped", peer.skipped());
    }
    Times.Ratio ratio = peer.times().over(engine);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("peer", peer.name());
    fields.put("version", peer.version() + (peer.blas().isEmpty() ? "" : ", " + peer.blas()));
    fields.put("difference", peer.difference());
    fields.put("msPerStep", peer.times().medianMs());
    if (threads(cell) == 1 && Double.isFinite(peer.times().medianCpuMs())) {
      fields.put("cpuMsPerStep", peer.times().medianCpuMs());
    }
    fields.put("overEngine", ratio.value());
    fields.put("overEngineLow", ratio.low());
    fields.put("overEngineHigh", ratio.high());
    note(cell.text() + ", " + peer.name(), ratio);
    return fields;
  }

  // ---------------------------------------------------------------- how far to trust it

  private void note(String what, Times.Ratio ratio) {
    ratios++;
    if (ratio.spread() > Times.Ratio.WIDE) {
      wide++;
      if (widest == null || ratio.spread() > widest.spread()) {
        widest = ratio;
        widestOf = what;
      }
    }
  }

  private void warnOfWideQuartiles(Activity activity) {
    if (widest != null) {
      activity.log(
          String.format(
              Locale.ROOT,
              "warning: the quartiles of %d of %d ratios are more than %.0f %% apart (%.2f to %.2f"
                  + " for %s); on a machine that does other work times mean little",
              wide,
              ratios,
              PERCENT * Times.Ratio.WIDE,
              widest.low(),
              widest.high(),
              widestOf));
    }
  }

  // ---------------------------------------------------------------- showing

  private TextTable table(List<Map<String, @Nullable Object>> rows) {
    List<Object> heading =
        new ArrayList<>(
            List.of("rule", "width", "batch", "T", "ms/step", "floor", "ratio", "", "GFLOP/s"));
    heading.addAll(peers);
    TextTable table = new TextTable().row(heading.toArray());
    for (Map<String, @Nullable Object> row : rows) {
      List<Object> cells = new ArrayList<>();
      for (String name : List.of("rule", "width", "batch", "T")) {
        cells.add(Objects.requireNonNullElse(row.get(name), ""));
      }
      cells.add(number("%.3f", row.get("msPerStep")));
      cells.add(number("%.3f", row.get("floorMs")));
      cells.add(number("%.2f", row.get("ratio")));
      cells.add(number("%.2f", row.get("ratioLow")) + " … " + number("%.2f", row.get("ratioHigh")));
      cells.add(number("%.1f", row.get("gflops")));
      peers.forEach(name -> cells.add(timesAsLong(name, row)));
      table.row(cells.toArray());
    }
    return table;
  }

  // What the steps run as, where a backend says it.
  private static String recorded(List<Map<String, @Nullable Object>> rows) {
    StringBuilder lines = new StringBuilder();
    for (Map<String, @Nullable Object> row : rows) {
      if (row.get("recordings") instanceof List<?> recordings) {
        for (Object each : recordings) {
          lines.append(
              "%s, width %s, batch %s: %s\n"
                  .formatted(row.get("rule"), row.get("width"), row.get("batch"), each));
        }
      }
    }
    return lines.toString();
  }

  // How many times the engine's step another program's takes.
  private static String timesAsLong(String name, Map<String, @Nullable Object> row) {
    if (row.get("peers") instanceof List<?> peers) {
      for (Object peer : peers) {
        if (peer instanceof Map<?, ?> fields
            && name.equals(fields.get("peer"))
            && fields.containsKey("overEngine")) {
          return number("%.2f x", fields.get("overEngine"));
        }
      }
    }
    return "skipped";
  }

  private static String number(String format, @Nullable Object value) {
    return String.format(Locale.ROOT, format, value);
  }
}
