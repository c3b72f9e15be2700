package lemniscate.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import lemniscate.config.Aspect;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.optim.Optimizer;
import lemniscate.study.DepthStudy;
import lemniscate.study.NetworkAxis;
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
            + " credit reaches after a fixed number. Writes a page with figures, and all numbers as"
            + " CSV.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lemniscate depth --check",
      "  lemniscate depth --schemes jacobi,fpa --depths 8,16,32,64 --seeds 2",
      "  lemniscate depth --schemes jacobi --contender slow:pc.scheme=jacobi,pc.rate=0.0078"
    })
final class DepthCommand implements Callable<Integer> {

  static final String NAME = "depth";

  private static final String SLOPES = "slopes.csv";
  private static final String MEASUREMENTS = "measurements.csv";

  @Mixin private final CommonOptions common;
  @Mixin private final Resumption resumption = new Resumption();
  @Spec private CommandSpec spec;

  @Option(
      names = "--depths",
      split = ",",
      paramLabel = "D",
      defaultValue = "8,12,16,24,32",
      description = "Numbers of residual blocks, increasing, at least three [${DEFAULT-VALUE}].")
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
          "A further one: keys of a rule with commas between, without pc.steps; any number of times.")
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

  /** The keys that have a meaning for this command. */
  static final CommandKeys KEYS =
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

  @Override
  public Integer call() {
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
            study::run);
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
    return slopes.exitCode(result.pass());
  }

  private Config config() {
    Config config = ConfigOptions.read(spec.commandLine().getParseResult());
    boolean described =
        config.isSet(ConfigSchema.NET_PRESET) || config.isSet(ConfigSchema.NET_LAYERS);
    Config residual = described ? config : config.with("net.preset", "resmlp", NAME);
    return CheckedNetworks.withDefaults(residual, NAME).checked();
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
    for (String name : schemes.isEmpty() && contenders.isEmpty() ? names : schemes) {
      int index = names.indexOf(name);
      if (index < 0) {
        throw new BadInputException(
            "--schemes has '%s'; expected some of %s. Give other keys by --contender."
                .formatted(name, String.join(", ", names)));
      }
      chosen.add(known.get(index).in(config, slopes.givenTolerance()));
    }
    for (String text : contenders) {
      chosen.add(InferenceContender.parse(text).in(config, slopes.givenTolerance()));
    }
    return chosen;
  }

  private void show(DepthReport report, DepthStudy.Result result, List<Path> tables, Path page) {
    String verdict = result.pass() ? "pass" : "fail";
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("slopes", result.slopes().stream().map(DepthCommand::fields).toList());
    fields.put("measurements", result.measurements().stream().map(DepthCommand::fields).toList());
    fields.put("verdict", verdict);
    fields.put("report", page.toString());
    String text =
        TextTable.of(report.steps())
            + "\n"
            + TextTable.of(report.reach())
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
