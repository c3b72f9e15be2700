package lemniscate.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Collectors;
import lemniscate.config.Aspect;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.optim.Optimizer;
import lemniscate.study.CheckedNetworks;
import lemniscate.study.DepthAccuracyStudy;
import lemniscate.study.DepthStudy;
import lemniscate.study.InferenceContender;
import lemniscate.study.NetworkAxis;
import lemniscate.sweep.SharedData;
import lemniscate.text.Shown;
import lemniscate.train.Experiment;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lemniscate depth}: how many steps inference needs at which depth. */
@Command(
    name = DepthCommand.NAME,
    sortOptions = false,
    abbreviateSynopsis = true,
    description =
        "Counts the steps of inference after which the gradients of residual branches point where"
            + " backpropagation's do, fits by which power of the depth they grow, and shows how far"
            + " credit reaches after a fixed number. With --accuracy trains networks instead and"
            + " shows what they learn, and why. Writes a page with figures, and all numbers as CSV.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lemniscate depth --check",
      "  lemniscate depth --schemes jacobi,fpa --depths 8,16,32,64 --seeds 2",
      "  lemniscate depth --schemes jacobi --contender slow:pc.scheme=jacobi,pc.rate=0.0078",
      "  lemniscate depth --accuracy --data fashion-mnist --schemes bp,error --depths 8,32,128"
    })
final class DepthCommand implements Callable<Integer> {

  static final String NAME = "depth";

  private static final String SLOPES = "slopes.csv";
  private static final String MEASUREMENTS = "measurements.csv";
  private static final String ACCURACIES = "accuracies.csv";
  private static final String ACCURACY = "--accuracy";
  private static final List<Integer> TRAINED_DEPTHS = List.of(8, 16, 32);

  /** Where none are given, of those that need more than L steps, each of a cost of L. */
  private static final int DEEPEST_OF_SLOW = 32;

  /** What networks are trained with where nothing else is said. */
  private static final Map<String, String> TRAINED =
      Map.of(
          "net.preset", "resmlp",
          "loss", "ce",
          "optim.name", "adam",
          "optim.lr", "0.002",
          "train.batch", "64",
          "train.epochs", "3");

  @Option(
      names = ACCURACY,
      description =
          "Train the networks and show accuracies, credit reach, and how far the equilibrium of"
              + " predictive coding leaves backpropagation.")
  private boolean accuracy;

  @Mixin private final CommonOptions common;
  @Mixin private final Resumption resumption = new Resumption();
  @Spec private CommandSpec spec;

  @Option(
      names = "--depths",
      split = ",",
      paramLabel = "D",
      defaultValue = "8,12,16,24,32,48,64",
      description =
          "Numbers of residual blocks, increasing, at least three [${DEFAULT-VALUE}, those that need"
              + " L^2 steps up to 32; 8,16,32 with --accuracy].")
  private List<Integer> depths = List.of();

  @Option(
      names = "--schemes",
      split = ",",
      paramLabel = "NAME",
      description = "Ways of inference among those of the page [all].")
  private List<String> schemes = List.of();

  @Option(
      names = "--contender",
      paramLabel = "NAME:KEY=VALUE,...",
      description =
          "A further one: keys of a rule with commas between, without pc.steps unless with"
              + " --accuracy; any number of times.")
  private List<String> contenders = List.of();

  @Option(
      names = "--at-steps",
      paramLabel = "T",
      defaultValue = "20",
      description = "Steps after which reach is measured [${DEFAULT-VALUE}].")
  private int atSteps;

  @Mixin private final SlopeOptions slopes = new SlopeOptions();

  DepthCommand(Streams streams) {
    this.common = new CommonOptions(streams);
  }

  /** The keys that have a meaning where nothing is trained. */
  private static final CommandKeys UNTRAINED =
      CommandKeys.of(
              Aspect.PARAMETERISATION,
              Aspect.NETWORK,
              Aspect.OPTIMISER,
              Aspect.DEVICE,
              Aspect.MACHINE,
              Aspect.SEED)
          .without(
              ConfigSchema.NET_DEPTH,
              ConfigSchema.OPTIM_LR,
              ConfigSchema.OPTIM_WEIGHT_DECAY,
              ConfigSchema.OPTIM_DECAY)
          .with(ConfigSchema.TRAIN_BATCH, ConfigSchema.OUT);

  /** The keys that have a meaning for this command. */
  static final CommandKeys KEYS =
      CommandKeys.of(
              Aspect.DATA,
              Aspect.PARAMETERISATION,
              Aspect.NETWORK,
              Aspect.LOSS,
              Aspect.OPTIMISER,
              Aspect.SCHEDULE,
              Aspect.TRAINING,
              Aspect.DEVICE,
              Aspect.MACHINE,
              Aspect.SEED)
          .without(ConfigSchema.NET_DEPTH)
          .with(ConfigSchema.OUT);

  @Override
  public Integer call() {
    return accuracy ? train() : countSteps();
  }

  private int train() {
    for (String option : List.of("--at-steps", "--tolerance", "--check")) {
      if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
        throw new BadInputException(
            "%s is given with %s, which counts no steps; leave out one of them."
                .formatted(option, ACCURACY));
      }
    }
    Config config = trainedConfig();
    resumption.check(config);
    boolean several = spec.commandLine().getParseResult().hasMatchedOption("--seeds");
    DepthAccuracyStudy study =
        new DepthAccuracyStudy(
            config,
            hasDepths() ? depths : TRAINED_DEPTHS,
            trained(),
            several ? slopes.seeds() : 1,
            new SharedData());
    WidthStudyRun<DepthAccuracyStudy.Result> run =
        WidthStudyRun.of(
            spec,
            common,
            resumption,
            config,
            new WidthStudyRun.Plan(
                ACCURACIES, study.id(), study.size(), NetworkAxis.DEPTH, study.depths().size()),
            study::requireRoom,
            study::run);
    StudyFolder folder = run.folder();
    if (run.result().isEmpty()) {
      return Resumption.interrupted(common, folder);
    }
    DepthAccuracyStudy.Result result = run.result().orElseThrow();
    Path table = folder.write(ACCURACIES, result.csv());
    DepthAccuracyReport report = new DepthAccuracyReport(study, result);
    Path page =
        report
            .page()
            .withFile(ACCURACIES, "every network's accuracy, reach and s")
            .from(Main.commandLine(spec), run.provenance())
            .write(folder.path(), common::log);
    common.result(
        report.fields(page.toString()),
        TextTable.of(report.accuracies())
            + "\n"
            + TextTable.of(report.causes())
            + "table: %s\nreport: %s\n".formatted(table, page));
    return ExitCode.DONE.code();
  }

  private boolean hasDepths() {
    return spec.commandLine().getParseResult().hasMatchedOption("--depths");
  }

  private Config trainedConfig() {
    Config config = ConfigOptions.read(spec.commandLine().getParseResult());
    Map<String, String> further = new LinkedHashMap<>();
    TRAINED.forEach(
        (key, value) -> {
          boolean described = key.equals("net.preset") && config.isSet(ConfigSchema.NET_LAYERS);
          boolean another =
              key.equals("optim.lr") && config.isSet(ConfigSchema.OPTIM_NAME)
                  || key.equals("train.epochs") && config.isSet(ConfigSchema.TRAIN_STEPS);
          if (!described && !another && !config.isSet(ConfigSchema.key(key, NAME))) {
            further.put(key, value);
          }
        });
    return config.withAll(further, NAME).checked();
  }

  private List<DepthAccuracyStudy.Contender> trained() {
    List<DepthAccuracyStudy.Contender> known = TrainingContender.known();
    List<String> names = known.stream().map(DepthAccuracyStudy.Contender::name).toList();
    List<DepthAccuracyStudy.Contender> chosen = new ArrayList<>();
    for (String name : named(names)) {
      chosen.add(known.get(names.indexOf(name)));
    }
    contenders.forEach(text -> chosen.add(TrainingContender.parse(text)));
    return chosen;
  }

  // All where none is named, unless there are others.
  private List<String> named(List<String> names) {
    for (String name : schemes) {
      if (!names.contains(name)) {
        throw new BadInputException(
            "--schemes has %s; expected some of %s. Give other keys by --contender."
                .formatted(Shown.quoted(name), String.join(", ", names)));
      }
    }
    return schemes.isEmpty() && contenders.isEmpty() ? names : schemes;
  }

  private int countSteps() {
    Config config = config();
    resumption.check(config);
    DepthStudy study = study(config);
    WidthStudyRun<DepthStudy.Result> run =
        WidthStudyRun.of(
            spec,
            common,
            resumption,
            config,
            new WidthStudyRun.Plan(
                SLOPES,
                config.hash() + " " + study.id(),
                study.size(),
                NetworkAxis.DEPTH,
                study.depths().size()),
            study::requireRoom,
            (backend, store, progress, stop) ->
                settled(study, one -> one.run(backend, store, progress, stop)));
    StudyFolder folder = run.folder();
    if (run.result().isEmpty()) {
      return Resumption.interrupted(common, folder);
    }
    DepthStudy.Result result = run.result().orElseThrow();
    List<Path> tables =
        List.of(
            folder.write(SLOPES, result.slopesCsv()),
            folder.write(MEASUREMENTS, result.measurementsCsv()));
    DepthReport report = new DepthReport(study, result);
    Path page =
        report
            .page()
            .withFile(SLOPES, "every slope with its interval and exponent")
            .withFile(MEASUREMENTS, "steps and reach for each depth and seed")
            .from(Main.commandLine(spec), run.provenance())
            .write(folder.path(), common::log);
    show(report, result, tables, page);
    return slopes.exitCode(result.judgement());
  }

  // With more seeds of those alone whose law is open.
  private Optional<DepthStudy.Result> settled(
      DepthStudy study, Function<DepthStudy, Optional<DepthStudy.Result>> run) {
    AtomicReference<DepthStudy.@Nullable Result> sofar = new AtomicReference<>();
    return slopes
        .settle(
            count -> {
              DepthStudy.Result found = sofar.get();
              return found == null ? study : study.ofOpen(found, count);
            },
            one ->
                run.apply(one)
                    .map(
                        more ->
                            sofar.updateAndGet(found -> found == null ? more : found.with(more))),
            DepthStudy.Result::judgement,
            common::log)
        .map(SlopeOptions.Settled::result);
  }

  private Config config() {
    Config config = ConfigOptions.read(spec.commandLine().getParseResult());
    refuseTraining(config);
    boolean described =
        config.isSet(ConfigSchema.NET_PRESET) || config.isSet(ConfigSchema.NET_LAYERS);
    Config residual = described ? config : config.with("net.preset", "resmlp", NAME);
    return CheckedNetworks.withDefaults(residual, NAME).checked();
  }

  private void refuseTraining(Config config) {
    Map<String, String> given = ConfigOptions.given(spec.commandLine().getParseResult());
    for (ConfigKey<?> key : ConfigSchema.KEYS) {
      boolean asked = given.containsKey(key.name()) || config.source(key).equals("--set");
      if (asked && !UNTRAINED.test(key)) {
        throw new BadInputException(
            "%s: %s is given, but nothing is trained without %s; leave it out, or add %s."
                .formatted(config.source(key), key, ACCURACY, ACCURACY));
      }
    }
  }

  private DepthStudy study(Config config) {
    Optimizer optimizer = Experiment.optimizer(config);
    return new DepthStudy(
        depths,
        slopes.seeds(),
        chosen(config),
        CheckedNetworks.ofDepths(config, depths),
        rule -> Experiment.parameterization(config, rule, optimizer),
        optimizer,
        atSteps,
        config.get(ConfigSchema.SEED));
  }

  private List<DepthStudy.Contender> chosen(Config config) {
    List<DepthStudy.Contender> chosen = new ArrayList<>();
    List<InferenceContender> known = InferenceContender.known();
    List<String> names = known.stream().map(InferenceContender::name).toList();
    for (String name : named(names)) {
      InferenceContender contender = known.get(names.indexOf(name));
      DepthStudy.Law law = contender.law();
      DepthStudy.Contender measured = contender.in(config, slopes.givenTolerance());
      boolean slow = law != null && law.exponent() > 1;
      chosen.add(slow && !hasDepths() ? measured.upTo(DEEPEST_OF_SLOW) : measured);
    }
    for (String text : contenders) {
      chosen.add(InferenceContender.parse(text).in(config, slopes.givenTolerance()));
    }
    return chosen;
  }

  private void show(DepthReport report, DepthStudy.Result result, List<Path> tables, Path page) {
    String verdict = result.judgement().text();
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("slopes", result.slopes().stream().map(DepthCommand::fields).toList());
    fields.put("measurements", result.measurements().stream().map(DepthCommand::fields).toList());
    fields.put("verdict", verdict);
    fields.put("report", page.toString());
    String text =
        TextTable.of(report.steps())
            + "\n"
            + TextTable.of(report.reach())
            + report.remedy().stream().map(line -> line + "\n").collect(Collectors.joining())
            + "verdict: %s\ntables: %s, %s\nreport: %s\n"
                .formatted(verdict, tables.getFirst(), tables.getLast(), page);
    common.result(fields, text);
  }

  private static Map<String, @Nullable Object> fields(DepthStudy.Slope slope) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("contender", slope.contender());
    SlopeOptions.put(slope, fields);
    fields.remove("step");
    return fields;
  }

  private static Map<String, Object> fields(DepthStudy.Measurement m) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("contender", m.contender());
    fields.put("depth", m.depth());
    fields.put("seed", m.seed());
    fields.put("steps", m.steps());
    fields.put("reach", m.reach());
    fields.put("relative", m.relative());
    return fields;
  }
}
